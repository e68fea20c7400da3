package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"redactor/metrics"
)

// topLooks are a proxy at two moments, ten seconds apart.
func topLooks(t *testing.T) (was, is *snapshot) {
	t.Helper()
	m := metrics.New(metrics.Config{
		Policy:    metrics.Policy{Name: "logs", Digest: "sha256:0123456789abcdef"},
		Fields:    []metrics.Field{{Name: "imei", Level: "L4"}, {Name: "model", Level: "L2"}},
		Detectors: []string{"email"},
		Profiles:  []metrics.Profile{{Name: "analytics", Actions: []string{"pseudonym", "keep"}}, {Name: "academic"}},
	})
	m.SetReady(true)
	topic := m.ForTopic("device.logs")
	topic.Assigned(0)
	look := func(at int64) *snapshot {
		families, err := m.Registry().Gather()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		for _, f := range families {
			if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
				t.Fatal(err)
			}
		}
		parser := expfmt.NewTextParser(model.UTF8Validation)
		parsed, err := parser.TextToMetricFamilies(&b)
		if err != nil {
			t.Fatal(err)
		}
		return &snapshot{time.Unix(at, 0), parsed}
	}
	was = look(1790000000)
	topic.Consumed(20_000, 1)
	topic.Lag(0, 1234)
	a, b := m.ForProfile("analytics"), m.ForProfile("academic")
	a.Routed(20_000)
	a.Output("out").Produced(19_000, 1)
	b.Routed(20_000)
	b.Failed("parse", 500)
	b.Leaked("email", 3)
	a.Field(0, 100)
	a.Field(1, 9000)
	a.Detected("email", 50)
	b.Paused(true)
	return was, look(1790000010)
}

func TestTopShows(t *testing.T) {
	ts := &topScreen{}
	ts.was, ts.is = topLooks(t)
	picture := strings.Join(ts.picture(120, 40), "\n")
	for _, want := range []string{
		"logs 0123456789ab  ready", "in 2000/s  out 1900/s  lag 1234  in flight 20k", "leaks 3 ", "analytics                 1900       19 000",
		"PAUSED", "device.logs                           2000         1234", "model                    keep                   900", "detections  email 5/s", "sorted by rate",
	} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture does not show %q:\n%s", want, picture)
		}
	}
	order := func() int { return strings.Index(picture, "academic") - strings.Index(picture, "analytics") }
	if order() < 0 {
		t.Error("sorted by rate, academic stands before analytics")
	}
	for range 2 { // by name, by trouble
		ts.press('s')
		if picture = strings.Join(ts.picture(120, 40), "\n"); order() > 0 {
			t.Errorf("sorted by %s, analytics stands before academic", topSorts[ts.sort])
		}
	}
}

// TestTopFits: whatever the size of the terminal, no line is wider, there are no more than fit, and the keys stay.
func TestTopFits(t *testing.T) {
	was, is := topLooks(t)
	for _, color := range []bool{false, true} {
		for w := 1; w < 140; w += 7 {
			for h := 1; h < 60; h += 3 {
				ts := &topScreen{color: color, was: was, is: is, failed: errors.New("a very long reason why there is no answer from this instance")}
				lines := ts.picture(w, h)
				if len(lines) > h {
					t.Fatalf("%d lines on %d rows", len(lines), h)
				}
				for _, l := range lines {
					for _, style := range []string{styleBold, styleFaint, styleGood, styleBad, styleNew, styleReset} {
						l = strings.ReplaceAll(l, style, "")
					}
					if strings.ContainsAny(l, "\x00\x1b") || textWidth(l) > w {
						t.Fatalf("%d columns: %q", w, l)
					}
				}
				if want := fit(topKeys, w); w < len(topKeys) && !strings.HasPrefix(lines[len(lines)-1], strings.TrimRight(want, " …")) {
					t.Fatalf("%d x %d: the keys are not the last line: %q", w, h, lines[len(lines)-1])
				}
			}
		}
	}
}

// TestTopLive: keys are obeyed, a new size is drawn at once, an instance that is away is told and waited for, and
// the terminal is left as it was.
func TestTopLive(t *testing.T) {
	was, is := topLooks(t)
	away := errors.New("connection refused")
	answers := []any{was, is, away}
	var narrow atomic.Bool
	var out lockedWriter
	ts := &topScreen{interval: time.Millisecond, out: &out, size: func() (int, int) {
		if narrow.Load() {
			return 30, 5
		}
		return 100, 30
	}}
	ts.look = func(context.Context) (*snapshot, error) {
		next := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		if err, ok := next.(error); ok {
			return nil, err
		}
		return next.(*snapshot), nil
	}
	keyboard, press := io.Pipe()
	resized := make(chan os.Signal)
	ended := make(chan error, 1)
	go func() { ended <- ts.live(t.Context(), keyboard, resized) }()
	out.until(t, "no answer for")
	for _, k := range []struct{ key, want string }{{"?", "a second"}, {"?", "recipient"}, {"s", "sorted by name"}, {"p", "HELD"}} {
		out.Reset()
		fmt.Fprint(press, k.key)
		out.until(t, k.want)
	}
	narrow.Store(true)
	resized <- syscall.SIGWINCH
	fmt.Fprint(press, "q")
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.String(), leaveScreen) {
		t.Error("the terminal is not left as it was")
	}
	frames := strings.Split(out.String(), toTop)
	if n := strings.Count(frames[len(frames)-1], "\r\n"); n != 4 {
		t.Errorf("%d lines on 5 rows", n+1)
	}
}

func TestBrief(t *testing.T) {
	var got []string
	for _, v := range []float64{0, 1, .25, 9.94, 9.96, 1234, 9999, 12345, 1.5e6, 2e9} {
		got = append(got, brief(v))
	}
	if want := []string{"0", "1", "0.2", "9.9", "10", "1234", "9999", "12k", "1.5M", "2.0G"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// lockedWriter is a screen that a test can look at.
type lockedWriter struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *lockedWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

func (w *lockedWriter) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b.Reset()
}

// until waits until the text was drawn.
func (w *lockedWriter) until(t *testing.T, text string) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(20 * time.Second); !strings.Contains(w.String(), text); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%q was never drawn: %q", text, w.String())
		}
	}
}
