package soak

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// mix is what the workers do, in any order. Each is short.
var mix = []func(*server, *rand.Rand){
	hello, hello, hello, hello, hello, hello, hello, hello, head, head, pipelined, pipelined, short, short, large, large,
	echo, echo, upload, upload, uploadInPieces, uploadInPieces, refusedUpload, refusedUpload, tooLarge, tooLargeInPieces,
	nap, wait, ask, ask, pieces, broken, broken, fail, fail, nothing, nothing,
	endless, leaves, leaves, leavesInUpload, leavesInUpload, halfClosed, halfClosed, malformed, malformed, foreignHost,
	socket, socket, socket, socket, socket, socket, flood, flood, foreignPage,
}

// trouble is what takes as long as a limit of the server's, or holds everybody up.
type trouble struct {
	make  func(*server)
	pause time.Duration // until the next one
}

// troubles are made by a client each. The first ones, warmups, are also part of the first round.
var troubles = []trouble{{late, 0}, {busy, 0}, {slowBody, 0}, {slowStream, 0}, {spin, 4 * time.Second}, {slowHeader, 5 * time.Second}}

const warmups = 5

// anyHTTP returns one of the listeners that answer plain requests.
func (s *server) anyHTTP(rng *rand.Rand) string {
	if rng.IntN(2) == 0 {
		return s.plain
	}
	return s.stream
}

// ask makes a request of a kind and returns the body of its answer. The answer's status must be one of those that are
// given; anything may be answered with 503, when there is too much to do, and 500 if the log says that it took too long.
func (s *server) ask(kind, method, host, path string, body io.Reader, header http.Header, want ...int) (text []byte, status int) {
	s.send(kind)
	request, err := http.NewRequest(method, "http://"+host+path, body)
	if err != nil {
		s.failf("%s: %v", kind, err)
		return nil, 0
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if header.Get("Host") != "" {
		request.Host = header.Get("Host")
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.failf("%s was not answered: %v", kind, err)
		s.got(kind, "error")
		return nil, 0
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	if err != nil {
		if !errors.Is(err, io.ErrUnexpectedEOF) || kind != "broken" {
			s.failf("%s: the answer ends with %v", kind, err)
		}
		s.got(kind, "cut")
		return text, 0
	}
	s.answer(kind, response, want)
	return text, response.StatusCode
}

// answer notes an answer, and judges its status.
func (s *server) answer(kind string, response *http.Response, want []int) {
	s.got(kind, response.StatusCode)
	if response.StatusCode == http.StatusServiceUnavailable {
		if response.Header.Get("Retry-After") == "" {
			s.failf("%s: 503 without Retry-After", kind)
		}
		return
	}
	if response.StatusCode == http.StatusInternalServerError && !slices.Contains(want, 500) {
		s.count("note 500") // checkCounts asks for the reason
		return
	}
	if !slices.Contains(want, response.StatusCode) {
		s.failf("%s: %s, want %v", kind, response.Status, want)
	}
}

// expect asks for what is known in advance.
func (s *server) expect(kind, host, want string) {
	if text, status := s.ask(kind, "GET", host, "/"+kind, nil, nil, 200); status == 200 && string(text) != want {
		s.failf("%s: got %.100q", kind, text)
	}
}

func hello(s *server, rng *rand.Rand) { s.expect("hello", s.anyHTTP(rng), "hello") }
func nap(s *server, rng *rand.Rand)   { s.expect("nap", s.anyHTTP(rng), "slept") }
func ask(s *server, rng *rand.Rand)   { s.expect("ask", s.anyHTTP(rng), "hello") }

func wait(s *server, rng *rand.Rand) {
	if text, status := s.ask("wait", "GET", s.anyHTTP(rng), "/wait", nil, nil, 200); status == 200 && len(text) == 0 {
		s.failf("wait: an empty answer")
	}
}

func head(s *server, rng *rand.Rand) {
	if text, _ := s.ask("hello", "HEAD", s.anyHTTP(rng), "/hello", nil, nil, 200); len(text) != 0 {
		s.failf("HEAD: got %q", text)
	}
}

func large(s *server, rng *rand.Rand) {
	if text, status := s.ask("large", "GET", s.anyHTTP(rng), "/large", nil, nil, 200); status == 200 && len(text) != 200000 {
		s.failf("large: got %d bytes", len(text))
	}
}

// random returns up to n bytes.
func random(rng *rand.Rand, n int) []byte {
	b := make([]byte, rng.IntN(n)+1)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func echo(s *server, rng *rand.Rand) {
	body := random(rng, 100000)
	if text, status := s.ask("echo", "POST", s.anyHTTP(rng), "/echo", bytes.NewReader(body), nil, 200, 408); status == 200 && !bytes.Equal(text, body) {
		s.failf("echo: %d bytes came back of %d", len(text), len(body))
	}
}

func upload(s *server, rng *rand.Rand) {
	n := rng.IntN(900000) + 1
	s.size(n, rng, bytes.NewReader(make([]byte, n)))
}

// uploadInPieces does not tell the length in advance.
func uploadInPieces(s *server, rng *rand.Rand) {
	n := rng.IntN(900000) + 1
	s.size(n, rng, io.MultiReader(bytes.NewReader(make([]byte, n))))
}

func (s *server) size(n int, rng *rand.Rand, body io.Reader) {
	// A client that gets no time to run is too slow: 408.
	if text, status := s.ask("size", "POST", s.anyHTTP(rng), "/size", body, nil, 200, 408); status == 200 && string(text) != fmt.Sprint(n) {
		s.failf("an upload of %d bytes: %.100q", n, text)
	}
}

// expecting is the header of a client that does not send its body before it is asked for it.
var expecting = http.Header{"Expect": {"100-continue"}}

func refusedUpload(s *server, rng *rand.Rand) {
	s.ask("refuse", "POST", s.stream, "/refuse", bytes.NewReader(make([]byte, 800000)), expecting, 403)
}

func tooLarge(s *server, rng *rand.Rand) {
	s.ask("tooLarge", "POST", s.anyHTTP(rng), "/tooLarge", bytes.NewReader(make([]byte, 2000000)), expecting, 413)
}

// tooLargeInPieces turns out to be too large when most of it has been sent.
func tooLargeInPieces(s *server, rng *rand.Rand) {
	s.ask("tooLarge", "POST", s.anyHTTP(rng), "/tooLarge", io.MultiReader(bytes.NewReader(make([]byte, 1010000))), nil, 413, 408)
}

func pieces(s *server, rng *rand.Rand) {
	text, status := s.ask("pieces", "GET", s.anyHTTP(rng), "/pieces", nil, nil, 200)
	if status == 200 && (!bytes.HasPrefix(text, []byte("piece 01\n")) || !bytes.HasSuffix(text, []byte("\npiece 04\n")) || len(text) != 36) {
		s.failf("pieces: got %q", text)
	}
}

func broken(s *server, rng *rand.Rand) {
	if text, status := s.ask("broken", "GET", s.anyHTTP(rng), "/broken", nil, nil); status == 0 && string(text) != "the first half" {
		s.failf("broken: got %q", text)
	}
}

func fail(s *server, rng *rand.Rand) {
	s.ask("fail", "GET", s.anyHTTP(rng), "/fail", nil, nil, 500)
}

func nothing(s *server, rng *rand.Rand) {
	s.ask("nothing", "GET", s.anyHTTP(rng), "/nothing", nil, nil, 204)
}

func foreignHost(s *server, rng *rand.Rand) {
	s.ask("foreign", "GET", s.anyHTTP(rng), "/hello", nil, http.Header{"Host": {"evil.example"}}, 421)
}

func late(s *server) { s.ask("late", "GET", s.plain, "/late", nil, nil) }
func busy(s *server) { s.ask("busy", "GET", s.plain, "/busy", nil, nil) }
func spin(s *server) { s.ask("spin", "GET", s.plain, "/spin", nil, nil, 500) }

// dial opens a connection for what net/http's client does not do.
func (s *server) dial(host string) *net.TCPConn {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		s.failf("connecting: %v", err)
		return nil
	}
	conn.SetDeadline(time.Now().Add(patience))
	return conn.(*net.TCPConn)
}

// raw sends text, and returns a reader of the answers. The caller closes the connection.
func (s *server) raw(host, text string) (*net.TCPConn, *bufio.Reader) {
	conn := s.dial(host)
	if conn == nil {
		return nil, nil
	}
	if _, err := io.WriteString(conn, text); err != nil {
		s.failf("writing: %v", err)
		conn.Close()
		return nil, nil
	}
	return conn, bufio.NewReader(conn)
}

// read takes an answer off a connection.
func (s *server) read(kind string, r *bufio.Reader, want ...int) {
	response, err := http.ReadResponse(r, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	if err != nil {
		s.failf("%s was not answered: %v", kind, err)
		s.got(kind, "error")
		return
	}
	s.answer(kind, response, want)
}

func pipelined(s *server, rng *rand.Rand) {
	const n = 5
	conn, r := s.raw(s.anyHTTP(rng), strings.Repeat("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", n))
	if conn == nil {
		return
	}
	defer conn.Close()
	for range n {
		s.send("hello")
		s.read("hello", r, 200)
	}
}

// short opens a connection for nothing, and one for a single request of HTTP/1.0.
func short(s *server, rng *rand.Rand) {
	if conn := s.dial(s.anyHTTP(rng)); conn != nil {
		conn.Close()
	}
	conn, r := s.raw(s.anyHTTP(rng), "GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n")
	if conn == nil {
		return
	}
	defer conn.Close()
	s.send("hello")
	s.read("hello", r, 200)
	if _, err := r.ReadByte(); err != io.EOF {
		s.failf("the connection of a request of HTTP/1.0 stays: %v", err)
	}
}

func malformed(s *server, rng *rand.Rand) {
	shapes := []string{
		"GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost : localhost\r\n\r\n",
		"nonsense\r\n\r\n",
	}
	conn, r := s.raw(s.anyHTTP(rng), shapes[rng.IntN(len(shapes))])
	if conn == nil {
		return
	}
	defer conn.Close()
	s.send("malformed")
	s.read("malformed", r, 400)
}

// leave closes a connection, in good order or with a reset.
func leave(conn *net.TCPConn, rng *rand.Rand) {
	if rng.IntN(2) == 0 {
		conn.SetLinger(0)
	}
	conn.Close()
}

// leaves does not wait for the answer.
func leaves(s *server, rng *rand.Rand) {
	if conn, _ := s.raw(s.anyHTTP(rng), "GET /left HTTP/1.1\r\nHost: localhost\r\n\r\n"); conn != nil {
		s.send("left")
		s.got("left", "left")
		leave(conn, rng)
	}
}

// leavesInUpload has not sent all of its body.
func leavesInUpload(s *server, rng *rand.Rand) {
	if conn, _ := s.raw(s.anyHTTP(rng), "POST /left HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nsome"); conn != nil {
		s.send("left")
		s.got("left", "left")
		leave(conn, rng)
	}
}

// halfClosed says that it sends nothing more: it counts as gone, but may have its answer already.
func halfClosed(s *server, rng *rand.Rand) {
	conn, r := s.raw(s.anyHTTP(rng), "GET /half HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if conn == nil {
		return
	}
	defer conn.Close()
	s.send("half")
	if err := conn.CloseWrite(); err != nil {
		s.failf("half-closing: %v", err)
	}
	text, err := io.ReadAll(r)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		s.failf("a half-closed connection stays open")
	}
	if len(text) > 0 {
		s.got("half", "answered")
	} else {
		s.got("half", "closed")
	}
}

// endless leaves within an answer that has no end.
func endless(s *server, rng *rand.Rand) {
	conn, r := s.raw(s.anyHTTP(rng), "GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if conn == nil {
		return
	}
	defer leave(conn, rng)
	s.send("endless")
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		s.failf("endless was not answered: %v", err)
		s.got("endless", "error")
		return
	}
	s.answer("endless", response, []int{200})
	if response.StatusCode == 200 {
		if _, err := io.CopyN(io.Discard, response.Body, int64(rng.IntN(50000))); err != nil {
			s.failf("endless ends: %v", err)
		}
	}
}

// slowHeader never ends its headers. Such a connection is closed.
func slowHeader(s *server) {
	conn, r := s.raw(s.plain, "GET /hello HTTP/1.1\r\nHost: localhost\r\n")
	if conn == nil {
		return
	}
	defer conn.Close()
	if text, err := io.ReadAll(r); err != nil || len(text) > 0 && !bytes.HasPrefix(text, []byte("HTTP/1.1 408")) {
		s.failf("a connection with half a header: %q, %v", text, err)
	}
}

func slowBody(s *server) { s.stall(s.plain) }

func slowStream(s *server) { s.stall(s.stream) }

// stall sends a part of a body.
func (s *server) stall(host string) {
	conn, r := s.raw(host, "POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nsome")
	if conn == nil {
		return
	}
	defer conn.Close()
	s.send("slow")
	s.read("slow", r, 408)
}

// open opens a WebSocket on one of the three ports. "server" is the kind of those of http.websocketServer.
func (s *server) open(rng *rand.Rand) (*websocket.Conn, string) {
	kind, url := "socket", ""
	switch rng.IntN(3) {
	case 0:
		url = "ws://" + s.plain + "/any"
	case 1:
		url = "ws://" + s.stream + "/socket"
	default:
		kind, url = "server", "ws://"+s.sockets+"/"
	}
	dialer := websocket.Dialer{HandshakeTimeout: patience, EnableCompression: rng.IntN(2) == 0}
	s.send(kind)
	conn, response, err := dialer.DialContext(context.Background(), url, nil)
	switch {
	case err == nil:
		s.got(kind, 101)
		conn.SetReadDeadline(time.Now().Add(patience))
		conn.SetWriteDeadline(time.Now().Add(patience))
		return conn, kind
	case response != nil:
		s.answer(kind, response, nil)
	default:
		s.failf("a WebSocket was not answered: %v", err)
		s.got(kind, "error")
	}
	return nil, kind
}

// talk sends messages and waits for each to come back.
func (s *server) talk(conn *websocket.Conn, rng *rand.Rand) bool {
	for range rng.IntN(5) + 1 {
		kind, message := websocket.BinaryMessage, random(rng, 2000)
		if rng.IntN(2) == 0 {
			kind, message = websocket.TextMessage, []byte(strings.Repeat("Grüße ", rng.IntN(100)))
		}
		if rng.IntN(10) == 0 {
			kind, message = websocket.BinaryMessage, make([]byte, 100000)
		}
		if err := conn.WriteMessage(kind, message); err != nil {
			s.failf("sending a message: %v", err)
			return false
		}
		gotKind, got, err := conn.ReadMessage()
		if websocket.IsCloseError(err, websocket.CloseTryAgainLater) {
			return false // the server had too much to do to take it
		}
		if err != nil || gotKind != kind || !bytes.Equal(got, message) {
			s.failf("a message of %d bytes came back with %d, %v", len(message), len(got), err)
			return false
		}
		s.count("note message")
	}
	return true
}

// ends reads until a WebSocket has ended, with a code.
func (s *server) ends(conn *websocket.Conn, code int) {
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			if !websocket.IsCloseError(err, code, websocket.CloseTryAgainLater) {
				s.failf("a WebSocket ends with %v, want %d", err, code)
			}
			return
		}
	}
}

// socket talks, and ends in one of many ways.
func socket(s *server, rng *rand.Rand) {
	conn, kind := s.open(rng)
	if conn == nil {
		return
	}
	defer conn.Close()
	if !s.talk(conn, rng) {
		return
	}
	tcp := conn.UnderlyingConn().(*net.TCPConn)
	send := func(kind int, message string) {
		if err := conn.WriteMessage(kind, []byte(message)); err != nil {
			s.failf("sending a message: %v", err)
		}
	}
	switch way := rng.IntN(6); {
	case way == 0:
		send(websocket.CloseMessage, string(websocket.FormatCloseMessage(3000, "bye")))
		s.ends(conn, 3000)
	case way == 1: // gone without a word
		leave(tcp, rng)
	case way == 2:
		if err := tcp.CloseWrite(); err != nil {
			s.failf("half-closing: %v", err)
		}
		if _, err := io.Copy(io.Discard, tcp); errors.Is(err, context.DeadlineExceeded) {
			s.failf("a half-closed WebSocket stays open")
		}
	case way == 3:
		send(websocket.BinaryMessage, strings.Repeat("x", 200000))
		s.ends(conn, websocket.CloseMessageTooBig)
	case way == 4 && kind == "socket":
		send(websocket.TextMessage, "fail")
		s.ends(conn, websocket.CloseInternalServerErr)
		s.count("note 1011")
	case kind == "socket":
		send(websocket.TextMessage, "close")
		s.ends(conn, 4000)
	}
}

// flood sends more than it reads, and goes.
func flood(s *server, rng *rand.Rand) {
	conn, _ := s.open(rng)
	if conn == nil {
		return
	}
	message := make([]byte, 1000)
	for range 100 {
		if err := conn.WriteMessage(websocket.BinaryMessage, message); err != nil {
			s.failf("sending a message: %v", err)
			break
		}
	}
	leave(conn.UnderlyingConn().(*net.TCPConn), rng)
}

// foreignPage is another site's, which may not.
func foreignPage(s *server, rng *rand.Rand) {
	s.send("page")
	_, response, err := websocket.DefaultDialer.DialContext(context.Background(), "ws://"+s.plain+"/any", http.Header{"Origin": {"https://evil.example"}})
	if response == nil {
		s.failf("a WebSocket of another site's page was not answered: %v", err)
		s.got("page", "error")
		return
	}
	s.answer("page", response, []int{403})
}
