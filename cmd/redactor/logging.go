package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"redactor/metrics"
)

// withheld stands in a log for a value of a type that could hold a record.
const withheld = "[withheld]"

// newLogger returns the logger of a running proxy. Only types that cannot
// hold a record are printed: numbers, strings, errors of ours and of Kafka,
// and what formats itself. Byte slices, structures and maps are withheld.
func newLogger(w io.Writer, format string, level slog.Level, m *metrics.Metrics) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: printable}
	var h slog.Handler
	if format == "text" {
		h = slog.NewTextHandler(w, opts)
	} else {
		h = slog.NewJSONHandler(w, opts)
	}
	return slog.New(counting{newLimiting(h, time.Now), m})
}

// printable lets through what cannot hold a record.
func printable(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindAny:
	case slog.KindDuration:
		a.Value = slog.StringValue(a.Value.Duration().String()) // JSON would show nanoseconds
		return a
	default:
		return a
	}
	switch v := a.Value.Any().(type) {
	case error:
		a.Value = slog.StringValue(v.Error())
	case *slog.Source, slog.Level, []string, []int, []int32:
	case fmt.Stringer:
		a.Value = slog.StringValue(v.String())
	case nil:
	default:
		a.Value = slog.StringValue(withheld)
	}
	return a
}

// counting counts messages by level on their way to the handler.
type counting struct {
	slog.Handler
	m *metrics.Metrics
}

// Handle implements slog.Handler.
func (c counting) Handle(ctx context.Context, r slog.Record) error {
	switch {
	case r.Level >= slog.LevelError:
		c.m.Logged(metrics.LevelError)
	case r.Level >= slog.LevelWarn:
		c.m.Logged(metrics.LevelWarn)
	case r.Level >= slog.LevelInfo:
		c.m.Logged(metrics.LevelInfo)
	default:
		c.m.Logged(metrics.LevelDebug)
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (c counting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return counting{c.Handler.WithAttrs(attrs), c.m}
}

// WithGroup implements slog.Handler.
func (c counting) WithGroup(name string) slog.Handler {
	return counting{c.Handler.WithGroup(name), c.m}
}
