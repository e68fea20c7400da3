package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"redactor/internal/synth"
	"redactor/redact"
	"redactor/rules"
	"redactor/rules/starter"
)

// newTestFilter returns a filter for a recipient of the starter policy.
func newTestFilter(t testing.TB, profile string, out io.Writer) *filter {
	t.Helper()
	policy, problems := rules.Parse("policy.yaml", starter.Policy)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	streams, problems := policy.Compile(rules.TestKeys)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	v, err := pickView(streams, profile, "")
	if err != nil {
		t.Fatal(err)
	}
	return &filter{machine: v.program.NewMachine(), index: v.index, out: out, tally: newTally()}
}

// TestFilterSkipsWhatIsTooLong: a line above the limit is counted by its
// number, and those around it pass.
func TestFilterSkipsWhatIsTooLong(t *testing.T) {
	var out, held bytes.Buffer
	f := newTestFilter(t, "analytics", &out)
	f.quarantine = &held
	long := `{"event":"` + strings.Repeat("x", redact.DefaultMaxRecord) + `"}`
	if err := f.lines(strings.NewReader("{\"event\":\"a\"}\n" + long + "\n{\"event\":\"b\"}")); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "{\"event\":\"a\"}\n{\"event\":\"b\"}\n" {
		t.Errorf("%q", got)
	}
	if held.Len() != 0 {
		t.Error("a part of a record is in the quarantine")
	}
	var said bytes.Buffer
	if err := f.tally.finish(&said); err == nil || !strings.Contains(said.String(), "size             1  line 2") {
		t.Errorf("%v, %q", err, said.String())
	}
}

func TestFilterWholeTooLong(t *testing.T) {
	var out bytes.Buffer
	f := newTestFilter(t, "analytics", &out)
	if err := f.whole(io.LimitReader(spaces{}, redact.DefaultMaxRecord+5)); err != nil {
		t.Fatal(err)
	}
	if err := f.tally.finish(io.Discard); err == nil || out.Len() > 0 {
		t.Errorf("%v, %d bytes", err, out.Len())
	}
}

type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// TestTallyIsBounded: many bad lines take no more memory than a few.
func TestTallyIsBounded(t *testing.T) {
	f := newTally()
	for i := range int64(100_000) {
		f.failed(redact.ReasonParse, i+1)
	}
	var said bytes.Buffer
	if err := f.finish(&said); err == nil {
		t.Error("no finding")
	}
	if want := "line 1, 2, 3, 4, 5, 6, 7, 8 and 99 992 more"; !strings.Contains(said.String(), want) {
		t.Errorf("%q", said.String())
	}
}

// failingWriter takes n bytes and then fails, as a full disk does.
type failingWriter struct{ n int }

func (w *failingWriter) Write(b []byte) (int, error) {
	if w.n -= len(b); w.n < 0 {
		return 0, fmt.Errorf("no space left on device")
	}
	return len(b), nil
}

func TestFilterStopsWhenItCannotWrite(t *testing.T) {
	f := newTestFilter(t, "analytics", &failingWriter{n: writeBlock})
	err := f.lines(io.MultiReader(strings.NewReader(strings.Repeat("{\"event\":\"a\"}\n", 100_000)), neverRead{t}))
	if err == nil || !strings.Contains(err.Error(), "writing stdout: no space left") {
		t.Errorf("%v", err)
	}
}

type neverRead struct{ t *testing.T }

func (n neverRead) Read([]byte) (int, error) {
	n.t.Error("read on after stdout failed")
	return 0, io.EOF
}

// made returns made-up device records, one per line.
func made(n int) []byte {
	g := synth.New(1)
	var out []byte
	for range n {
		out = append(g.Append(out, synth.Flat), '\n')
	}
	return out
}

func BenchmarkRedactCommand(b *testing.B) {
	for _, profile := range []string{"analytics", "academic", "partner-crash"} {
		in := made(10_000)
		b.Run(profile, func(b *testing.B) {
			f := newTestFilter(b, profile, io.Discard)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if err := f.lines(bytes.NewReader(in)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
