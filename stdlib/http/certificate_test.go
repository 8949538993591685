package http

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/stdlib/http/certtest"
	"github.com/luart/luart/vfs"
)

// withFolder gives the computer a folder with files.
func withFolder(t *testing.T, files map[string]string) (string, option) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := vfs.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	computer, err := vfs.New(vfs.Options{Mounts: []vfs.Mount{{FS: vfs.Memory()}, {Path: "etc", FS: folder}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { computer.Close() })
	return dir, withOptions(Options{Files: computer})
}

// dialTLS connects as a browser does, and returns the name on the certificate.
func dialTLS(t *testing.T, url string, protocols ...string) (*tls.Conn, string) {
	t.Helper()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(url, "http://"), &tls.Config{InsecureSkipVerify: true, NextProtos: protocols})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn, conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestServerTLS(t *testing.T) {
	cert, key := certtest.New(t, "one")
	c := start(t, fmt.Sprintf(`
		local options = {on_listen = say, stream = true, max_body = 1000000, tls = {cert = %q, key = %q}}
		http.listen(0, function(req, res)
			if req.getURL() == "/stream" then
				res.flush()
				for i = 1, 3 do res.write(i) res.flush() end
				os.pullEvent("go on")
				for i = 1, 100 do res.write(("x"):rep(10000)) end
			else
				res.setResponseHeader("Upgrade", "websocket") -- is no header of HTTP/2
				res.write(req.getMethod() .. " " .. req.getURL() .. " " .. #req.readAll() .. " " .. req.getRequestHeaders().Host)
			end
			res.close()
		end, options)`, cert, key))
	url := c.url()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(cert))
	for _, major := range []int{1, 2} {
		transport := &nethttp.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: major == 2}
		defer transport.CloseIdleConnections()
		client := &nethttp.Client{Transport: transport, Timeout: patience}
		secure := "https" + strings.TrimPrefix(url, "http")
		get := func(res *nethttp.Response, err error) string {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.ProtoMajor != major || res.StatusCode == 200 && res.Header.Get("Upgrade") != map[int]string{1: "websocket"}[major] {
				t.Error(res, err)
			}
			return fmt.Sprint(res.StatusCode, " ", string(body))
		}
		host := strings.TrimPrefix(url, "http://")
		if s := get(client.Get(secure + "/a?b")); s != "200 GET /a?b 0 "+host {
			t.Error(s)
		}
		if s := get(client.Post(secure+"/p", "text/plain", io.LimitReader(zeros{}, 900_000))); s != "200 POST /p 900000 "+host {
			t.Error(s)
		}
		if s := get(client.Post(secure+"/p", "text/plain", io.LimitReader(zeros{}, 1_000_001))); !strings.HasPrefix(s, "413 ") {
			t.Error(s)
		}
		req, _ := nethttp.NewRequest("GET", secure, nil)
		req.Host = "evil.example"
		if s := get(client.Do(req)); !strings.HasPrefix(s, "421 ") {
			t.Error(s)
		}
		res, err := client.Get(secure + "/stream")
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 3)
		if _, err := io.ReadFull(res.Body, b); err != nil || string(b) != "123" {
			t.Error(string(b), err)
		}
		c.post("go on")
		if n, err := io.Copy(io.Discard, res.Body); n != 1_000_000 || err != nil {
			t.Error(n, err)
		}
		res.Body.Close()
		if major == 2 { // a client that leaves ends its stream only
			res, err := client.Get(secure + "/stream")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if s := get(client.Get(secure + "/a")); s != "200 GET /a 0 "+host {
				t.Error(s)
			}
		}
	}
	// Who does not speak TLS is told so.
	if res, body := ask(t, url, "GET / HTTP/1.1", ""); res.StatusCode != 400 || !strings.Contains(body, "HTTPS") {
		t.Error(res, body)
	}
	nothingHeld(t, c)
}

// New files are a new certificate, for new connections.
func TestCertificateReload(t *testing.T) {
	cert, key := certtest.New(t, "one")
	dir, files := withFolder(t, map[string]string{"cert.pem": cert, "key.pem": key})
	c := start(t, serve(`res.write("hello") res.close()`, `tls = {cert = "/etc/cert.pem", key = "etc/key.pem"}`), files)
	url := c.url()
	open, name := dialTLS(t, url)
	if name != "one" {
		t.Error(name)
	}
	r := bufio.NewReader(open)
	say := func() {
		t.Helper()
		io.WriteString(open, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if _, body := answer(t, r, "GET"); body != "hello" {
			t.Error(body)
		}
	}
	say()
	again := func() { // as if the time had passed after which it looks
		l := listeners(c)[0]
		l.set.certificate.mu.Lock()
		l.set.certificate.checked = time.Time{}
		l.set.certificate.mu.Unlock()
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name+".new"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, name+".new"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	cert, key = certtest.New(t, "number two")
	put("cert.pem", cert) // its key is not there yet
	again()
	if _, name := dialTLS(t, url); name != "one" {
		t.Error(name)
	}
	c.logs("can't be used; the old one is kept")
	put("key.pem", key)
	again()
	if _, name := dialTLS(t, url); name != "number two" {
		t.Error(name)
	}
	c.logs("has a new certificate")
	say()
	if err := os.Remove(filepath.Join(dir, "key.pem")); err != nil {
		t.Fatal(err)
	}
	again()
	if _, name := dialTLS(t, url); name != "number two" {
		t.Error(name)
	}
	say()
}

func TestTLSOptions(t *testing.T) {
	cert, key := certtest.New(t, "one")
	_, other := certtest.New(t, "two")
	_, files := withFolder(t, map[string]string{"cert.pem": cert, "key.pem": key, "other.pem": other, "empty.pem": "", "big.pem": strings.Repeat("x", maxPEM+1)})
	check(t, fmt.Sprintf(`
		local cert, key = %q, %q
		local function fails(text, tls)
			local ok, message = pcall(http.addListener, 0, {tls = tls})
			message = tostring(message):gsub("^program:%%d+: ", "")
			if ok or message ~= text then error("got  " .. message .. "\nwant " .. text, 2) end
		end
		fails("bad field 'tls' (table expected, got boolean)", true)
		fails("bad field 'tls.cert' (string expected, got nil)", {})
		fails("bad field 'tls.cert' (string expected, got nil)", {key = key})
		fails("bad field 'tls.key' (string expected, got number)", {cert = cert, key = 1})
		fails("bad field 'tls.ca' (there is no such option)", {cert = cert, key = key, ca = cert})
		fails("bad field 'tls.key' (/etc/none.pem: No such file)", {cert = cert, key = "/etc/none.pem"})
		fails("bad field 'tls.cert' (/etc: Not a file)", {cert = "etc", key = key})
		fails("bad field 'tls.cert' (/../etc/cert.pem: No such file)", {cert = "../etc/cert.pem", key = key})
		fails("bad field 'tls.cert' (/etc/big.pem: file is too large)", {cert = "etc/big.pem", key = key})
		fails("bad field 'tls' (failed to find any PEM data in certificate input)", {cert = "etc/empty.pem", key = key})
		fails("bad field 'tls' (private key does not match public key)", {cert = cert, key = "etc/other.pem"})
		http.removeListener(http.addListener(0, {tls = {cert = cert, key = "etc/key.pem"}}))`, cert, key), files)
	check(t, fmt.Sprintf(`
		local ok, message = pcall(http.addListener, 0, {tls = {cert = %q, key = "x"}})
		assert(message == "program:2: bad field 'tls.key' (/x: No such file)", message)`, cert))
}

// What is no handshake, or none in time, is no connection for long.
func TestSlowHandshake(t *testing.T) {
	cert, key := certtest.New(t, "one")
	c := start(t, serve(`res.close()`, fmt.Sprintf(`header_timeout = 0.1, tls = {cert = %q, key = %q}`, cert, key)))
	url := c.url()
	for _, text := range []string{"", "\x16\x03\x01\x02", "\x16\x03\x01\x00\x01\x00"} {
		_, r := raw(t, url, text)
		if _, err := io.ReadAll(r); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
