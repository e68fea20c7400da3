package main

import (
	"errors"
	"fmt"
	"io"

	"redactor/rules"
)

// The exit codes. 69 and 78 are EX_UNAVAILABLE and EX_CONFIG of sysexits(3):
// RestartPreventExitStatus=78 keeps systemd from restarting into the same
// mistake.
const (
	exitFindings    = 1
	exitUsage       = 2
	exitUnavailable = 69
	exitConfig      = 78
)

// failure is an error that knows its exit code.
type failure struct {
	code     int
	err      error          // nil when everything was said already
	problems rules.Problems // shown with place, line and caret
}

func (f *failure) Error() string {
	switch {
	case f.err != nil:
		return f.err.Error()
	case len(f.problems) > 0:
		return f.problems.Err().Error()
	}
	return fmt.Sprintf("exit status %d", f.code)
}

func (f *failure) Unwrap() error { return f.err }

// findings says that a check found something, which was shown already.
func findings() error { return &failure{code: exitFindings} }

func usagef(format string, args ...any) error {
	return &failure{code: exitUsage, err: fmt.Errorf(format, args...)}
}

func configf(format string, args ...any) error {
	return &failure{code: exitConfig, err: fmt.Errorf(format, args...)}
}

func unavailablef(format string, args ...any) error {
	return &failure{code: exitUnavailable, err: fmt.Errorf(format, args...)}
}

// report says on stderr what went wrong and returns the exit code.
func report(err error, stderr io.Writer, color bool) int {
	if err == nil {
		return 0
	}
	f := new(failure)
	if !errors.As(err, &f) {
		f = &failure{code: exitFindings, err: err}
	}
	if len(f.problems) > 0 {
		f.problems.Render(stderr, color)
		fmt.Fprintln(stderr, f.problems.Summary()+".")
	}
	if f.err != nil {
		fmt.Fprintf(stderr, "redactor: %v\n", err)
	}
	return f.code
}
