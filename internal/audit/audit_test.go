package audit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var when = time.Date(2026, 12, 21, 9, 0, 0, 0, time.UTC)

// logOf writes a log of n entries.
func logOf(t *testing.T, n int) (path string, heads []Head) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "audit.jsonl")
	for i := range n {
		h, err := Append(path, "tried", when.Add(time.Duration(i)*time.Minute), map[string]any{"n": i, "text": "<a & b>"})
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, h)
	}
	return path, heads
}

func TestAppendVerify(t *testing.T) {
	path, heads := logOf(t, 3)
	var got []string
	head, err := Verify(path, Head{}, func(e Entry) { got = append(got, fmt.Sprint(e.Seq, e.Event, string(e.Data))) })
	if err != nil || head != heads[2] {
		t.Fatalf("head %v, %v", head, err)
	}
	if want := `1tried{"n":0,"text":"\u003ca \u0026 b\u003e"}`; len(got) != 3 || got[0] != want {
		t.Errorf("entries %q", got)
	}
	for _, h := range heads { // a head that was written down earlier
		if _, err := Verify(path, h, nil); err != nil {
			t.Errorf("with head %v: %v", h, err)
		}
		if again, err := ParseHead(h.String()); again != h || err != nil {
			t.Errorf("%v is read as %v, %v", h, again, err)
		}
	}
	if _, err := Verify(path, Head{2, heads[0].Hash}, nil); !tampered(err) {
		t.Errorf("with the head of another log: %v", err)
	}
	for _, p := range []string{path, headFile(path)} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
}

func tampered(err error) bool { return errors.As(err, new(*TamperError)) }

// TestVerifyFindsEveryByte changes each byte of the log in turn.
func TestVerifyFindsEveryByte(t *testing.T) {
	path, _ := logOf(t, 3)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 0x01
		os.WriteFile(path, b, 0o600)
		if _, err := Verify(path, Head{}, nil); !tampered(err) {
			t.Fatalf("byte %d, %q for %q: %v", i, b[i], whole[i], err)
		}
	}
}

func TestVerifyFindsLines(t *testing.T) {
	path, heads := logOf(t, 5)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")[:5]
	forged := Entry{Seq: 6, Time: when, Event: "forged", Data: []byte("{}"), Prev: heads[4].Hash}
	more, err := forged.line()
	if err != nil {
		t.Fatal(err)
	}
	tries := map[string][]string{
		"added at the end":   append(slices.Clone(lines), string(more)+"\n"),
		"empty line":         append(slices.Clone(lines), "\n"),
		"without its end":    append(slices.Clone(lines), `{"seq":6`),
		"nothing left":       nil,
		"two in other order": {lines[0], lines[2], lines[1], lines[3], lines[4]},
	}
	for i := range lines {
		tries[fmt.Sprint("line ", i+1, " removed")] = slices.Delete(slices.Clone(lines), i, i+1)
		tries[fmt.Sprint("line ", i+1, " twice")] = slices.Insert(slices.Clone(lines), i, lines[i])
	}
	for name, ls := range tries {
		os.WriteFile(path, []byte(strings.Join(ls, "")), 0o600)
		if _, err := Verify(path, Head{}, nil); !tampered(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	os.WriteFile(path, whole, 0o600)
	os.Remove(headFile(path))
	if _, err := Verify(path, Head{}, nil); !tampered(err) {
		t.Errorf("without its head: %v", err)
	}
	if _, err := Append(path, "more", when, nil); !tampered(err) {
		t.Errorf("a log without its head is added to: %v", err)
	}
}

// TestAppendAfterACrash: Append may die between any two steps.
func TestAppendAfterACrash(t *testing.T) {
	path, heads := logOf(t, 3)
	// The line was written, the head was not.
	if err := writeHead(path, heads[1]); err != nil {
		t.Fatal(err)
	}
	if h, err := Append(path, "next", when, nil); err != nil || h.Seq != 4 {
		t.Errorf("%v, %v", h, err)
	}
	// The line was written in part.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(`{"seq":5,"time":"2026`)
	f.Close()
	if h, err := Append(path, "next", when, nil); err != nil || h.Seq != 5 {
		t.Errorf("%v, %v", h, err)
	}
	if h, err := Verify(path, Head{}, nil); err != nil || h.Seq != 5 {
		t.Errorf("%v, %v", h, err)
	}
	// Two lines behind the head are nobody's crash.
	if err := writeHead(path, heads[2]); err != nil {
		t.Fatal(err)
	}
	if _, err := Append(path, "next", when, nil); !tampered(err) {
		t.Errorf("two lines behind the head: %v", err)
	}
}

func TestAppendAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 4 {
				if _, err := Append(path, "tried", when, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if h, err := Verify(path, Head{}, nil); err != nil || h.Seq != 32 {
		t.Errorf("%v, %v", h, err)
	}
}

func TestAppendLong(t *testing.T) {
	path, _ := logOf(t, 1)
	if _, err := Append(path, "long", when, strings.Repeat("x", maxEntry)); err == nil {
		t.Error("an entry that Verify cannot read")
	}
	if _, err := Verify(path, Head{}, nil); err != nil {
		t.Error(err)
	}
}
