package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"redactor/metrics"
	"redactor/pseudonym"
)

// TestLogWithholds: what could hold a record, or a secret, is not printed,
// whatever way it comes.
func TestLogWithholds(t *testing.T) {
	raw := `{"imei":"356938035643809"}`
	line, err := pseudonym.NewKeyLine()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := pseudonym.ParseKey([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"json", "text"} {
		var b bytes.Buffer
		log := newLogger(&b, format, slog.LevelInfo, metrics.New(metrics.Config{}))
		log = log.With("with", []byte(raw)).WithGroup("group")
		log.Info("record", "bytes", []byte(raw), "raw", json.RawMessage(raw), "any", struct{ V string }{raw},
			"map", map[string]string{"v": raw}, "pointer", &raw, "secret", secret, "secret value", *secret,
			slog.Group("inner", "bytes", []byte(raw)))
		if out := b.String(); strings.Contains(out, "356938035643809") || strings.Contains(out, line) || strings.Contains(out, "NTY5") {
			t.Errorf("%s: %s", format, out)
		} else if !strings.Contains(out, withheld) {
			t.Errorf("%s: nothing says that something was withheld: %s", format, out)
		}
	}
}

func TestLogShows(t *testing.T) {
	var b bytes.Buffer
	log := newLogger(&b, "json", slog.LevelInfo, metrics.New(metrics.Config{}))
	log.Info("fine", "error", errors.New("broker away"), "topics", []string{"a"}, "took", 1500*time.Millisecond, "n", 7, "none", nil)
	for _, want := range []string{`"error":"broker away"`, `"topics":["a"]`, `"took":"1.5s"`, `"n":7`, `"none":null`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in %s", want, b.String())
		}
	}
}

// TestLogLimits: a message that repeats is shown so often and then counted; others are not in its way.
func TestLogLimits(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(1790000000, 0)
	log := slog.New(newLimiting(slog.NewTextHandler(&b, nil), func() time.Time { return now }))
	storm := log.With("partition", 7)
	lines := func(what string) int { return strings.Count(b.String(), what) }
	for range 1000 {
		storm.Warn("broker away")
	}
	log.Info("drained")
	if lines("broker away") != logBurst || lines("drained") != 1 {
		t.Errorf("%d of 1000, and %d of the other", lines("broker away"), lines("drained"))
	}
	now = now.Add(logWindow + time.Second)
	storm.Warn("broker away")
	if lines("suppressed=980") != 1 {
		t.Errorf("nothing says how many were suppressed: %s", b.String())
	}
	for range 30 {
		storm.Warn("broker away")
	}
	now = now.Add(logWindow + time.Second)
	b.Reset()
	log.Info("something else")
	if got := b.String(); !strings.Contains(got, `level=WARN msg="broker away" suppressed=11`) || strings.Contains(got, "partition") {
		t.Errorf("the end of a storm is not told: %s", got)
	}
	b.Reset()
	log.Info("something else")
	if strings.Contains(b.String(), "suppressed") {
		t.Errorf("told twice: %s", b.String())
	}
}

func TestLogCounts(t *testing.T) {
	m := metrics.New(metrics.Config{})
	log := newLogger(io.Discard, "json", slog.LevelInfo, m).With("a", 1).WithGroup("g")
	log.Error("e")
	log.Warn("w")
	log.Info("i")
	log.Debug("below the level: not a message")
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{`{level="error"} 1`, `{level="warn"} 1`, `{level="info"} 1`, `{level="debug"} 0`} {
		if !strings.Contains(w.Body.String(), "redactor_log_messages_total"+want) {
			t.Errorf("no %s", want)
		}
	}
}
