package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"syscall"
	"time"

	"github.com/luart/luart/control"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib/http"
)

type rpcCommand struct {
	URL       string   `name:"url" default:"ws://127.0.0.1:6133" env:"LUART_RPC_URL" placeholder:"URL" help:"Address of the server (${default}, or the environment variable ${env})."`
	Token     string   `env:"LUART_RPC_TOKEN" placeholder:"TOKEN" help:"Its token; better in the environment variable ${env}."`
	Timeout   span     `default:"30s" placeholder:"TIME" help:"How long to wait for an answer (${default})."`
	Subscribe []string `placeholder:"TOPIC" help:"Print the messages of a topic, until Ctrl-C. May be given again."`
	Count     int      `placeholder:"N" help:"With --subscribe: end after N messages."`
	Raw       bool     `help:"Print JSON as it has come, in one line."`
	Call      string   `arg:"" optional:"" help:"Method to call. Without it, all methods and topics are listed."`
	Params    []string `arg:"" optional:"" passthrough:"partial" help:"Its params: an array or an object in JSON, - to read that from the standard input; or one value each, as JSON or as a plain text."`
}

// Help is what luart rpc --help says besides.
func (*rpcCommand) Help() string {
	return `Calls methods of a running luart serve, by JSON-RPC over WebSocket.

  luart rpc                                     what there is
  luart rpc CORE__RELOAD '[["hello"]]'          an array is all of the params
  luart rpc HELLO__GREET Ada 3                  else each word is one of them
  luart rpc HELLO__GREET '{"name":"Ada"}'       by name
  luart rpc CALC__ABS -- -5                     -- stands before what looks like a flag
  luart rpc --subscribe news --subscribe log    follow topics

Exit codes: 0, 1 if the server answers with an error, 2 if the arguments are wrong, 3 if there is no server or no
answer, 130 after Ctrl-C.`
}

// maxRPCMessage bounds the messages of luart rpc, in bytes.
const maxRPCMessage = 64 << 20

// Run calls the method, or follows the topics.
func (r *rpcCommand) Run(s streamer) error {
	std := s.standard()
	address, err := url.Parse(r.URL)
	switch {
	case err != nil || address.Scheme != "ws" && address.Scheme != "wss" || address.Host == "":
		return usageError{errors.New("--url is the address of a WebSocket, such as ws://127.0.0.1:6133")}
	case len(r.Subscribe) > 0 && r.Call != "":
		return usageError{errors.New("either a method to call or --subscribe, not both")}
	case len(r.Subscribe) == 0 && r.Count != 0:
		return usageError{errors.New("--count goes with --subscribe")}
	case r.Count < 0 || r.Timeout <= 0:
		return usageError{errors.New("--count and --timeout must be more than 0")}
	}
	options, err := json.Marshal(struct {
		URL       string   `json:"url"`
		Token     string   `json:"token"`
		Timeout   float64  `json:"timeout"`
		Raw       bool     `json:"raw"`
		Call      string   `json:"call"`
		Params    []string `json:"params"`
		Subscribe []string `json:"subscribe,omitempty"`
		Count     int      `json:"count"`
	}{r.URL, r.Token, time.Duration(r.Timeout).Seconds(), r.Raw, r.Call, append([]string{}, r.Params...), r.Subscribe, r.Count})
	if err != nil {
		return err
	}
	program, err := control.Files.ReadFile("tools/rpc.lua")
	if err != nil {
		return err
	}
	computer, err := runtime.New(
		runtime.WithCode("=luart rpc", string(program)), runtime.WithArgs(string(options)), runtime.WithStdin(std.in),
		runtime.WithStdout(std.out), runtime.WithStderr(std.err), runtime.WithVersion(currentVersion()),
		runtime.WithHTTPRules(http.Rule{Host: "*", Action: http.Allow, MaxMessage: maxRPCMessage}),
	)
	if err != nil {
		return err
	}
	signals := watchSignals(std.err, twice(computer), nil, os.Interrupt, syscall.SIGTERM)
	code, err := computer.Run(context.Background())
	got := signals.stop()
	var failure *runtime.ProgramError
	switch {
	case errors.Is(err, runtime.ErrStopped):
		return exitCode(signalCode(got))
	case errors.As(err, &failure) && failure.Terminated:
		return exitCode(signalCode(got))
	case err != nil:
		return err
	}
	return exitCode(code).orNil()
}
