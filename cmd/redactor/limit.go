package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	logWindow = 10 * time.Second
	logBurst  = 20 // records of one message in a window: a partition each, on an instance of usual size
)

// limiting lets so many records of one message through in a window and counts
// the others: a broker that is away, or a producer that writes nonsense, must
// not fill a disk. The next record of that message says how many there were;
// where none comes, the first of any message after the window does.
//
// Messages are constants of the program, so that their number is bounded.
type limiting struct {
	slog.Handler
	state *limits
}

type limits struct {
	now  func() time.Time
	bare slog.Handler // without the attributes of whoever happens to log next

	mu    sync.Mutex // guards the rest
	by    map[string]*window
	quiet time.Time // when the first window with something suppressed ends; zero: none
}

type window struct {
	begun         time.Time
	level         slog.Level
	shown, hidden int
}

func newLimiting(h slog.Handler, now func() time.Time) limiting {
	return limiting{h, &limits{now: now, bare: h, by: make(map[string]*window)}}
}

// Handle implements slog.Handler.
func (l limiting) Handle(ctx context.Context, r slog.Record) error {
	show, suppressed, over := l.state.judge(r.Message, r.Level)
	for msg, w := range over {
		note := slog.NewRecord(l.state.now(), w.level, msg, 0)
		note.Add("suppressed", w.hidden)
		if err := l.state.bare.Handle(ctx, note); err != nil {
			return err
		}
	}
	if !show {
		return nil
	}
	if suppressed > 0 {
		r = r.Clone()
		r.Add("suppressed", suppressed)
	}
	return l.Handler.Handle(ctx, r)
}

// judge reports whether a record is shown, how many like it were not, and what
// other messages have to say about themselves.
func (s *limits) judge(msg string, level slog.Level) (show bool, suppressed int, over map[string]window) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	w := s.by[msg]
	if w == nil {
		w = &window{begun: now}
		s.by[msg] = w
	}
	if now.Sub(w.begun) >= logWindow {
		suppressed = w.hidden
		*w = window{begun: now}
	}
	w.level = level
	if show = w.shown < logBurst; show {
		w.shown++
	} else {
		w.hidden++
		if s.quiet.IsZero() {
			s.quiet = w.begun.Add(logWindow)
		}
	}
	if !s.quiet.IsZero() && now.After(s.quiet) {
		over = s.ended(now)
	}
	return show, suppressed, over
}

// ended takes the windows that are over and have withheld something.
func (s *limits) ended(now time.Time) map[string]window {
	over := make(map[string]window)
	s.quiet = time.Time{}
	for msg, w := range s.by {
		if w.hidden == 0 {
			continue
		}
		if end := w.begun.Add(logWindow); now.Before(end) {
			if s.quiet.IsZero() || end.Before(s.quiet) {
				s.quiet = end
			}
			continue
		}
		over[msg] = *w
		delete(s.by, msg)
	}
	return over
}

// WithAttrs implements slog.Handler.
func (l limiting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return limiting{l.Handler.WithAttrs(attrs), l.state}
}

// WithGroup implements slog.Handler.
func (l limiting) WithGroup(name string) slog.Handler {
	return limiting{l.Handler.WithGroup(name), l.state}
}
