package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"redactor/rules"
)

// This file holds a policy to what was signed. A policy may always give less.
// One that gives any recipient more than the one before is taken only with
// another approval block than that one had: an edit alone is not enough,
// whether it comes with a reload or waits for the next start. Which policy was the one before
// is kept in the state directory, with every policy that was accepted, by its
// digest: the quarantine's replay looks them up.

// acceptedFile names the policy that was accepted last.
const acceptedFile = "accepted.json"

// acceptance is what acceptedFile holds.
type acceptance struct {
	Version  int             `json:"version"`
	Name     string          `json:"name"`
	Revision string          `json:"revision,omitempty"`
	Digest   string          `json:"digest"`
	Approved *rules.Approval `json:"approved,omitempty"`
	At       time.Time       `json:"at"`

	// Used are all approval blocks that policies accepted here have had. One
	// signature is for one policy: taking it away for a while and putting it
	// back under another table is no new one.
	Used []rules.Approval `json:"used,omitempty"`
}

// used reports whether a policy that was accepted before had the block.
func (a *acceptance) used(b *rules.Approval) bool {
	return slices.ContainsFunc(a.Used, func(u rules.Approval) bool { return u.Same(b) })
}

// policyState is the memory of a proxy for policies. Without a directory it
// lasts as long as the process.
type policyState struct {
	dir      string // "": none
	last     *acceptance
	policy   *rules.Policy // of last; nil when it can no longer be read
	unlike   bool          // its text does not have its digest any more: built-ins came with another program
	problems string        // why policy is nil
}

// loadPolicyState reads what was accepted last. A directory that is not there
// yet is made.
func loadPolicyState(dir string) (*policyState, error) {
	s := &policyState{dir: dir}
	if dir == "" {
		return s, nil
	}
	if err := os.MkdirAll(filepath.Join(dir, "policies"), 0o700); err != nil {
		return nil, configf("state.dir: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, acceptedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, configf("state.dir: %w", err)
	}
	last := new(acceptance)
	if err := json.Unmarshal(text, last); err != nil || last.Version != 1 || last.Digest == "" {
		return nil, configf("%s is damaged: which policy was accepted last is not known any more; restore it, or remove it to begin anew with a policy that somebody has looked at",
			filepath.Join(dir, acceptedFile))
	}
	s.last = last
	s.policy, err = s.find(last.Digest)
	if err != nil {
		s.problems = err.Error()
	} else {
		s.unlike = s.policy.Digest() != last.Digest
	}
	return s, nil
}

// stateDir is where the configuration keeps what was accepted: state.dir, else
// the directory that systemd made for the service; "" for nowhere.
func stateDir(cfg *config) string {
	if cfg.State.Dir != "" {
		return cfg.State.Dir
	}
	return os.Getenv("STATE_DIRECTORY")
}

func (s *policyState) file(digest string) string {
	return filepath.Join(s.dir, "policies", digest+".yaml")
}

// errNoPolicy says that a policy is not among the accepted ones.
var errNoPolicy = errors.New("no policy with this digest was accepted here")

// find returns an accepted policy by its digest.
func (s *policyState) find(digest string) (*rules.Policy, error) {
	if s.dir == "" || len(digest) != 64 || strings.Trim(digest, "0123456789abcdef") != "" {
		return nil, errNoPolicy
	}
	src, err := readAtMost(s.file(digest), maxPolicy)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoPolicy
	}
	if err != nil {
		return nil, err
	}
	p, problems := rules.ParseWith(s.file(digest), src, s.tables(digest))
	if problems.HasErrors() {
		return nil, fmt.Errorf("%s cannot be read by this program: %w", s.file(digest), problems.Err())
	}
	return p, nil
}

// tablesFile holds the tables of a policy that names some by file, since its text
// alone is not all that was accepted.
func (s *policyState) tablesFile(digest string) string {
	return filepath.Join(s.dir, "policies", digest+".tables.json")
}

// tables returns the tables of an accepted policy.
func (s *policyState) tables(digest string) rules.TableSource {
	return func(name string) ([]byte, error) {
		text, err := os.ReadFile(s.tablesFile(digest))
		if err != nil {
			return nil, err
		}
		var all map[string][]byte
		if err := json.Unmarshal(text, &all); err != nil || all[name] == nil {
			return nil, fs.ErrNotExist
		}
		return all[name], nil
	}
}

// A looserError says that a policy gives more than it was signed for.
type looserError struct {
	text string
	what []rules.Change
}

func (e *looserError) Error() string { return e.text }

// judge refuses a policy that gives any recipient more than the one accepted
// last, unless somebody has signed it since.
func (s *policyState) judge(next *rules.Policy, now time.Time) error {
	if s.last == nil || s.last.Digest == next.Digest() {
		return nil
	}
	before := fmt.Sprintf("the policy accepted on %s (digest %.12s)", s.last.At.Format(time.DateOnly), s.last.Digest)
	var loosened []rules.Change
	reason := ""
	if s.policy == nil {
		reason = fmt.Sprintf("%s cannot be compared with %s: %s", next.File, before, s.problems)
	} else {
		d := rules.Diff(s.policy, next)
		d.Changes = slices.DeleteFunc(d.Changes, func(c rules.Change) bool { return c.Direction != rules.Loosened })
		if len(d.Changes) == 0 {
			return nil
		}
		loosened = d.Changes
		var b strings.Builder
		if err := d.WriteText(&b, false); err != nil {
			return err
		}
		reason = fmt.Sprintf("%s gives recipients more than %s:\n%s", next.File, before, strings.TrimSuffix(b.String(), "\n"))
	}
	switch a := next.Approved; {
	case a == nil:
		reason += "\nNobody has signed it. Have it approved and write who did into " + next.File
	case a.Expires != "" && a.Expires < now.UTC().Format(time.DateOnly):
		reason += "\nIts approval ended on " + a.Expires + ". Have it approved again and write who did into " + next.File
	case s.last.used(a):
		reason += "\nIts approved: block is one that a policy before had. Have it approved again and write who did into " + next.File
	default:
		return nil
	}
	reason += fmt.Sprintf(":\n  approved: {by: \"…\", date: %q, expires: \"…\", ticket: \"…\"}\nor take back what loosens it.", now.UTC().Format(time.DateOnly))
	return &looserError{reason, loosened}
}

// accept makes a policy the one that later ones are compared with. src is its
// text.
func (s *policyState) accept(p *rules.Policy, src []byte, now time.Time) error {
	next := &acceptance{Version: 1, Name: p.Name, Revision: p.Revision, Digest: p.Digest(), Approved: p.Approved, At: now.UTC().Truncate(time.Second)}
	if s.last != nil {
		next.Used = slices.Clone(s.last.Used)
	}
	if p.Approved != nil && !next.used(p.Approved) {
		next.Used = append(next.Used, *p.Approved)
	}
	if s.dir != "" && (s.last == nil || s.last.Digest != next.Digest) {
		text, err := json.MarshalIndent(next, "", "  ")
		if err != nil {
			return err
		}
		if len(p.Tables) > 0 {
			tables, err := json.Marshal(p.Tables)
			if err != nil {
				return err
			}
			if err := replaceFile(s.tablesFile(next.Digest), tables); err != nil {
				return err
			}
		}
		// The text first: a name without it could not be compared with.
		if err := replaceFile(s.file(next.Digest), src); err != nil {
			return err
		}
		if err := replaceFile(filepath.Join(s.dir, acceptedFile), append(text, '\n')); err != nil {
			return err
		}
	}
	s.last, s.policy, s.unlike, s.problems = next, p, false, ""
	return nil
}

// replaceFile writes a file in one step: half of it is never seen, whenever
// the machine stops.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
