// Command mutate makes small mistakes in the scanner, the matcher and the
// renderer, one at a time, and sees whether a test fails. Nothing in the tree is
// changed: the go command is given an overlay.
//
//	go run ./bench/mutate -sample 100 -out bench/results/mutation.txt
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// targets are what closes the engine: what a mistake in them lets out is raw.
var targets = []string{
	"internal/jsonscan/string.go", "internal/jsonscan/value.go",
	"redact/scan.go", "redact/string.go", "redact/filter.go", // the scanner
	"redact/dfa.go", "redact/fold.go", "redact/memo.go", "redact/names.go", "redact/program.go", "redact/rule.go", "redact/wildcard.go", // the matcher
	"redact/render.go", "redact/envelope.go", // the renderer
}

func main() {
	sample := flag.Int("sample", 100, "mutants to try, chosen at random; 0 is all")
	seed := flag.Uint64("seed", 1, "of the choice")
	only := flag.String("only", "", "only files whose path holds this")
	budget := flag.Duration("budget", 0, "start no mutant after this time; 0 is no limit")
	timeout := flag.Duration("timeout", time.Minute, "of the tests of one mutant: one that hangs was noticed")
	out := flag.String("out", "", "also write to this file")
	flag.Parse()
	if err := run(*sample, *seed, *only, *budget, *timeout, *out); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(sample int, seed uint64, only string, budget, timeout time.Duration, file string) error {
	all, err := chosen(sample, seed, only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var kept bytes.Buffer
	w := io.MultiWriter(os.Stdout, &kept)
	fmt.Fprintf(w, "# One mistake at a time in scanner, matcher and renderer; the tests of internal/jsonscan and redact with -short.\n")
	fmt.Fprintf(w, "# go run ./bench/mutate -sample %d -seed %d\n\n", sample, seed)
	count := make(map[fate]int)
	started := time.Now()
	for i := range all {
		if budget > 0 && time.Since(started) > budget {
			break
		}
		f, err := all[i].try(dir, timeout)
		if err != nil {
			return err
		}
		count[f]++
		fmt.Fprintf(w, "%-10s %s:%d %s\n", f, all[i].file, all[i].line, strings.Join(strings.Fields(all[i].what), " "))
	}
	noticed := count[failed] + count[hung]
	fmt.Fprintf(w, "\n%d mutants: %d noticed (%d by hanging), %d survived, %d do not compile. Score %.1f %%.\n", noticed+count[survived]+count[refused],
		noticed, count[hung], count[survived], count[refused], 100*float64(noticed)/float64(max(1, noticed+count[survived])))
	if file == "" {
		return nil
	}
	return os.WriteFile(file, kept.Bytes(), 0o644)
}

// chosen returns the mutants of the targets, or some of them, in random order.
func chosen(sample int, seed uint64, only string) ([]mutant, error) {
	var all []mutant
	for _, file := range targets {
		if !strings.Contains(file, only) {
			continue
		}
		m, err := mutantsOf(file)
		if err != nil {
			return nil, err
		}
		all = append(all, m...)
	}
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if sample > 0 && sample < len(all) {
		all = all[:sample]
	}
	return all, nil
}

// fate is what became of a mutant.
type fate string

const (
	failed   fate = "noticed"
	hung     fate = "hung"
	survived fate = "SURVIVED"
	refused  fate = "no build"
)

// try builds and runs the tests with the mistake in.
func (m *mutant) try(dir string, timeout time.Duration) (fate, error) {
	changed := filepath.Join(dir, "changed.go")
	if err := m.write(changed); err != nil {
		return "", err
	}
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o644); err != nil {
		return "", err
	}
	packages := []string{"redact"}
	if strings.HasPrefix(m.file, "internal/jsonscan/") {
		packages = []string{"internal/jsonscan", "redact"}
	}
	for _, p := range packages {
		if f, err := tested(dir, overlayFile, p, timeout); f != survived || err != nil {
			return f, err
		}
	}
	return survived, nil
}

// tested is the fate by the tests of one package.
func tested(dir, overlay, pkg string, timeout time.Duration) (fate, error) {
	program := filepath.Join(dir, "tests")
	build := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, "./"+pkg)
	if out, err := build.CombinedOutput(); err != nil {
		if bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("changed.go")) || bytes.Contains(out, []byte(".go:")) {
			return refused, nil
		}
		return "", fmt.Errorf("go test -c: %w: %s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	tests := exec.CommandContext(ctx, program, "-test.short", "-test.failfast", "-test.timeout", "0")
	tests.Dir = pkg
	err := tests.Run()
	switch exit := new(exec.ExitError); {
	case ctx.Err() != nil:
		return hung, nil
	case errors.As(err, &exit):
		return failed, nil
	case err != nil:
		return "", err
	}
	return survived, nil
}
