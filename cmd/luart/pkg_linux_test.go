package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// On a terminal there are questions and a bar; Ctrl-C ends a download, and leaves nothing.
func TestPkgOnTerminal(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	files := s.server.Config.Handler
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/files/slow.dat" {
			files.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Length", "2000000")
		content := make([]byte, 1000000)
		copy(content, "DBPF")
		w.Write(content)
		drip := time.NewTicker(20 * time.Millisecond)
		defer drip.Stop()
		for {
			w.(http.Flusher).Flush()
			select {
			case <-drip.C:
				w.Write([]byte{0})
			case <-r.Context().Done():
				return
			}
		}
	})
	s.build("{ group: g, name: slow, version: \"1\", subfolder: 150-mods, assets: [ { assetId: slow } ] }\n" + s.asset("slow", "1", "slow.dat", []byte("DBPF")))
	p := openTerminal(t)
	p.resize(100, 10)
	p.start(s.dir, p.tty, "pkg", "init", "--channel", s.server.URL+"/channel")
	p.sees("Where are packages to be installed?")
	p.sees("plugins]")
	p.types("mods\n")
	p.sees("The profile 1 (Default) is ready")
	p.sees("luart pkg update\r\n")
	p.cmd.Wait() // its error is that of the exit code
	s.want("", 0, ``, `^$`, "add", "g:slow")

	p = openTerminal(t)
	p.resize(100, 10)
	p.start(s.dir, p.tty, "pkg", "update", "--allow-private")
	p.sees("Install:\r\n  g:slow 1\r\nGo ahead? [Y/n] ")
	p.types("\n")
	p.sees("\rDownloading  ")
	p.sees("%  [")
	p.sees(" of 2.0 MB  http://")
	s.want("", 1, `^$`, `(?s)^luart pkg: Another update of this profile is running\..*process \d+`, "update", "--yes")
	p.types("\x03")
	p.sees("\x1b[Kluart pkg: cancelled; nothing was changed.\r\n")
	p.cmd.Wait()
	if code := p.cmd.ProcessState.ExitCode(); code != exitCtrlC {
		t.Errorf("exit code %d", code)
	}
	s.installed("data/profiles/1/mods")
	if left, err := os.ReadDir(filepath.Join(s.dir, "data", "profiles", "1", "temp")); err != nil || len(left) > 0 {
		t.Errorf("the folder for work has %v, %v", left, err)
	}

	// Programs are told as well.
	p = openTerminal(t)
	p.resize(100, 10)
	p.start(s.dir, p.tty, "pkg", "--json", "update", "--allow-private")
	p.sees("Go ahead? [Y/n] ")
	p.types("\x03")
	p.sees("{\r\n  \"$type\": \"/error/aborted\",\r\n  \"title\": \"Operation aborted.\",\r\n  \"detail\": \"\"\r\n}\r\n")
	p.cmd.Wait()
	if code := p.cmd.ProcessState.ExitCode(); code != exitCtrlC {
		t.Errorf("exit code %d", code)
	}
}
