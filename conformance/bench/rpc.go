package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// "bench rpc" measures JSON-RPC over WebSocket: a method of a plugin that adds two numbers, beside a bare server in Go that reads and answers
// the same JSON with encoding/json. As in "bench http", each is a process of its own, and they take turns.

// rpcServers are what is measured, the bare one first.
var rpcServers = []benchServer{
	{name: "gorilla/websocket, encoding/json", bare: bareRPC},
	{name: "luart serve, plugin", rpc: true, plugin: `rpc("ADD", function(a, b) return a + b end)`},
	{name: "luart serve, plugin with declared params", rpc: true, plugin: `rpc("ADD", function(a, b) return a + b end, { params = { "a: number", "b: number" } })`},
}

// rpcOptions are the command line of "bench rpc".
type rpcOptions struct {
	rounds  int
	each    time.Duration
	window  int // requests on their way on the one socket
	sockets int // with one request on its way each
}

func parseRPCOptions(args []string, stderr io.Writer) (rpcOptions, error) {
	var o rpcOptions
	fs := flag.NewFlagSet("bench rpc", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintln(stderr, "usage: bench rpc [flags]\nMeasures JSON-RPC of luart serve beside a bare server in Go.")
		fs.PrintDefaults()
	}
	fs.IntVar(&o.rounds, "n", 5, "`rounds`")
	fs.DurationVar(&o.each, "time", time.Second, "how long each server is measured in a round")
	fs.IntVar(&o.window, "window", 64, "`requests` on their way at a time on the one socket")
	fs.IntVar(&o.sockets, "sockets", 100, "`sockets` with one request on its way each")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	switch {
	case fs.NArg() > 0:
		return o, fmt.Errorf("what is %q?", fs.Arg(0))
	case o.rounds < 1 || o.each <= 0 || o.window < 1 || o.window > 1000 || o.sockets < 1:
		return o, errors.New("all numbers must be more than 0, and -window at most 1000")
	}
	return o, nil
}

// runRPC is the program "bench rpc"; it returns the exit code.
func runRPC(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseRPCOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench rpc:", err)
		return exitUsage
	}
	for _, way := range []struct {
		name            string
		sockets, window int
	}{
		{fmt.Sprintf("one socket, %d requests on their way", o.window), 1, o.window}, {fmt.Sprintf("%d sockets, one request each", o.sockets), o.sockets, 1},
	} {
		results, err := measureRPC(ctx, o, way.sockets, way.window, startChild)
		if err != nil {
			fmt.Fprintln(stderr, "bench rpc:", err)
			return exitWrong
		}
		fmt.Fprintf(stdout, "%s, %d rounds of %v\n\n", way.name, o.rounds, o.each)
		reportRates(stdout, "ADD", "calls/s", results)
		fmt.Fprintln(stdout)
	}
	return exitOK
}

// measureRPC has each server answer for a time.
func measureRPC(ctx context.Context, o rpcOptions, sockets, window int, start startServer) ([]*rate, error) {
	return measureRates(ctx, rpcServers, o.rounds, o.each, start, func(address string, each time.Duration) (float64, error) {
		return rpcLoad(address, sockets, window, each)
	})
}

// The answer has no more bytes than a frame's short form can tell. Ids have as many digits each, so that all answers are as long.
const (
	rpcFirstID = 1000
	rpcAnswer  = `{"jsonrpc":"2.0","id":%d,"result":%d}`
)

// rpcRequests are the frames of a window of requests, masked with zeros.
func rpcRequests(window int) []byte {
	var b bytes.Buffer
	for i := range window {
		text := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"HELLO__ADD","params":[40,2]}`, rpcFirstID+i)
		b.Write([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0})
		b.WriteString(text)
	}
	return b.Bytes()
}

// rpcOnce sends the requests of a window, reads as many answers and looks at them. Those may come in any order.
func rpcOnce(conn net.Conn, requests, got []byte, seen []bool) error {
	if _, err := conn.Write(requests); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	const before, after = `{"jsonrpc":"2.0","id":`, `,"result":42}`
	size := len(got) / len(seen)
	clear(seen)
	for i := range seen {
		text := got[i*size+2 : (i+1)*size]
		id, err := strconv.Atoi(string(text[len(before) : len(before)+4]))
		if err != nil || id-rpcFirstID < 0 || id-rpcFirstID >= len(seen) || seen[id-rpcFirstID] || !bytes.HasPrefix(text, []byte(before)) || !bytes.HasSuffix(text, []byte(after)) {
			return fmt.Errorf("got %q", text)
		}
		seen[id-rpcFirstID] = true
	}
	return nil
}

func rpcLoad(address string, sockets, window int, d time.Duration) (perSecond float64, err error) {
	requests, size := rpcRequests(window), 2+len(fmt.Sprintf(rpcAnswer, rpcFirstID, 42))
	windows, err := socketLoad(address, sockets, d, func() func(net.Conn) error {
		got, seen := make([]byte, size*window), make([]bool, window)
		return func(conn net.Conn) error { return rpcOnce(conn, requests, got, seen) }
	})
	return windows * float64(window), err
}

// bareRPC is a server of one method as one writes it in Go.
func bareRPC(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{EnableCompression: true}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	type response struct {
		JSONRPC string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Result  float64         `json:"result"`
	}
	for {
		_, text, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var request struct {
			JSONRPC string          `json:"jsonrpc"`
			ID      json.RawMessage `json:"id"`
			Method  string          `json:"method"`
			Params  json.RawMessage `json:"params"`
		}
		var params [2]float64
		if json.Unmarshal(text, &request) != nil || request.JSONRPC != "2.0" || request.Method != "HELLO__ADD" || json.Unmarshal(request.Params, &params) != nil {
			return
		}
		text, err = json.Marshal(response{"2.0", request.ID, params[0] + params[1]})
		if err != nil || conn.WriteMessage(websocket.TextMessage, text) != nil {
			return
		}
	}
}
