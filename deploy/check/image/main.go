// Command image writes the image of deploy/Dockerfile as a tar file, without
// Docker: one layer with the binary, the certificates and a folder for state.
// The same binary gives the same image, digest and all.
//
//	go run -C deploy/check ./image -binary /path/redactor -out /path/redactor.tar
//
// `docker load -i redactor.tar` or `crane push redactor.tar REGISTRY/redactor` take it from there.
package main

import (
	"archive/tar"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// nobody is the user that the process runs as: it owns nothing but its state.
const nobody = 65532

func main() {
	binary := flag.String("binary", "", "the binary, as deploy/build makes it")
	certs := flag.String("certs", "/etc/ssl/certs/ca-certificates.crt", "certificates of public authorities")
	arch := flag.String("arch", "amd64", "what the binary was built for")
	tag := flag.String("tag", "redactor:latest", "name of the image")
	out := flag.String("out", "redactor.tar", "file to write")
	flag.Parse()
	digest, err := write(*binary, *certs, *arch, *tag, *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
	fmt.Println(digest)
}

func write(binary, certs, arch, tag, out string) (v1.Hash, error) {
	ref, err := name.NewTag(tag)
	if err != nil {
		return v1.Hash{}, err
	}
	img, err := build(binary, certs, arch)
	if err != nil {
		return v1.Hash{}, err
	}
	if err := tarball.WriteToFile(out, ref, img); err != nil {
		return v1.Hash{}, err
	}
	return img.Digest()
}

func build(binary, certs, arch string) (v1.Image, error) {
	layer, err := layerOf(binary, certs)
	if err != nil {
		return nil, err
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil })
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(img, configOf(img, arch))
}

// configOf is what the last lines of deploy/Dockerfile say.
func configOf(img v1.Image, arch string) *v1.ConfigFile {
	c, err := img.ConfigFile()
	if err != nil {
		panic(err) // an image in memory has one
	}
	c = c.DeepCopy()
	c.OS, c.Architecture = "linux", arch
	c.Config = v1.Config{
		User:         fmt.Sprintf("%d:%d", nobody, nobody),
		ExposedPorts: map[string]struct{}{"9478/tcp": {}},
		Entrypoint:   []string{"/redactor"},
		Cmd:          []string{"run", "-c", "/etc/redactor/redactor.yaml"},
	}
	return c
}

// layerOf packs the files with the times and owners of nobody in particular.
func layerOf(binary, certs string) ([]byte, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, d := range []struct {
		name string
		mode int64
		uid  int
	}{{"etc/", 0o755, 0}, {"etc/ssl/", 0o755, 0}, {"etc/ssl/certs/", 0o755, 0}, {"var/", 0o755, 0}, {"var/lib/", 0o755, 0}, {"var/lib/redactor/", 0o700, nobody}} {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: d.name, Mode: d.mode, Uid: d.uid, Gid: d.uid}); err != nil {
			return nil, err
		}
	}
	for _, f := range []struct {
		name, from string
		mode       int64
	}{{"etc/ssl/certs/ca-certificates.crt", certs, 0o644}, {"redactor", binary, 0o755}} {
		data, err := os.ReadFile(f.from)
		if err != nil {
			return nil, err
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(data))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
