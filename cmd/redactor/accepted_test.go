package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redactor/metrics"
	"redactor/rules"
	"redactor/stream"
)

// small makes a policy with an approval block and an outcome for one field.
func small(t *testing.T, approved, outcome string) *prepared {
	t.Helper()
	src := []byte(fmt.Sprintf(`
apiVersion: redactor/v1
name: small
namespace: acme
%s
fields:
  - {name: event, level: L1, keys: [event]}
profiles:
  p: {fields: {event: %s}}
streams:
  - {from: in, to: {p: out}}
`, approved, outcome))
	p, problems := rules.Parse("policy.yaml", src)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	return &prepared{policy: p, src: src}
}

const (
	signedOnce  = `approved: {by: A, date: "2026-11-01", ticket: T-1}`
	signedTwice = `approved: {by: A, date: "2026-11-20", ticket: T-2}`
	signedLong  = `approved: {by: A, date: "2025-11-01", expires: "2026-01-01"}`
)

func accept(t *testing.T, s *policyState, p *prepared) {
	t.Helper()
	if err := s.accept(p.policy, p.src, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// A policy may give less at any time, and more only when somebody has signed
// since. It is the same whether the process was started anew in between.
func TestJudge(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name         string
		before, next [2]string // approval, outcome
		want         string    // of the refusal; "" when taken
	}{
		{"the same", [2]string{signedOnce, "drop"}, [2]string{signedOnce, "drop"}, ""},
		{"less", [2]string{signedOnce, "keep"}, [2]string{signedOnce, "drop"}, ""},
		{"less, unsigned", [2]string{signedOnce, "keep"}, [2]string{"", "drop"}, ""},
		{"more, signed", [2]string{signedOnce, "drop"}, [2]string{signedTwice, "keep"}, ""},
		{"more, signed for the first time", [2]string{"", "drop"}, [2]string{signedOnce, "keep"}, ""},
		{"more", [2]string{signedOnce, "drop"}, [2]string{signedOnce, "keep"}, "is one that a policy before had"},
		{"more, unsigned", [2]string{"", "drop"}, [2]string{"", "keep"}, "Nobody has signed it"},
		{"more, the signature taken away", [2]string{signedOnce, "drop"}, [2]string{"", "keep"}, "Nobody has signed it"},
		{"more, signed and over", [2]string{signedOnce, "drop"}, [2]string{signedLong, "keep"}, "ended on 2026-01-01"},
	} {
		for _, restart := range []bool{false, true} {
			dir := t.TempDir()
			s, err := loadPolicyState(dir)
			if err != nil {
				t.Fatal(err)
			}
			first := small(t, c.before[0], c.before[1])
			if err := s.judge(first.policy, now); err != nil {
				t.Errorf("%s: the first policy is refused: %v", c.name, err)
			}
			accept(t, s, first)
			if restart {
				if s, err = loadPolicyState(dir); err != nil {
					t.Fatal(err)
				}
			}
			err = s.judge(small(t, c.next[0], c.next[1]).policy, now)
			looser := new(looserError)
			switch {
			case c.want == "" && err != nil, c.want != "" && (!errors.As(err, &looser) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%s (restart %t): %v, want %q", c.name, restart, err, c.want)
			case err != nil && (!strings.Contains(err.Error(), "event: drop → keep") || !strings.Contains(err.Error(), `date: "2026-11-22"`)):
				t.Errorf("%s: the refusal does not say who gets what, or what to write: %v", c.name, err)
			}
		}
	}
}

// One signature is for one policy: it cannot be taken away for a while and put
// back over another table, nor can an older one come back.
func TestOldSignature(t *testing.T) {
	for _, between := range []string{"", signedTwice} {
		s, err := loadPolicyState(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for _, approved := range []string{signedOnce, between} {
			p := small(t, approved, "drop")
			if err := s.judge(p.policy, time.Now()); err != nil {
				t.Fatal(err)
			}
			accept(t, s, p)
		}
		if s, err = loadPolicyState(s.dir); err != nil {
			t.Fatal(err)
		}
		if err := s.judge(small(t, signedOnce, "keep").policy, time.Now()); err == nil {
			t.Errorf("after %q the first signature is good again", between)
		}
	}
}

// What was accepted is found again by its digest, and by nothing that is not
// one.
func TestFindAccepted(t *testing.T) {
	dir := t.TempDir()
	s, err := loadPolicyState(dir)
	if err != nil {
		t.Fatal(err)
	}
	first, second := small(t, signedOnce, "keep"), small(t, signedOnce, "drop")
	accept(t, s, first)
	accept(t, s, second)
	for _, p := range []*prepared{first, second} {
		if got, err := s.find(p.policy.Digest()); err != nil || got.Digest() != p.policy.Digest() {
			t.Errorf("%.12s: %v", p.policy.Digest(), err)
		}
	}
	for _, digest := range []string{"", "../accepted", strings.Repeat("0", 64), strings.Repeat("../", 21) + "x"} {
		if _, err := s.find(digest); !errors.Is(err, errNoPolicy) {
			t.Errorf("%q: %v", digest, err)
		}
	}
}

// A state that cannot be trusted takes nothing that somebody has not looked at.
func TestDamagedState(t *testing.T) {
	dir := t.TempDir()
	s, err := loadPolicyState(dir)
	if err != nil {
		t.Fatal(err)
	}
	first := small(t, signedOnce, "keep")
	accept(t, s, first)

	// The text of the accepted policy is gone: nobody can compare.
	if err := os.Remove(s.file(first.policy.Digest())); err != nil {
		t.Fatal(err)
	}
	if s, err = loadPolicyState(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.judge(first.policy, time.Now()); err != nil {
		t.Errorf("the very policy that was accepted: %v", err)
	}
	if err := s.judge(small(t, signedOnce, "drop").policy, time.Now()); err == nil || !strings.Contains(err.Error(), "cannot be compared") {
		t.Errorf("a policy that cannot be compared: %v", err)
	}
	if err := s.judge(small(t, signedTwice, "drop").policy, time.Now()); err != nil {
		t.Errorf("signed since: %v", err)
	}

	if err := os.WriteFile(filepath.Join(dir, acceptedFile), []byte(`{"version":1`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadPolicyState(dir); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("half a file: %v", err)
	}
}

// Who is held back outlives the process, and half a file lets nobody go: the
// start is refused.
func TestDamagedHolds(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	h := stream.NewHolds(metrics.New(metrics.Config{}))
	if err := keepHolds(dir, h, log); err != nil {
		t.Fatal(err)
	}
	h.Set("partner", stream.HoldPaused)
	later := stream.NewHolds(metrics.New(metrics.Config{}))
	if err := keepHolds(dir, later, log); err != nil || later.Of("partner") != stream.HoldPaused || later.Of("analytics") != 0 {
		t.Errorf("after a restart: %v, partner %v, analytics %v", err, later.Of("partner"), later.Of("analytics"))
	}
	whole, err := os.ReadFile(filepath.Join(dir, heldFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", string(whole[:len(whole)/2]), `{"version":2,"paused":[]}`, "null"} {
		if err := os.WriteFile(filepath.Join(dir, heldFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := keepHolds(dir, stream.NewHolds(metrics.New(metrics.Config{})), log); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
