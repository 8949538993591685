package runtime_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The log of a control plane: by HTTP, and in its files.

// logs follows the log, as a browser would.
type logs struct {
	t    testing.TB
	body io.ReadCloser
	in   *bufio.Scanner
	id   string
}

func (r *ratchet) follow(query string, header ...string) *logs {
	r.t.Helper()
	// Lines that never come must not hold the tests up for ever.
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Minute)
	r.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", r.url+"/logs"+query, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		r.t.Fatal(resp.Status, resp.Header)
	}
	r.t.Cleanup(func() { resp.Body.Close() })
	return &logs{t: r.t, body: resp.Body, in: bufio.NewScanner(resp.Body)}
}

// next returns the next line of the log.
func (l *logs) next() (source, level, message string, ok bool) {
	l.t.Helper()
	for l.in.Scan() {
		line := l.in.Text()
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			l.id = id
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var v struct{ Source, Level, Message string }
			if err := json.Unmarshal([]byte(data), &v); err != nil {
				l.t.Fatal(err, data)
			}
			return v.Source, v.Level, v.Message, true
		}
	}
	return "", "", "", false
}

// until reads lines up to one of a source that has a text.
func (l *logs) until(source, text string) {
	l.t.Helper()
	var seen []string
	for {
		from, _, message, ok := l.next()
		if !ok {
			l.t.Fatalf("the log has ended without [%s] %s; it has\n%s", source, text, strings.Join(seen, "\n"))
		}
		if from == source && strings.Contains(message, text) {
			return
		}
		seen = append(seen, "["+from+"] "+message)
	}
}

func logFiles(t *testing.T, c *controlled) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.data, "logs", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestRatchetLogs(t *testing.T) {
	c := newControlled(t, map[string]string{"a/main.lua": `
		on("say", function(t) if t.level == "error" then printError(t.text) else print(t.text) end end)
		for i = 1, 30 do print("line " .. i) end`})
	r := startRatchet(t, c, nil)
	say := func(level, text string) {
		t.Helper()
		r.want(200, `{"status":"OK"}`, "POST", "/event", url.Values{"event": {"say"}, "level": {level}, "text": {text}}.Encode())
	}
	lines := func(query string) (messages []string) {
		t.Helper()
		status, text := r.ask("GET", "/logs"+query, "")
		var got []struct{ Message string }
		if err := json.Unmarshal([]byte(text), &got); err != nil || status != 200 {
			t.Fatal(status, text, err)
		}
		for _, line := range got {
			messages = append(messages, line.Message)
		}
		return messages
	}
	first := r.follow("?n=2&plugin=a")
	first.until("a", "line 29")
	first.until("a", "line 30")
	if got := lines("?plugin=a"); len(got) != 20 || got[0] != "line 11" || got[19] != "line 30" {
		t.Error(got)
	}
	if got := lines("?plugin=a&n=100000"); len(got) != 30 {
		t.Error(len(got))
	}
	if got := lines("?n=0"); len(got) != 0 {
		t.Error(got)
	}
	for _, query := range []string{"?n=-1", "?n=x", "?n=1.5", "?n=0x10", "?level=loud"} {
		r.want(400, `{"status":"FAIL","reason":"the parameter …`, "GET", "/logs"+query, "")
	}
	say("info", "quiet")
	say("error", "loud <b> \x1b[31m é\n two")
	first.until("a", "quiet")
	first.until("a", "loud <b> \\027[31m é")
	if got := lines("?level=error&plugin=a"); len(got) != 1 || !strings.HasPrefix(got[0], "loud") {
		t.Error(got)
	}
	if _, text, header := r.exchange("GET", "/logs?n=2&plugin=a", "", "Accept: text/plain"); !strings.Contains(text, "[a] info: quiet\n") || header.Get("Vary") != "Accept" {
		t.Error(text, header)
	}
	r.want(200, `{"status":"OK","sources":["a"…`, "GET", "/logs/sources", "")
	// A page that was away gets what it has missed.
	id := first.id
	first.body.Close()
	say("info", "missed")
	second := r.follow("?plugin=a&n=0", "Last-Event-ID: "+id)
	if _, _, message, _ := second.next(); message != "missed" {
		t.Error(message)
	}
	filtered := r.follow("?follow=true&level=error&n=0")
	say("info", "harmless")
	say("error", "this")
	if _, _, message, _ := filtered.next(); message != "this" {
		t.Error(message)
	}
	// The end of the server is the end of the stream, and holds nothing up.
	r.stop()
	second.until("a", "this")
	if _, _, message, ok := second.next(); ok {
		t.Error(message)
	}
	// What was said is in the file, as JSON.
	data, err := os.ReadFile(filepath.Join(c.data, "logs", "a.log"))
	if err != nil {
		t.Fatal(err)
	}
	var last struct{ Time, Level, Source, Message string }
	all := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if err := json.Unmarshal([]byte(all[len(all)-1]), &last); err != nil || last.Message != "this" || last.Level != "error" || last.Source != "a" {
		t.Error(all[len(all)-1], err)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", last.Time); err != nil || !strings.Contains(all[0], `"line 1"`) {
		t.Error(last.Time, err, all[0])
	}
}

// TestControlLogFiles fills files until they are followed by others, over a crash.
func TestControlLogFiles(t *testing.T) {
	c := newControlled(t, map[string]string{"a/main.lua": `for i = 1, 1000 do print(("%04d "):format(i) .. ("x"):rep(80)) end`, "b/main.lua": "print('b')"})
	c.set["logs"] = map[string]any{"size": 8192, "files": 3}
	if err := os.MkdirAll(filepath.Join(c.data, "logs"), 0o777); err != nil {
		t.Fatal(err)
	}
	// A crash has left half a line, and a time when more files were kept some of them.
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(c.data, "logs", name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("b.log", `{"message":"ha`)
	write("a.log.2", "old\n")
	write("a.log.3", "older\n")
	startControl(t, c).stop()
	var names []string
	var text string
	for _, file := range logFiles(t, c) {
		name := filepath.Base(file)
		if !strings.HasPrefix(name, "a.") && name != "b.log" {
			continue
		}
		names = append(names, name)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 8192 {
			t.Errorf("%s has %d bytes", name, len(data))
		}
		if name == "b.log" {
			lines := strings.Split(string(data), "\n")
			if lines[0] != `{"message":"ha` || !json.Valid([]byte(lines[1])) {
				t.Error(string(data))
			}
			continue
		}
		text = string(data) + text
	}
	if got := strings.Join(names, " "); got != "a.log a.log.1 a.log.2 b.log" {
		t.Error(got)
	}
	// The last lines, whole and in order.
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		var v struct{ Message string }
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err, line)
		}
		var number int
		for _, digit := range v.Message[:4] {
			number = number*10 + int(digit-'0')
		}
		if want := 1000 - len(lines) + 1 + i; number != want {
			t.Fatalf("line %d instead of %d", number, want)
		}
	}
	if len(lines) < 50 {
		t.Error(len(lines))
	}
}
