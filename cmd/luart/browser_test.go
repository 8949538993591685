//go:build unix

package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// browser is a headless Chromium, which is driven by the DevTools protocol over two pipes.
type browser struct {
	t      *testing.T // the running one
	in     io.Writer
	mu     sync.Mutex
	id     int
	calls  map[int]chan reply
	ended  chan struct{} // closed when it has ended
	stderr watched
}

// reply is what the browser answers to a command.
type reply struct {
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
}

const browserPatience = 60 * time.Second

// startBrowser starts the browser with a profile of its own. The test is skipped where it can't run: it wants much address space,
// and system calls that some containers refuse.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := program(t, "chromium", "chromium-browser", "google-chrome")
	fromUs, toBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fromBrowser, toUs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, in: toBrowser, calls: map[int]chan reply{}, ended: make(chan struct{})}
	profile := t.TempDir()
	cmd := exec.Command(path, "--headless=new", "--remote-debugging-pipe", "--user-data-dir="+profile, "--no-first-run",
		"--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--no-proxy-server",
		"--no-sandbox", // which root can't have, and containers often lack
		"about:blank")
	cmd.ExtraFiles = []*os.File{fromUs, toUs} // 3 and 4 there
	cmd.Env = append(os.Environ(), "HOME="+profile, "XDG_CONFIG_HOME="+profile, "XDG_CACHE_HOME="+profile)
	cmd.Stderr = &b.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fromUs.Close()
	toUs.Close()
	t.Cleanup(func() {
		toBrowser.Close() // which ends it
		select {
		case <-b.ended:
		case <-time.After(10 * time.Second):
		}
		// It has many processes; what is left of them would still write to the profile.
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			t.Log(err)
		}
		cmd.Wait()
	})
	go func() {
		defer close(b.ended)
		defer fromBrowser.Close()
		for r := bufio.NewReader(fromBrowser); ; {
			text, err := r.ReadBytes(0)
			if err != nil {
				return
			}
			var answer reply
			if json.Unmarshal(text[:len(text)-1], &answer) != nil || answer.ID == 0 {
				continue // an event
			}
			b.mu.Lock()
			call := b.calls[answer.ID]
			delete(b.calls, answer.ID)
			b.mu.Unlock()
			if call != nil {
				call <- answer
			}
		}
	}()
	if _, err := b.send("", "Browser.getVersion", struct{}{}); err != nil {
		t.Skipf("%s does not work here: %v", path, err)
	}
	return b
}

// send sends a command, to a page if there is one, and returns its answer.
func (b *browser) send(session, method string, params any) (json.RawMessage, error) {
	call := make(chan reply, 1)
	b.mu.Lock()
	b.id++
	id := b.id
	b.calls[id] = call
	b.mu.Unlock()
	command := map[string]any{"id": id, "method": method, "params": params}
	if session != "" {
		command["sessionId"] = session
	}
	text, err := json.Marshal(command)
	if err == nil {
		_, err = b.in.Write(append(text, 0))
	}
	if err != nil {
		return nil, err
	}
	select {
	case answer := <-call:
		if answer.Error != nil {
			return nil, errors.New(answer.Error.Message)
		}
		return answer.Result, nil
	case <-b.ended:
		return nil, fmt.Errorf("the browser has ended:\n%s", b.stderr.String())
	case <-time.After(browserPatience):
		return nil, fmt.Errorf("no answer\n%s", b.stderr.String())
	}
}

// call is send, with the answer decoded into result.
func (b *browser) call(session, method string, params, result any) {
	b.t.Helper()
	answer, err := b.send(session, method, params)
	if err == nil && result != nil {
		err = json.Unmarshal(answer, result)
	}
	if err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
}

// page is a tab.
type page struct {
	*browser
	target, session string
}

// open opens a URL in a tab of its own.
func (b *browser) open(url string) page {
	b.t.Helper()
	var target struct{ TargetID string }
	b.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	p := page{b, target.TargetID, attached.SessionID}
	var loading struct{ ErrorText string }
	p.call(p.session, "Page.navigate", map[string]any{"url": url}, &loading) // answered when there is a page
	if loading.ErrorText != "" {
		b.t.Fatalf("%s: %s", url, loading.ErrorText)
	}
	return p
}

// eval evaluates an expression in the page, and waits for it if it is a promise. The value has to be a string.
func (p page) eval(expression string) string {
	p.t.Helper()
	var answer struct {
		Result           struct{ Value string }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	p.call(p.session, "Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &answer)
	if e := answer.ExceptionDetails; e != nil {
		p.t.Fatalf("%s: %s %s", expression, e.Text, e.Exception.Description)
	}
	return answer.Result.Value
}

// shows waits until the page shows a text.
func (p page) shows(text string) {
	p.t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		p.t.Fatal(err)
	}
	got := p.eval(fmt.Sprintf(`new Promise(resolve => {
		const end = Date.now() + %d;
		(function look() {
			const text = document.body ? document.body.innerText : "";
			if (text.includes(%s) || Date.now() > end) resolve(text); else setTimeout(look, 20);
		})();
	})`, (browserPatience / 2).Milliseconds(), quoted))
	if !strings.Contains(got, text) {
		p.t.Fatalf("the page does not show %q, but\n%s", text, got)
	}
}

// screenshot writes what the page looks like to a file, if the environment variable SCREENSHOTS names a folder.
func (p page) screenshot(name string) {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	var shot struct{ Data string }
	p.call(p.session, "Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err == nil {
		err = os.WriteFile(dir+"/"+name+".png", png, 0o666)
	}
	if err != nil {
		p.t.Error(err)
	}
}

// A browser opens the examples that have pages, and uses them as people do.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := startBrowser(t)
	t.Run("chat", func(t *testing.T) {
		b.t = t
		s, _, url := serveExample(t, "chat.lua", nil, nil, "0")
		send := func(p page, name, text string) {
			t.Helper()
			p.eval(fmt.Sprintf(`document.getElementById("name").value = %q; document.getElementById("text").value = %q;
				document.querySelector("button").click(); ""`, name, text))
		}
		ada := b.open(url + "/")
		ada.shows("(1 here)")
		bob := b.open(url + "/")
		ada.shows("(2 here)")
		bob.shows("(2 here)")
		send(ada, "Ada", "hello Bob")
		bob.shows("Ada: hello Bob")
		send(bob, "Bob", "<b>Grüße</b> 🙂")
		for _, p := range []page{ada, bob} {
			p.shows("Ada: hello Bob\nBob: <b>Grüße</b> 🙂")
		}
		ada.screenshot("chat")
		bob.call("", "Target.closeTarget", map[string]any{"targetId": bob.target}, nil)
		ada.shows("Somebody has left. (1 here)")
		if text := s.stderr.String(); text != "" {
			t.Error(text)
		}
		s.cmd.Process.Signal(syscall.SIGINT) // an error shows below
		ada.shows("The connection has ended.")
	})
	t.Run("clock", func(t *testing.T) {
		b.t = t
		s, _, url := serveExample(t, "clock.lua", nil, nil, "0")
		p := b.open(url + "/")
		p.shows(" UTC")
		first := p.eval("document.body.innerText")
		p.eval(fmt.Sprintf(`new Promise(resolve => (function look() {
			if (document.body.innerText != %q) resolve(""); else setTimeout(look, 20);
		})())`, first))
		p.screenshot("clock")
		if text := s.stderr.String(); text != "" {
			t.Error(text)
		}
	})
}
