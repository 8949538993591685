package http

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// The cases of RFC 6455 that a well-behaved client does not make, said byte by byte. Those that the Autobahn test suite has are
// named by its numbers.

const (
	opContinue = 0
	opText     = 1
	opBinary   = 2
	opClose    = 8
	opPing     = 9
	opPong     = 10
	fin        = 0x80
	rsv1       = 0x40
	rsv2       = 0x20
	rsv3       = 0x10
	masked     = 0x80
	rawShake   = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)

// frame makes a masked frame, as a client sends it.
func frame(first byte, payload string) string {
	var b bytes.Buffer
	b.WriteByte(first)
	switch n := len(payload); {
	case n < 126:
		b.WriteByte(masked | byte(n))
	case n < 1<<16:
		b.WriteByte(masked | 126)
		b.Write(binary.BigEndian.AppendUint16(nil, uint16(n)))
	default:
		b.WriteByte(masked | 127)
		b.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
	mask := []byte{1, 2, 3, 4}
	b.Write(mask)
	for i := range len(payload) {
		b.WriteByte(payload[i] ^ mask[i%4])
	}
	return b.String()
}

func closing(code uint16, reason string) string {
	return frame(fin|opClose, string(binary.BigEndian.AppendUint16(nil, code))+reason)
}

// rawSocket opens a WebSocket.
func rawSocket(t *testing.T, url string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, r := raw(t, url, rawShake)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "\r\n" {
			return conn, r
		}
	}
}

// readFrames reads all frames until the end of the connection, and writes them down: "1 text|8 1000".
func readFrames(r *bufio.Reader) string {
	var list []string
	for {
		if _, err := r.Peek(1); err == io.EOF {
			return strings.Join(list, "|")
		} else if err != nil {
			return strings.Join(append(list, err.Error()), "|")
		}
		list = append(list, readFrame(r))
	}
}

// readFrame reads a frame, and writes it down, or what is wrong.
func readFrame(r *bufio.Reader) string {
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		return err.Error()
	}
	n := int64(head[1])
	switch n {
	case 126:
		var long uint16
		binary.Read(r, binary.BigEndian, &long)
		n = int64(long)
	case 127:
		binary.Read(r, binary.BigEndian, &n)
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return err.Error()
	}
	text := string(payload)
	if head[0] == fin|opClose && len(payload) >= 2 {
		text = fmt.Sprint(binary.BigEndian.Uint16(payload))
	}
	if len(text) > 40 {
		text = fmt.Sprint("(", len(text), ")")
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", head[0]&^fin, text))
}

func TestWebSocketServerProtocol(t *testing.T) {
	const good = "κόσμε"
	tests := []struct{ name, send, want string }{
		{"1.1.1 empty text", frame(fin|opText, "") + closing(1000, ""), "1|8 1000"},
		{"1.1.3 text of 126 bytes", frame(fin|opText, strings.Repeat("*", 126)) + closing(1000, ""), "1 (126)|8 1000"},
		{"1.1.6 text of 65535 bytes", frame(fin|opText, strings.Repeat("*", 65535)) + closing(1000, ""), "1 (65535)|8 1000"},
		{"1.1.7 text of 65536 bytes", frame(fin|opText, strings.Repeat("*", 65536)) + closing(1000, ""), "1 (65536)|8 1000"},
		{"1.2.1 empty binary", frame(fin|opBinary, "") + closing(1000, ""), "2|8 1000"},
		{"2.2 ping", frame(fin|opPing, "hello") + closing(1000, ""), "10 hello|8 1000"},
		{"2.4 ping of 125 bytes", frame(fin|opPing, strings.Repeat("p", 125)) + closing(1000, ""), "10 (125)|8 1000"},
		{"2.5 ping of 126 bytes", frame(fin|opPing, strings.Repeat("p", 126)), "8 1002"},
		{"2.7 pong", frame(fin|opPong, "x") + closing(1000, ""), "8 1000"},
		{"2.10 ten pings", strings.Repeat(frame(fin|opPing, "p"), 10) + closing(1000, ""), strings.Repeat("10 p|", 10) + "8 1000"},
		{"3.1 reserved bit 3", frame(fin|rsv3|opText, "x"), "8 1002"},
		{"3.2 reserved bit 2, later", frame(fin|opText, "x") + frame(fin|rsv2|opText, "y"), "1 x|8 1002"},
		{"3.4 reserved bit 1", frame(fin|rsv1|opText, "x"), "8 1002"},
		{"3.6 reserved bit of a ping", frame(fin|rsv1|opPing, ""), "8 1002"},
		{"3.7 reserved bits of a close", frame(fin|rsv1|rsv2|rsv3|opClose, "\x03\xe8"), "8 1002"},
		{"4.1.1 opcode 3", frame(fin|3, ""), "8 1002"},
		{"4.1.5 opcode 7", frame(fin|7, "x"), "8 1002"},
		{"4.2.1 opcode 11", frame(fin|11, ""), "8 1002"},
		{"4.2.5 opcode 15", frame(fin|15, "x"), "8 1002"},
		{"5.1 ping in two", frame(opPing, "a") + frame(fin|opContinue, "b"), "8 1002"},
		{"5.3 text in two", frame(opText, "a") + frame(fin|opContinue, "b") + closing(1000, ""), "1 ab|8 1000"},
		{"5.6 ping between", frame(opText, "a") + frame(fin|opPing, "p") + frame(fin|opContinue, "b") + closing(1000, ""), "10 p|1 ab|8 1000"},
		{"5.9 continuation of nothing", frame(fin|opContinue, "x"), "8 1002"},
		{"5.12 first continuation of nothing", frame(opContinue, "x") + frame(fin|opText, "y"), "8 1002"},
		{"5.15 continuation after the end", frame(opText, "a") + frame(fin|opContinue, "b") + frame(opContinue, "c") + frame(fin|opText, "d"), "1 ab|8 1002"},
		{"5.18 text within text", frame(opText, "a") + frame(fin|opText, "b"), "8 1002"},
		{"5.19 fragments and pings", frame(opText, "1") + frame(opContinue, "2") + frame(fin|opPing, "p") + frame(opContinue, "3") +
			frame(opContinue, "4") + frame(fin|opPing, "q") + frame(fin|opContinue, "5") + closing(1000, ""), "10 p|10 q|1 12345|8 1000"},
		{"6.1.3 empty fragments", frame(opText, "") + frame(opContinue, "x") + frame(fin|opContinue, "") + closing(1000, ""), "1 x|8 1000"},
		{"6.2.1 UTF-8", frame(fin|opText, good) + closing(1000, ""), "1 " + good + "|8 1000"},
		{"6.2.4 UTF-8 cut within characters", frame(opText, good[:3]) + frame(fin|opContinue, good[3:]) + closing(1000, ""), "1 " + good + "|8 1000"},
		{"6.3.1 invalid UTF-8", frame(fin|opText, good+"\xed\xa0\x80edited"), "8 1007"},
		{"6.6.1 cut UTF-8", frame(fin|opText, good[:3]), "8 1007"},
		{"6.12 overlong UTF-8", frame(fin|opText, "\xc0\xaf"), "8 1007"},
		{"6.18 above the last character", frame(fin|opText, "\xf4\x90\x80\x80"), "8 1007"},
		{"binary need not be UTF-8", frame(fin|opBinary, "\xff") + closing(1000, ""), "2 \xff|8 1000"},
		{"7.1.2 two closes", closing(1000, "") + closing(1000, ""), "8 1000"},
		{"7.1.3 ping after close", closing(1000, "") + frame(fin|opPing, ""), "8 1000"},
		{"7.1.4 text after close", closing(1000, "") + frame(fin|opText, "x"), "8 1000"},
		{"7.1.5 close within a message", frame(opText, "a") + closing(1000, "") + frame(fin|opContinue, "b"), "8 1000"},
		{"7.3.1 close without a code", frame(fin|opClose, ""), "8"},
		{"7.3.4 close with a reason", closing(1000, "reason"), "8 1000"},
		{"7.3.5 close with a long reason", closing(1000, strings.Repeat("*", 123)), "8 1000"},
		{"7.3.6 close of 126 bytes", closing(1000, strings.Repeat("*", 124)), "8 1002"},
		{"7.5.1 close with a reason that is not UTF-8", closing(1000, "\xff"), "8 1002"},
		{"7.7.4 close with 1007", closing(1007, ""), "8 1007"},
		{"7.7.13 close with 4999", closing(4999, ""), "8 4999"},
		{"7.9.1 close with 0", closing(0, ""), "8 1002"},
		{"7.9.2 close with 999", closing(999, ""), "8 1002"},
		{"7.9.3 close with 1004", closing(1004, ""), "8 1002"},
		{"7.9.4 close with 1005", closing(1005, ""), "8 1002"},
		{"7.9.5 close with 1006", closing(1006, ""), "8 1002"},
		{"7.9.9 close with 2999", closing(2999, ""), "8 1002"},
		{"7.13.1 close with 5000", closing(5000, ""), "8 1002"},
		{"9 a large message", frame(fin|opBinary, strings.Repeat("x", 128<<10+1)), "8 1009"},
		{"9 a message announced as huge", "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", "8 1009"},
		{"9 a large message in fragments", frame(opBinary, strings.Repeat("x", 100<<10)) + frame(fin|opContinue, strings.Repeat("x", 100<<10)), "8 1009"},
		{"a length with its highest bit", "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", "8 1009"},
		{"no mask", "\x81\x01x", "8 1002"},
		{"half a frame", frame(fin|opText, "text")[:7], ""},
		{"half a message", frame(opText, "text"), ""},
		{"nonsense", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", "8 1002"},
	}
	for _, program := range []string{
		strings.ReplaceAll(echoing, `say("closed", a, b)`, ""),
		serve(`res.close()`, `websocket = function(ws)
			while true do
				local text, binary = ws.receive()
				if not text then return end
				ws.send(text, binary)
			end
		end`),
	} {
		c := start(t, program)
		url := c.url()
		for _, pieces := range []bool{false, true} {
			for _, test := range tests {
				if pieces && len(test.send) > 300 {
					continue
				}
				t.Run(fmt.Sprint(test.name, pieces), func(t *testing.T) {
					t.Parallel()
					conn, r := rawSocket(t, url)
					go func() {
						if pieces { // 1.1.8 and others: byte by byte
							for i := range len(test.send) {
								conn.Write([]byte{test.send[i]})
							}
						} else {
							io.WriteString(conn, test.send)
						}
						if !strings.Contains(test.want, "8") || strings.HasPrefix(test.name, "half") {
							conn.(*net.TCPConn).CloseWrite()
						}
					}()
					got := readFrames(r)
					// What comes before a close that the client has sent may not have been answered yet.
					if !strings.HasSuffix(got, lastFrame(test.want)) && !strings.HasPrefix(lastFrame(got), test.want) || !inOrder(got, test.want) {
						t.Errorf("got  %s\nwant %s", got, test.want)
					}
				})
			}
		}
	}
}

// deflated is a payload as permessage-deflate has it (RFC 7692 §7.2.1).
func deflated(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\x00\x00\xff\xff")
}

func TestWebSocketServerCompressedProtocol(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0)
		say(server.port)
		while true do
			local event, id, data, more = os.pullEvent()
			if event == "websocket_server_message" then
				held.send(#data)
			elseif event == "websocket_server_closed" then
				say("closed", data, more)
			elseif event == "websocket_server_connect" then
				held = data
			end
		end`)
	url := c.url()
	text := deflated(t, strings.Repeat("text", 1000))
	for _, test := range []struct{ name, send, frames, event string }{
		{"13 compressed", frame(fin|rsv1|opText, text), "1 4000|8 1000", "closed nil 1000"},
		{"13 compressed, empty", frame(fin|rsv1|opText, deflated(t, "")), "1 0|8 1000", "closed nil 1000"},
		{"13 plain all the same", frame(fin|opText, "plain"), "1 5|8 1000", "closed nil 1000"},
		{"13 fragments, and a ping", frame(rsv1|opText, text[:3]) + frame(fin|opPing, "p") + frame(opContinue, "") + frame(fin|opContinue, text[3:]),
			"10 p|1 4000|8 1000", "closed nil 1000"},
		{"not UTF-8 when unpacked", frame(fin|rsv1|opText, deflated(t, "\xff")), "8 1007", "closed Invalid UTF-8 1007"},
		{"not compressed at all", frame(fin|rsv1|opText, "\xff\xff\xff\xff"), "8 1007", "closed Invalid compression 1007"},
		{"a bomb", frame(fin|rsv1|opBinary, deflated(t, strings.Repeat("\x00", 8<<20))), "8 1009", "closed Message is too large 1009"},
	} {
		conn, r := raw(t, url, strings.TrimSuffix(rawShake, "\r\n")+"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
		res, _ := answer(t, r, "GET")
		if !strings.HasPrefix(res.Header.Get("Sec-Websocket-Extensions"), "permessage-deflate") {
			t.Error(res.Header)
		}
		go io.WriteString(conn, test.send)
		var got []string
		if strings.HasSuffix(test.frames, "8 1000") { // the answer first, then the close
			for range strings.Count(test.frames, "|") {
				got = append(got, readFrame(r))
			}
			io.WriteString(conn, closing(1000, ""))
		}
		got = append(got, readFrames(r))
		if text := strings.Join(got, "|"); text != test.frames {
			t.Errorf("%s: got %s, want %s", test.name, text, test.frames)
		}
		c.want(test.event)
	}
}

func lastFrame(frames string) string { return frames[strings.LastIndex(frames, "|")+1:] }

// inOrder reports whether got is want but for frames that are missing.
func inOrder(got, want string) bool {
	if got == "" {
		return true
	}
	rest := strings.Split(want, "|")
	for g := range strings.SplitSeq(got, "|") {
		for len(rest) > 0 && !strings.HasPrefix(g, rest[0]) {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return false
		}
		rest = rest[1:]
	}
	return true
}

// Fragments are one message; the peer makes an event of each.
func TestWebSocketServerFragments(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0)
		say(server.port)
		while true do
			local event, id, data, binary = os.pullEvent()
			if event == "websocket_server_message" then say(data, binary) end
			if event == "websocket_server_closed" then say("closed", data, binary) end
			if event == "websocket_server_connect" then held = data end
		end`)
	url := c.url()
	conn, r := rawSocket(t, url)
	io.WriteString(conn, frame(opBinary, "par")+frame(fin|opPing, "")+frame(fin|opPong, "unasked")+frame(opContinue, "t2")+frame(fin|opContinue, "end"))
	c.want("part2end true")
	io.WriteString(conn, frame(opText, "unfinished"))
	conn.(*net.TCPConn).CloseWrite()
	c.want("closed nil nil")
	if got := readFrames(r); got != "10" {
		t.Error(got)
	}
	// Each way to end has one event.
	for _, test := range []struct{ send, want string }{
		{closing(1000, ""), "closed nil 1000"},
		{closing(4000, "why") + closing(4001, "again"), "closed why 4000"},
		{frame(fin|opClose, ""), "closed nil nil"},
		{frame(fin|opText, "\xff"), "closed Invalid UTF-8 1007"},
		{frame(fin|3, ""), "closed Protocol error: bad opcode 3 1002"},
		{"\x81\x01x", "closed Protocol error: bad MASK 1002"},
	} {
		conn, _ := rawSocket(t, url)
		io.WriteString(conn, test.send)
		c.want(test.want)
	}
}

// The connection ends at once when the program closes it, also if the client does not answer (in the peer, after up to 1 s).
func TestWebSocketServerCloseIsPrompt(t *testing.T) {
	c := start(t, serve(`local ws = req.upgrade() ws.send("x") ws.close()`, ""))
	_, r := rawSocket(t, c.url())
	begin := time.Now()
	if got := readFrames(r); got != "1 x|8 1000" { // until the end of the connection
		t.Error(got)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("the connection has ended after %v", d)
	}
}

func FuzzWebSocketServer(f *testing.F) {
	f.Add([]byte(frame(fin|opText, "text") + closing(1000, "")))
	f.Add([]byte(frame(opText, "a") + frame(fin|opPing, "p") + frame(fin|opContinue, "b")))
	f.Add([]byte("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04"))
	c := start(f, strings.ReplaceAll(echoing, `say("closed", a, b)`, ""))
	port := c.hears()
	f.Fuzz(func(t *testing.T, data []byte) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, rawShake)
		r := bufio.NewReader(conn)
		for line := ""; line != "\r\n"; {
			if line, err = r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		conn.Write(data)
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
		select {
		case <-c.done:
			t.Fatal(c.err)
		default:
		}
	})
}
