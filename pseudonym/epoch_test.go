package pseudonym

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const day = 24 * time.Hour

// keyDir makes a directory with a key for each epoch.
func keyDir(t *testing.T, ids ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, id := range ids {
		line, err := NewKeyLine()
		if err == nil {
			err = os.WriteFile(EpochFile(dir, id), []byte(line+"\n"), 0o400)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func ms(t *testing.T, date string) int64 {
	t.Helper()
	x, err := time.Parse(time.RFC3339, date)
	if err != nil {
		t.Fatal(err)
	}
	return x.UnixMilli()
}

func TestEpochsFind(t *testing.T) {
	dir := keyDir(t, "2026-09-01", "2026-11-15", "2026-10-01")
	os.WriteFile(filepath.Join(dir, ".hidden"), nil, 0o644)
	e, err := LoadEpochs(dir, EpochRules{Rotate: 30 * day, Overlap: 5 * day})
	if err != nil {
		t.Fatal(err)
	}
	for date, want := range map[string]int{
		"2026-08-31T23:59:59Z": -1,
		"2026-09-01T00:00:00Z": 0,
		"2026-09-30T23:59:59Z": 0, // the next one begins before the overlap
		"2026-10-01T00:00:00Z": 1,
		"2026-11-04T23:59:59Z": 1,  // 30 and 5 days
		"2026-11-05T00:00:00Z": -1, // nobody made a key for these ten days
		"2026-11-15T00:00:00Z": 2,
		"2026-12-19T23:59:59Z": 2,
		"2026-12-20T00:00:00Z": -1,
	} {
		if got := e.Find(ms(t, date)); got != want {
			t.Errorf("%s is in epoch %d, want %d", date, got, want)
		}
	}
	for _, far := range []int64{math.MinInt64, math.MaxInt64} {
		if got := e.Find(far); got != -1 {
			t.Errorf("%d is in epoch %d", far, got)
		}
	}
	if e.Len() != 3 || e.At(1).ID != "2026-10-01" || !e.ByTime() || e.Rules().Window != DefaultWindow {
		t.Errorf("%d epochs, the second is %s, by time %v, %+v", e.Len(), e.At(1).ID, e.ByTime(), e.Rules())
	}
}

// TestEpochsAreTheSameLater: making the next epoch, or destroying one, moves
// no time from one epoch to another.
func TestEpochsAreTheSameLater(t *testing.T) {
	dir := keyDir(t, "2026-09-01", "2026-10-01")
	rules := EpochRules{Rotate: 30 * day, Overlap: 7 * day}
	before, err := LoadEpochs(dir, rules)
	if err != nil {
		t.Fatal(err)
	}
	line, _ := NewKeyLine()
	os.WriteFile(EpochFile(dir, "2026-11-03"), []byte(line), 0o400)
	if err := DestroyEpoch(dir, "2026-09-01"); err != nil {
		t.Fatal(err)
	}
	later, err := LoadEpochs(dir, rules)
	if err != nil {
		t.Fatal(err)
	}
	for at := ms(t, "2026-08-20T00:00:00Z"); at < ms(t, "2026-11-03T00:00:00Z"); at += time.Hour.Milliseconds() {
		if a, b := before.Find(at), later.Find(at); a != b {
			t.Fatalf("%v moved from epoch %d to %d", time.UnixMilli(at).UTC(), a, b)
		}
	}
	if later.At(0).Secret != nil || later.At(1).Secret == nil || !later.At(1).Secret.Equal(before.At(1).Secret) {
		t.Error("the wrong secret is gone")
	}
}

func TestWithoutEpochs(t *testing.T) {
	s := TestSecret("k")
	e := WithoutEpochs(s)
	if e.ByTime() || e.Len() != 1 || e.At(0).ID != NoEpoch || e.Find(math.MinInt64) != 0 || e.Find(math.MaxInt64) != 0 || !e.IsTest() {
		t.Error("one secret is for all times")
	}
	if !e.Shares(WithoutEpochs(TestSecret("k"))) || e.Shares(WithoutEpochs(TestSecret("other"))) {
		t.Error("Shares does not tell secrets apart")
	}
}

func TestLoadEpochsRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		want KeyProblem
		make func(dir string)
	}{
		"no epoch":       {KeyNoEpochs, func(dir string) { os.Remove(EpochFile(dir, "2026-11-21")) }},
		"no directory":   {KeyUnreadable, func(dir string) { os.RemoveAll(dir) }},
		"misnamed key":   {KeyName, func(dir string) { os.Rename(EpochFile(dir, "2026-11-21"), EpochFile(dir, "2026-1-1")) }},
		"no such day":    {KeyName, func(dir string) { os.Rename(EpochFile(dir, "2026-11-21"), EpochFile(dir, "2026-02-30")) }},
		"something else": {KeyName, func(dir string) { os.WriteFile(filepath.Join(dir, "2026-11-22.key.bak"), nil, 0o400) }},
		"open to others": {KeyExposed, func(dir string) { os.Chmod(EpochFile(dir, "2026-11-21"), 0o644) }},
		"brought back":   {KeyReturned, func(dir string) { os.WriteFile(destroyedFile(dir, "2026-11-21"), nil, 0o644) }},
		"a copy":         {KeyRepeated, func(dir string) { copyFile(EpochFile(dir, "2026-11-21"), EpochFile(dir, "2026-12-21")) }},
		"test key inside": {KeyTest, func(dir string) {
			os.WriteFile(EpochFile(dir, "2026-12-21"), []byte(lineOf(TestSecret("k").m().b[:])), 0o400)
		}},
	} {
		dir := keyDir(t, "2026-11-21")
		c.make(dir)
		_, err := LoadEpochs(dir, EpochRules{Rotate: 30 * day})
		ke, ok := errors.AsType[*KeyError](err)
		if !ok || ke.Problem != c.want || !strings.HasPrefix(ke.Path, dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func copyFile(from, to string) {
	b, _ := os.ReadFile(from)
	os.WriteFile(to, b, 0o400)
}

func wantKeyError(t *testing.T, err error, want KeyProblem) {
	t.Helper()
	if ke, ok := errors.AsType[*KeyError](err); !ok || ke.Problem != want {
		t.Errorf("%v, want problem %d", err, want)
	}
}

// TestDestroyEpoch: the bytes are overwritten in their place, which a second
// name of the same file shows, and the key cannot come back unnoticed.
func TestDestroyEpoch(t *testing.T) {
	dir := keyDir(t, "2026-10-22", "2026-11-21")
	path := EpochFile(dir, "2026-10-22")
	key, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "second-name")
	if err := os.Link(path, other); err != nil {
		t.Fatal(err)
	}
	if err := DestroyEpoch(dir, "2026-10-22"); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadFile(other)
	if err != nil || len(left) < len(key)-1 || strings.Contains(string(left), string(key[15:59])) || strings.HasPrefix(string(left), keyPrefix) {
		t.Errorf("%d bytes of the key's file are left as they were, %v", len(left), err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
	wantKeyError(t, DestroyEpoch(dir, "2026-10-22"), KeyUnreadable)

	os.WriteFile(path, key, 0o400) // from a backup
	_, err = LoadEpochs(dir, EpochRules{Rotate: 30 * day})
	wantKeyError(t, err, KeyReturned)
	if err := DestroyEpoch(dir, "2026-10-22"); err != nil {
		t.Errorf("again: %v", err)
	}
	if _, err := LoadEpochs(dir, EpochRules{Rotate: 30 * day}); err != nil {
		t.Errorf("what is left: %v", err)
	}
	wantKeyError(t, DestroyEpoch(dir, "../2026-11-21"), KeyName)
	os.Symlink(other, EpochFile(dir, "2026-12-21"))
	wantKeyError(t, DestroyEpoch(dir, "2026-12-21"), KeyNotFile)
}

func TestEpochsDoNotPrint(t *testing.T) {
	dir := keyDir(t, "2026-11-21")
	e, err := LoadEpochs(dir, EpochRules{Rotate: 30 * day})
	if err != nil {
		t.Fatal(err)
	}
	secret := e.At(0).Secret.m().b
	out := fmt.Sprintf("%v %+v %#v %s %d %x %v %+v", e, e, e, e, e, e, e.At(0), e.At(0))
	j, err := json.Marshal(struct {
		E *Epochs
		A Epoch
	}{e, e.At(0)})
	if err != nil {
		t.Fatal(err)
	}
	out += string(j)
	for _, token := range append(spellings(secret[:]), spellings(secret[:4])...) {
		if strings.Contains(out, token) {
			t.Fatalf("key material in %s", out)
		}
	}
	if !strings.Contains(out, shown) {
		t.Errorf("epochs print as %s", out)
	}
}
