// Package audit keeps an append-only log of what was done with keys and
// policies, for who has to show it later.
//
// The log is JSON, one entry on a line, each with the hash of the one before
// it:
//
//	{"seq":2,"time":"2026-12-21T09:00:00Z","event":"key-destroyed","data":{…},"prev":"…","hash":"…"}
//
// hash is SHA-256 over the line up to and without it. A second file beside the
// log, FILE.head, holds the number and hash of the last entry. Verify finds any
// line that was altered, removed or added, the last ones included, as long as
// whoever did it left the head alone. There is no key here: who may write both
// files can make a log of their own. Against that the head goes where they
// cannot write, a ticket, another team's log, and Verify compares.
//
// An entry is on the disk before Append returns.
package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// genesis is the prev of the first entry.
var genesis = strings.Repeat("0", 2*sha256.Size)

// maxEntry bounds one line, in bytes.
const maxEntry = 1 << 20

// A Head names the last entry of a log: all that is needed to find out later
// whether the log is still the same.
type Head struct {
	Seq  int    // entries in the log
	Hash string // of the last one; 64 zeros of an empty log
}

func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Seq, h.Hash) }

// ParseHead reads what String wrote.
func ParseHead(s string) (Head, error) {
	var h Head
	n, hash, ok := strings.Cut(strings.TrimSpace(s), ":")
	if _, err := fmt.Sscanf(n, "%d", &h.Seq); err != nil || !ok || len(hash) != len(genesis) || h.Seq < 0 {
		return Head{}, errors.New("audit: a head is NUMBER:HASH")
	}
	h.Hash = hash
	return h, nil
}

// An Entry is one line.
type Entry struct {
	Seq   int             `json:"seq"` // from 1
	Time  time.Time       `json:"time"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
	Prev  string          `json:"prev"`
	Hash  string          `json:"hash,omitempty"`
}

// line spells the entry with its hash, without a newline.
func (e *Entry) line() ([]byte, error) {
	e.Hash = ""
	body, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	body = body[:len(body)-1] // the bracket goes behind the hash
	e.Hash = digest(body)
	return fmt.Appendf(body, `,"hash":"%s"}`, e.Hash), nil
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// A TamperError says which line of a log is not as it was written.
type TamperError struct {
	File string
	Line int // from 1; 0: the log as a whole
	What string
}

func (e *TamperError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.What)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What)
}

// Append adds an entry to the log at path, which is made if it is not there,
// for its owner alone. data is marshaled as JSON; it holds no secret and no value of any
// record. A log that does not verify is not added to.
func Append(path, event string, at time.Time, data any) (Head, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return Head{}, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return Head{}, err
	}
	defer f.Close()
	// Two that append at once would both follow the same entry.
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return Head{}, fmt.Errorf("audit: locking %s: %w", path, err)
	}
	head, err := settle(f, path)
	if err != nil {
		return Head{}, err
	}
	e := Entry{Seq: head.Seq + 1, Time: at.UTC().Truncate(time.Second), Event: event, Data: raw, Prev: head.Hash}
	line, err := e.line()
	if err != nil {
		return Head{}, err
	}
	if len(line) >= maxEntry {
		return Head{}, fmt.Errorf("audit: an entry of %d bytes; %d are the most", len(line), maxEntry-1)
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return Head{}, err
	}
	if err := f.Sync(); err != nil {
		return Head{}, err
	}
	head = Head{e.Seq, e.Hash}
	return head, writeHead(path, head)
}

// settle verifies the log and brings it to where Append left off when it was
// cut short: a torn last line was never reported as written and is removed, a
// whole one behind the head is taken.
func settle(f *os.File, path string) (Head, error) {
	head, known, err := readHead(path)
	if err != nil {
		return Head{}, err
	}
	w, err := walk(f, path, nil)
	if err != nil {
		return Head{}, err
	}
	if w.torn > 0 {
		if err := f.Truncate(w.size - w.torn); err != nil {
			return Head{}, err
		}
	}
	switch {
	case w.head == head:
	case w.head.Seq == head.Seq+1 && w.prev == head.Hash:
	case !known:
		return Head{}, &TamperError{path, 0, "its head file is gone"}
	default:
		return Head{}, &TamperError{path, 0, fmt.Sprintf("it has %d entries, its head says %d", w.head.Seq, head.Seq)}
	}
	return w.head, nil
}

// Verify reads the whole log and returns its head. It fails with a
// *TamperError when a line is not what it was, or when the last one is not the
// one that the head file names, or that want names, if it is not zero. each, if not
// nil, is called with every entry.
func Verify(path string, want Head, each func(Entry)) (Head, error) {
	f, err := os.Open(path)
	if err != nil {
		return Head{}, err
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
		return Head{}, fmt.Errorf("audit: locking %s: %w", path, err)
	}
	head, known, err := readHead(path)
	if err != nil {
		return Head{}, err
	}
	seen := map[int]string{0: genesis}
	w, err := walk(f, path, func(e Entry) {
		seen[e.Seq] = e.Hash
		if each != nil {
			each(e)
		}
	})
	switch {
	case err != nil:
		return Head{}, err
	case w.torn > 0:
		return Head{}, &TamperError{path, w.head.Seq + 1, "a line without its end"}
	case !known && w.head.Seq > 0:
		return Head{}, &TamperError{path, 0, "its head file is gone"}
	case w.head.Seq < head.Seq:
		return Head{}, &TamperError{path, w.head.Seq + 1, fmt.Sprintf("%d entries at the end are missing", head.Seq-w.head.Seq)}
	case w.head != head:
		return Head{}, &TamperError{path, head.Seq + 1, "entries that the head does not know"}
	case want != Head{} && seen[want.Seq] != want.Hash:
		return Head{}, &TamperError{path, min(want.Seq, w.head.Seq), "it is not the log that the given head is of"}
	}
	return w.head, nil
}

// walked is what a walk through a log found.
type walked struct {
	head Head
	prev string // the hash before the last entry
	size int64  // of the file
	torn int64  // bytes of a last line without its end
}

func walk(f *os.File, path string, each func(Entry)) (walked, error) {
	w := walked{head: Head{0, genesis}, prev: genesis}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return w, err
	}
	r := bufio.NewReaderSize(f, maxEntry)
	for {
		line, err := r.ReadSlice('\n')
		w.size += int64(len(line))
		switch {
		case err == io.EOF:
			w.torn = int64(len(line))
			return w, nil
		case errors.Is(err, bufio.ErrBufferFull):
			return w, &TamperError{path, w.head.Seq + 1, "a line that is too long"}
		case err != nil:
			return w, err
		}
		e, what := parse(line[:len(line)-1], w.head)
		if what != "" {
			return w, &TamperError{path, w.head.Seq + 1, what}
		}
		w.prev, w.head = w.head.Hash, Head{e.Seq, e.Hash}
		if each != nil {
			each(e)
		}
	}
}

// parse reads the line that follows head, or says what is wrong with it. Every
// byte counts: the hash is over the line as it stands, not over what it means.
func parse(line []byte, head Head) (e Entry, what string) {
	const tail = `,"hash":"`
	cut := len(line) - len(tail) - len(genesis) - 2
	if cut < 0 || !bytes.HasPrefix(line[cut:], []byte(tail)) || !bytes.HasSuffix(line, []byte(`"}`)) {
		return e, "it is no entry"
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return e, "it is no entry"
	}
	switch {
	case digest(line[:cut]) != e.Hash:
		return e, "it was altered"
	case e.Prev != head.Hash || e.Seq != head.Seq+1:
		return e, "it does not follow the line before it: one was removed, added or moved"
	}
	return e, ""
}

func headFile(path string) string { return path + ".head" }

func readHead(path string) (h Head, known bool, err error) {
	b, err := os.ReadFile(headFile(path))
	if errors.Is(err, os.ErrNotExist) {
		return Head{0, genesis}, false, nil
	}
	if err != nil {
		return Head{}, false, err
	}
	h, err = ParseHead(string(b))
	if err != nil {
		return Head{}, false, &TamperError{headFile(path), 1, "it is no head"}
	}
	return h, true, nil
}

// writeHead replaces the head file in one step: half a head is none.
func writeHead(path string, h Head) error {
	next := headFile(path) + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, h)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, headFile(path)); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
