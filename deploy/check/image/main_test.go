package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// TestImage: the same binary makes the same image twice, and the image runs
// what deploy/Dockerfile runs, as nobody.
func TestImage(t *testing.T) {
	dir := t.TempDir()
	binary, certs := filepath.Join(dir, "redactor"), filepath.Join(dir, "certs")
	for _, p := range []string{binary, certs} {
		if err := os.WriteFile(p, []byte(p[len(dir):]), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	tars := []string{filepath.Join(dir, "one.tar"), filepath.Join(dir, "two.tar")}
	var digests []string
	for _, out := range tars {
		d, err := write(binary, certs, "arm64", "redactor:test", out)
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, d.String())
	}
	if digests[0] != digests[1] {
		t.Errorf("two builds, two digests: %v", digests)
	}
	img, err := tarball.ImageFromPath(tars[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got.Architecture != "arm64" || got.Config.User != "65532:65532" {
		t.Errorf("%s, user %s", got.Architecture, got.Config.User)
	}
	dockerfile, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`USER ` + got.Config.User,
		`ENTRYPOINT ["` + strings.Join(got.Config.Entrypoint, `", "`) + `"]`,
		`CMD ["` + strings.Join(got.Config.Cmd, `", "`) + `"]`,
	} {
		if !strings.Contains(string(dockerfile), line+"\n") {
			t.Errorf("the Dockerfile does not say %s", line)
		}
	}
}
