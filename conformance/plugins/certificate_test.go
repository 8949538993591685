package plugins_test

import (
	"crypto/tls"
	"fmt"
	"testing"
	"time"

	"github.com/luart/luart/stdlib/http/certtest"
)

// The certificate of a plugin's own port is in files of the plugin, and of nobody else. When they change, new connections get the new one.
func TestCertificateOfPlugin(t *testing.T) {
	port := freePort(t)
	cert, key := certtest.New(t, "first")
	p := startPlane(t, map[string]string{
		"cert.pem": cert, "secure/cert.pem": cert, "secure/tls/key.pem": key,
		"secure/main.lua": fmt.Sprintf(`
			print(pcall(http.addListener, 0, { tls = { cert = "../cert.pem", key = "tls/key.pem" } }))
			print(pcall(http.addListener, 0, { tls = { cert = "/plugins/secure/cert.pem", key = "tls/key.pem" } }))
			http.listen(%d, print, { tls = { cert = "cert.pem", key = "tls/key.pem" } })`, port),
		"data/main.lua": `
			writeFile("/data/cert.pem", readFile("cert.pem")) writeFile("/tmp/key.pem", readFile("key.pem"))
			local port = http.addListener(0, { tls = { cert = "/data/cert.pem", key = "/tmp/key.pem" } })
			route("GET", "/", function() return 200, port end)`,
		"data/cert.pem": cert, "data/key.pem": key,
	}, nil)
	name := func(port int) string {
		conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := name(port); got != "first" {
		t.Error(got)
	}
	_, body, err := p.get("plugin_server", "/data")
	var other int
	if _, scanErr := fmt.Sscan(body, &other); err != nil || scanErr != nil || name(other) != "first" {
		t.Error(body, err)
	}
	for _, path := range []string{"../cert.pem", "/plugins/secure/cert.pem"} {
		p.logged("false\tthere is no file " + path + " for the option tls.cert")
	}
	cert, key = certtest.New(t, "second")
	p.write("secure/cert.pem", cert)
	p.write("secure/tls/key.pem", key)
	for deadline := time.Now().Add(60 * time.Second); name(port) != "second"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the old certificate goes on")
		}
	}
	p.want("ratchet", "/reload?plugin=secure", 200, "OK")
	if got := name(port); got != "second" {
		t.Error(got)
	}
}
