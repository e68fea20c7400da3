package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

const (
	progressAfter = time.Second            // shorter work needs no bar
	progressEvery = 250 * time.Millisecond // between two looks of the bar
)

// progress shows how far the reading of an input is, on a terminal's stderr
// and only when stdout goes elsewhere. It reads through: it is the input.
type progress struct {
	r       io.Reader
	w       io.Writer // nil: shows nothing
	total   int64     // bytes; 0 when not known, as in a pipe
	read    int64
	started time.Time
	next    time.Time
	shown   bool
}

func newProgress(in io.Reader, stdout, stderr io.Writer) *progress {
	p := &progress{r: in, started: time.Now()}
	p.next = p.started.Add(progressAfter)
	if !isTerminal(stderr) || isTerminal(stdout) || isTerminal(in) {
		return p
	}
	p.w = stderr
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			p.total = info.Size()
		}
	}
	return p
}

// Read implements io.Reader.
func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.read += int64(n)
	if p.w != nil {
		if now := time.Now(); now.After(p.next) {
			p.next, p.shown = now.Add(progressEvery), true
			fmt.Fprintf(p.w, "\r\x1b[K%s", p.line(now))
		}
	}
	return n, err
}

func (p *progress) line(now time.Time) string {
	rate := float64(p.read) / now.Sub(p.started).Seconds()
	text := fmt.Sprintf("%s  %s/s", formatSize(float64(p.read)), formatSize(rate))
	if p.total <= 0 {
		return text
	}
	const width = 30
	full := int(min(p.read, p.total) * width / p.total)
	return fmt.Sprintf("[%s%s] %3d %%  %s", strings.Repeat("=", full), strings.Repeat(" ", width-full), min(p.read, p.total)*100/p.total, text)
}

// offsets shows how many of total offsets are read.
func (p *progress) offsets(done int64) {
	if p.w == nil {
		return
	}
	if now := time.Now(); now.After(p.next) {
		p.next, p.shown = now.Add(progressEvery), true
		fmt.Fprintf(p.w, "\r\x1b[K%3d %%  %s of %s offsets", done*100/max(p.total, 1), groupDigits(done), groupDigits(p.total))
	}
}

// done clears the bar.
func (p *progress) done() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
