package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// logHandler writes log records for people: a line each, and below it what has lines of its own, such as a traceback.
type logHandler struct {
	mu    *sync.Mutex
	w     io.Writer
	attrs []slog.Attr
	group string
}

func newLogHandler(w io.Writer) *logHandler { return &logHandler{mu: new(sync.Mutex), w: w} }

// Enabled takes everything from Info on.
func (h *logHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// WithAttrs and WithGroup return a handler that adds attributes to each record.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	n := *h
	n.attrs = append(n.attrs[:len(n.attrs):len(n.attrs)], attrs...)
	return &n
}

// WithGroup puts a name before those of the record's attributes.
func (h *logHandler) WithGroup(name string) slog.Handler {
	n := *h
	n.group += name + "."
	return &n
}

// Handle writes a record in one piece.
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	var line, below bytes.Buffer
	line.WriteString("luart: ")
	if r.Level >= slog.LevelWarn {
		line.WriteString(strings.ToLower(r.Level.String()) + ": ")
	}
	line.WriteString(r.Message)
	add := func(a slog.Attr) bool {
		text := a.Value.Resolve().String()
		if strings.Contains(text, "\n") {
			below.WriteString("\t" + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n\t") + "\n")
		} else if text != "" {
			line.WriteString(" " + h.group + a.Key + "=" + text)
		}
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	line.WriteByte('\n')
	line.Write(below.Bytes())
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.w.Write(line.Bytes())
	return err
}
