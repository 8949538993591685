package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/luart/luart/stdlib/http/certtest"
)

// This file asks servers of luart with programs of other people's: curl and wrk here, a browser in browser_test.go. A test whose
// program is missing is skipped.

// program finds a program that a test needs.
func program(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed", names[0])
	return ""
}

// clientsServer answers curl and wrk, with TLS if its first argument is tls, and before the body has come if its second is stream.
const clientsServer = `
local secure, stream = ...
http.listen(0, function(request, response)
    local url, method = request.getURL(), request.getMethod()
    response.setResponseHeader("Content-Type", "text/plain")
    if url == "/sum" then
        local size, sum = 0, 0
        while true do
            local part = request.read(65536)
            if not part then break end
            for i = -size % 997 + 1, #part, 997 do sum = sum + part:byte(i) end
            size = size + #part
        end
        response.write(("%s of %d bytes, %d"):format(method, size, sum))
    elseif url == "/refuse" then
        response.setStatusCode(403)
        response.write("no")
    elseif url == "/pieces" then
        for i = 1, 3 do
            response.write("piece " .. i .. "\n")
            response.flush()
        end
    else
        response.write("hello " .. method .. "\n")
    end
    response.close()
end, {
    tls = secure == "tls" and { cert = "cert.pem", key = "key.pem" } or nil,
    stream = stream == "stream", max_body = 3000000,
    on_listen = function(port) print(("Listening on %s://127.0.0.1:%d"):format(secure == "tls" and "https" or "http", port)) end,
})
`

// serveClients starts clientsServer, and returns its folder, which has the certificate, and its address.
func serveClients(t *testing.T, args ...string) (s *started, dir, url string) {
	t.Helper()
	cert, key := certtest.New(t, "localhost")
	dir = folder(t, map[string]string{"server.lua": clientsServer, "cert.pem": cert, "key.pem": key})
	s = start(t, append([]string{filepath.Join(dir, "server.lua")}, args...)...)
	return s, dir, listening(t, s)
}

func TestCurl(t *testing.T) {
	t.Parallel()
	curl := program(t, "curl")
	upload := bytes.Repeat([]byte("0123456789abcdef\x00\r\n\xff"), 100000) // 2,000,000 bytes of all kinds
	sum := 0
	for i := 0; i < len(upload); i += 997 { // not in step with what repeats
		sum += int(upload[i])
	}
	whole := fmt.Sprintf("of %d bytes, %d", len(upload), sum)
	version, err := exec.Command(curl, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []struct{ name, url string }{{"plain", ""}, {"stream", ""}, {"tls", ""}, {"tls stream", ""}} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			secure, stream := "http", ""
			if strings.HasPrefix(server.name, "tls") {
				secure = "tls"
			}
			if strings.HasSuffix(server.name, "stream") {
				stream = "stream"
			}
			s, dir, url := serveClients(t, secure, stream)
			if err := os.WriteFile(filepath.Join(dir, "upload.bin"), upload, 0o666); err != nil {
				t.Fatal(err)
			}
			large := filepath.Join(dir, "large.bin")
			if err := os.WriteFile(large, make([]byte, 4000000), 0o666); err != nil {
				t.Fatal(err)
			}
			// What curl says of the connection, the headers as they came, and the body.
			run := func(t *testing.T, path string, args ...string) (report, headers, body string) {
				t.Helper()
				head := filepath.Join(t.TempDir(), "headers")
				args = append([]string{"-q", "-sS", "-v", "--max-time", "60", "--noproxy", "*", "--cacert", filepath.Join(dir, "cert.pem"), "-D", head}, args...)
				cmd := exec.Command(curl, append(args, url+path)...)
				var out, errs strings.Builder
				cmd.Stdout, cmd.Stderr = &out, &errs
				if err := cmd.Run(); err != nil {
					t.Fatalf("%v: %v\n%s", cmd.Args, err, errs.String())
				}
				text, err := os.ReadFile(head)
				if err != nil {
					t.Fatal(err)
				}
				return errs.String(), string(text), out.String()
			}
			file := "@" + filepath.Join(dir, "upload.bin")
			for _, test := range []struct {
				name, path    string
				args          []string
				headers, body string // a pattern, and the text
				report        string // a pattern; "" is any
			}{
				{name: "GET", path: "/", args: nil, headers: ` 200\b(.|\s)*(?i)content-length: 10\b`, body: "hello GET\n"},
				{name: "HEAD", path: "/", args: []string{"-I"}, headers: ` 200\b(.|\s)*(?i)content-length: 11\b`, body: "*"},
				{name: "two on a connection", path: "/", args: []string{url + "/"}, headers: ` 200\b`, body: "hello GET\nhello GET\n", report: `Re-using existing connection|left intact(.|\s)*Re-using`},
				{name: "upload", path: "/sum", args: []string{"--data-binary", file}, headers: ` 200\b`, body: "POST " + whole},
				{name: "PUT in chunks", path: "/sum", args: []string{"-X", "PUT", "-H", "Transfer-Encoding: chunked", "--data-binary", file}, headers: ` 200\b`, body: "PUT " + whole},
				{name: "continue", path: "/sum", args: []string{"--http1.1", "-H", "Expect: 100-continue", "--expect100-timeout", "60", "--data-binary", file},
					headers: `^HTTP/1.1 100 Continue(.|\s)*HTTP/1.1 200 OK`, body: "POST " + whole},
				{name: "too large", path: "/sum", args: []string{"--http1.1", "-H", "Expect: 100-continue", "--expect100-timeout", "60", "--data-binary", "@" + large},
					headers: `^HTTP/1.1 413 `, body: "*"},
				{name: "pieces", path: "/pieces", args: []string{"-N", "--http1.1"}, headers: `(?i)transfer-encoding: chunked`, body: "piece 1\npiece 2\npiece 3\n"},
				{name: "HTTP/1.0", path: "/pieces", args: []string{"--http1.0"}, headers: `^HTTP/1.0 200 OK`, body: "piece 1\npiece 2\npiece 3\n"},
			} {
				t.Run(test.name, func(t *testing.T) {
					report, headers, body := run(t, test.path, test.args...)
					if !regexp.MustCompile(test.headers).MatchString(headers) {
						t.Errorf("the headers are %s", headers)
					}
					if test.body != "*" && body != test.body {
						t.Errorf("the body is %q", body)
					}
					if !regexp.MustCompile(test.report).MatchString(report) {
						t.Errorf("curl says %s", report)
					}
				})
			}
			if stream != "" {
				// The handler answers without asking for the body, which never comes.
				t.Run("refused", func(t *testing.T) {
					_, headers, body := run(t, "/refuse", "--http1.1", "-H", "Expect: 100-continue", "--expect100-timeout", "60", "--data-binary", file)
					if !strings.HasPrefix(headers, "HTTP/1.1 403 ") || body != "no" {
						t.Errorf("%s%s", headers, body)
					}
				})
			}
			if secure == "tls" {
				t.Run("HTTP/2", func(t *testing.T) {
					if !strings.Contains(string(version), "HTTP2") {
						t.Skip("this curl has no HTTP/2")
					}
					for path, want := range map[string]string{"/": "hello GET\n", "/pieces": "piece 1\npiece 2\npiece 3\n"} {
						if _, headers, body := run(t, path, "--http2"); !strings.HasPrefix(headers, "HTTP/2 200") || body != want {
							t.Errorf("%s%s", headers, body)
						}
					}
					if _, headers, body := run(t, "/sum", "--http2", "--data-binary", file); !strings.HasPrefix(headers, "HTTP/2 200") || body != "POST "+whole {
						t.Errorf("%s%s", headers, body)
					}
				})
				t.Run("without the certificate", func(t *testing.T) {
					if out, err := exec.Command(curl, "-q", "-sS", "--noproxy", "*", url).CombinedOutput(); err == nil {
						t.Errorf("curl trusts a certificate that it does not know: %s", out)
					}
				})
			}
			if text := s.stderr.String(); secure != "tls" && text != "" {
				t.Error(text)
			}
		})
	}
}

// wrk keeps many connections busy for a second. Every answer has to be 200, and no connection may break.
func TestWrk(t *testing.T) {
	if testing.Short() {
		t.Skip("keeps the machine busy")
	}
	wrk := program(t, "wrk")
	s, dir, url := serveClients(t, "http")
	post := filepath.Join(dir, "post.lua")
	text := `wrk.method, wrk.body, wrk.path = "POST", ("x"):rep(5000), "/sum"
function response(status, headers, body)
    if body ~= "POST of 5000 bytes, 720" then print("unexpected " .. status .. body) wrk.thread:stop() end
end`
	if err := os.WriteFile(post, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"-s", post}} {
		args = append([]string{"-t", "1", "-c", "64", "-d", "1s", "--timeout", "30s", "--latency"}, args...)
		out, err := exec.Command(wrk, append(args, url)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		done := regexp.MustCompile(`(\d+) requests in`).FindSubmatch(out)
		if done == nil || regexp.MustCompile(`Socket errors|Non-2xx|unexpected`).Match(out) {
			t.Fatalf("wrk says\n%s", out)
		}
		if n, err := strconv.Atoi(string(done[1])); err != nil || n < 64 {
			t.Errorf("only %s requests\n%s", done[1], out)
		}
		t.Logf("%s", out)
	}
	if text := s.stderr.String(); text != "" {
		t.Error(text)
	}
}
