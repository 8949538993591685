package runtime_test

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

const clientsPlugin = `
local count = 0
rpc("ADD", function(a, b) return a + b end, { params = { "a: number", "b: number" } })
rpc("ECHO", function(value) return value end)
rpc("FAIL", function() error(rpc.error(-32050, "declared", { a = 1 })) end)
rpc("COUNT", function() count = count + 1 return count end)
rpc("SLOW", function(seconds) sleep(seconds) return "slow" end)
rpc("PUBLISH", function(name, value) publish(name, value) end)
rpc("ASK", function(question) return (select(2, rpc.client().call("confirm", { message = question }))) end)
topic("news") topic("weather", { state = true })
`

// Clients that others have written understand the server: calls by list and by name, notifications, batches, subscriptions, errors, and a
// server that goes away and comes back.
func TestRPCClientsOfOthers(t *testing.T) {
	folder := filepath.Join("..", "conformance", "rpc-clients")
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node: install Node.js 20 or later for this test")
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "rpc-websockets")); err != nil {
		t.Skip("the clients are not installed: npm ci --ignore-scripts in conformance/rpc-clients does it")
	}
	files := map[string]string{"calc/main.lua": clientsPlugin}
	s := startRPC(t, files, nil)
	address, err := url.Parse(s.address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "clients.mjs", s.address)
	cmd.Dir = folder
	var stderr text
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := 0
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		switch line := lines.Text(); {
		case line == "restart":
			s.stop()
			s = startRPC(t, files, map[string]any{"port": port})
			fmt.Fprintln(stdin)
		default:
			t.Log(line)
			done++
		}
	}
	if err := cmd.Wait(); err != nil || done != 3 {
		t.Errorf("%v\n%s\n%s", err, stderr.String(), s.out.String())
	}
}
