package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// What a plugin has said that it has stored is there after a kill -9 in the midst of more, again and again.
func TestServeStorageOutlastsKill(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"plugins/keeper/main.lua": `
		route("POST", "/", function()
			local n = Storage.Update("keeper", "all", "count", function(n) return (n or 0) + 1 end)
			Storage.Set("keeper", "entries", n, { number = n, text = ("x"):rep(2000) })
			return 200, n
		end)
		route("GET", "/", function()
			local entries = Storage.GetAll("keeper", "entries")
			local all = {}
			for n, entry in pairs(entries) do if entry.number == tonumber(n) and #entry.text == 2000 then all[#all + 1] = entry.number end end
			return 200, all[1] and all or textutils.empty_json_array
		end)`})
	told := map[int]bool{}
	for range 3 {
		s := serve(t, dir)
		var mu sync.Mutex
		var asking sync.WaitGroup
		var count atomic.Int64
		enough := make(chan struct{})
		for range 4 {
			asking.Go(func() {
				for {
					response, err := http.Post(s.address["plugin server"]+"/keeper", "", nil)
					if err != nil {
						return // it has been killed
					}
					body, err := io.ReadAll(response.Body)
					response.Body.Close()
					var n int
					if _, scanErr := fmt.Sscan(string(body), &n); err != nil || scanErr != nil || response.StatusCode != 200 {
						if err == nil {
							t.Errorf("%d %s", response.StatusCode, body)
						}
						return
					}
					mu.Lock()
					if told[n] {
						t.Errorf("%d comes twice", n)
					}
					told[n] = true
					mu.Unlock()
					if count.Add(1) == 10 {
						close(enough)
					}
				}
			})
		}
		<-enough
		s.cmd.Process.Kill()
		s.cmd.Wait()
		asking.Wait()
	}
	s := serve(t, dir)
	_, body := s.ask(t, "GET", "plugin server", "/keeper", "")
	entries := "," + strings.Trim(body, "[]") + ","
	for n := range told {
		if !strings.Contains(entries, fmt.Sprintf(",%d,", n)) {
			t.Errorf("%d is lost; there are %s", n, body)
		}
	}
}
