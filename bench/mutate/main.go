// Command mutate makes small mistakes in the scanner, the matcher and the
// renderer, Go and assembly, one at a time, and sees whether a test fails. Nothing
// in the tree is changed: the go command is given an overlay, in which every
// mistake is there and an environment variable says which one is made.
//
//	go run ./bench/mutate -sample 100 -out bench/results/mutation.txt
//	go run ./bench/mutate -only 'amd64[.]s' -sample 100
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
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// targets are what closes the engine: what a mistake in them lets out is raw.
var targets = []string{
	"internal/jsonscan/string.go", "internal/jsonscan/value.go",
	"redact/scan.go", "redact/string.go", "redact/filter.go", // the scanner
	"redact/dfa.go", "redact/fold.go", "redact/memo.go", "redact/names.go", "redact/program.go", "redact/rule.go", "redact/wildcard.go", // the matcher
	"redact/render.go", "redact/envelope.go", // the renderer
}

// assemblies are the same by vectors: one function each.
var assemblies = []string{"internal/jsonscan/mark_amd64.s", "redact/walk_amd64.s", "redact/splice_amd64.s"}

// The variable that says which mutant runs; without it all is as it was.
const variable = "MUTANT"

// chooser is the file that reads the variable, in each package.
const chooser = `package %s

import (
	"os"
	"strconv"
)

var mutant, _ = strconv.Atoi(os.Getenv("` + variable + `"))
`

// packages are the tests that are run, for mutants of the folder and those
// above it.
var packages = []string{"internal/jsonscan", "redact"}

func main() {
	sample := flag.Int("sample", 100, "mutants to try, chosen at random; 0 is all")
	seed := flag.Uint64("seed", 1, "of the choice")
	from := flag.Int("from", 0, "leave out so many of the choice: a long run in pieces")
	only := flag.String("only", "", "only mutants whose file:line this regular expression matches")
	budget := flag.Duration("budget", 0, "start no mutant after this time; 0 is no limit")
	timeout := flag.Duration("timeout", 40*time.Second, "processor time of the tests of one mutant: one that takes more hangs, and was noticed")
	skip := flag.String("skip", "", "tests that are not run, as of go test -skip: those that cannot bear the slower code")
	starter := flag.String("exec", "", "a command that starts the tests, as of go test -exec, and the go command")
	out := flag.String("out", "", "also write to this file")
	flag.Parse()
	var kept bytes.Buffer
	r := &runner{w: io.MultiWriter(os.Stdout, &kept), timeout: *timeout, skip: *skip, starter: strings.Fields(*starter), count: make(map[fate]int)}
	err := r.run(*sample, *from, *seed, *only, *budget)
	if err == nil && *out != "" {
		err = os.WriteFile(*out, kept.Bytes(), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// runner tries mutants.
type runner struct {
	w       io.Writer
	dir     string // of the test programs
	timeout time.Duration
	skip    string
	starter []string
	mutants []mutant // by number, from 1
	count   map[fate]int
}

func (r *runner) run(sample, from int, seed uint64, only string, budget time.Duration) (err error) {
	if r.dir, err = os.MkdirTemp("", "mutate"); err != nil {
		return err
	}
	defer os.RemoveAll(r.dir)
	if err := r.build(); err != nil {
		return err
	}
	if f, err := r.try(0, packages); f != survived || err != nil {
		return fmt.Errorf("the tests fail without a mutant, or hang: %w", err)
	}
	var chosen []int
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	for i, m := range r.mutants {
		if wanted.MatchString(fmt.Sprint(m.file, ":", m.line)) {
			chosen = append(chosen, i+1)
		}
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	chosen = chosen[min(from, len(chosen)):]
	if sample > 0 && sample < len(chosen) {
		chosen = chosen[:sample]
	}
	fmt.Fprintf(r.w, "# One mistake at a time in scanner, matcher and renderer; the tests of internal/jsonscan and redact with -short.\n")
	fmt.Fprintf(r.w, "# go run ./bench/mutate -sample %d -from %d -seed %d -only %q -skip %q; %d mutants in all, tried in random order.\n\n", sample, from, seed, only, r.skip, len(r.mutants))
	return r.tryAll(chosen, budget)
}

// build compiles the tests of each package with every mutant in the code.
func (r *runner) build() error {
	replace := make(map[string]string)
	put := func(original, text string) error {
		full, err := filepath.Abs(original)
		if err != nil {
			return err
		}
		replace[full] = filepath.Join(r.dir, fmt.Sprint(len(replace), filepath.Ext(original)))
		return os.WriteFile(replace[full], []byte(text), 0o644)
	}
	for _, file := range targets {
		s, err := readSource(file, len(r.mutants)+1)
		if err != nil {
			return err
		}
		r.mutants = append(r.mutants, s.mutants...)
		if err := put(file, s.instrumented()); err != nil {
			return err
		}
	}
	for _, file := range assemblies {
		a, err := readAssembly(file, len(r.mutants)+1)
		if err != nil {
			return err
		}
		r.mutants = append(r.mutants, a.mutants...)
		if err := put(file, a.instrumented()); err != nil {
			return err
		}
	}
	for _, p := range packages {
		if err := put(filepath.Join(p, "mutant.go"), fmt.Sprintf(chooser, filepath.Base(p))); err != nil {
			return err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	file := filepath.Join(r.dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o644); err != nil {
		return err
	}
	for _, p := range packages {
		args := append(slices.Clone(r.starter), "go", "test", "-c", "-vet=off", "-overlay", file, "-o", r.program(p), "./"+p)
		cmd := exec.Command(args[0], args[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go test -c: %w: %s", err, out)
		}
	}
	return nil
}

func (r *runner) program(pkg string) string { return filepath.Join(r.dir, filepath.Base(pkg)+".test") }

// tryAll tries mutants until the budget is spent.
func (r *runner) tryAll(chosen []int, budget time.Duration) error {
	started := time.Now()
	for _, id := range chosen {
		if budget > 0 && time.Since(started) > budget {
			break
		}
		m := r.mutants[id-1]
		above := packages
		if !strings.HasPrefix(m.file, packages[0]) {
			above = packages[1:]
		}
		f, err := r.try(id, above)
		if err != nil {
			return err
		}
		r.count[f]++
		fmt.Fprintf(r.w, "%-9s %s:%d %s\n", f, m.file, m.line, m.what)
	}
	noticed := r.count[failed] + r.count[hung]
	fmt.Fprintf(r.w, "\n%d mutants tried: %d noticed (%d of them hung), %d survived. Score %.1f %%.\n",
		noticed+r.count[survived], noticed, r.count[hung], r.count[survived], 100*float64(noticed)/float64(max(1, noticed+r.count[survived])))
	return nil
}

// fate is what became of a mutant.
type fate string

const (
	failed   fate = "noticed"
	hung     fate = "hung"
	survived fate = "SURVIVED"
)

// try runs the tests of the packages with the mutant, until one fails.
func (r *runner) try(id int, packages []string) (fate, error) {
	for _, p := range packages {
		if f, err := r.tested(id, p); f != survived || err != nil {
			return f, err
		}
	}
	return survived, nil
}

// tested runs the tests of one package. A limit on processor time, not a clock,
// tells what hangs: machines are shared. Who reaches it is killed, and who waits
// for something that does not come is, after a long time. A limit on memory, in
// KiB of addresses, fails those that ask for more and more of it before they
// have taken the machine's.
func (r *runner) tested(id int, pkg string) (fate, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*r.timeout)
	defer cancel()
	args := append([]string{"-c", `ulimit -t "$0"; ulimit -v 6291456; exec "$@"`, fmt.Sprint(int(r.timeout.Seconds()))}, r.starter...)
	tests := exec.CommandContext(ctx, "sh", append(args, r.program(pkg), "-test.short", "-test.failfast", "-test.timeout", "0", "-test.skip", r.skip)...)
	tests.Dir = pkg
	tests.Env = append(os.Environ(), fmt.Sprint(variable, "=", id))
	out, err := tests.CombinedOutput()
	switch exit := new(exec.ExitError); {
	case errors.As(err, &exit):
		if id == 0 {
			return failed, fmt.Errorf("%s: %v: %s", pkg, exit, out)
		}
		if code := exit.ExitCode(); code < 0 || code == 128+int(syscall.SIGKILL) { // what a shell makes of it
			return hung, nil
		}
		return failed, nil
	case err != nil:
		return "", err
	}
	return survived, nil
}
