package http

//lint:file-ignore ST1005 "No such file" and "Not a file" are CraftOS's texts.

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/afero"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

const (
	// maxPEM bounds a certificate with its chain, and a key, in bytes.
	maxPEM = 1 << 20
	// certificateAge is after which time a certificate's files are looked at again, when a client connects.
	certificateAge = time.Second
)

// pemText is a text that a program has given, or a file of the computer's. A file is looked up once, on the computer's goroutine; it is
// read on any, from the file system itself, because package vfs's is the computer's alone.
type pemText struct {
	text  string   // unless it is a file
	files afero.Fs // nil: it is not
	name  string   // in files
	path  string   // in the computer
}

// stamp tells the versions of a file apart.
type stamp struct {
	modified time.Time
	size     int64
}

func (p *pemText) stamp() stamp {
	if p.files == nil {
		return stamp{}
	}
	info, err := p.files.Stat(p.name)
	if err != nil {
		return stamp{size: -1}
	}
	return stamp{info.ModTime(), info.Size()}
}

func (p *pemText) read() ([]byte, error) {
	if p.files == nil {
		return []byte(p.text), nil
	}
	info, err := p.files.Stat(p.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("/%s: No such file", p.path)
	}
	if err == nil && !info.Mode().IsRegular() { // to open a pipe would wait for its writer
		err = errors.New("Not a file")
	}
	var f afero.File
	if err == nil {
		f, err = p.files.Open(p.name)
	}
	if err != nil {
		return nil, fmt.Errorf("/%s: %w", p.path, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(text) > maxPEM {
		err = errors.New("file is too large")
	}
	if err != nil {
		return nil, fmt.Errorf("/%s: %w", p.path, err)
	}
	return text, nil
}

// certificate is what a listener shows its clients, and its key. When the files change, the next connections get the new one; those
// that are open go on.
type certificate struct {
	cert, key pemText
	log       *slog.Logger

	current atomic.Pointer[tls.Certificate]
	mu      sync.Mutex
	checked time.Time
	stamps  [2]stamp
}

// load reads the certificate and the key.
func (c *certificate) load() error {
	c.stamps = [2]stamp{c.cert.stamp(), c.key.stamp()} // before reading: what changes meanwhile is read again
	cert, err := c.cert.read()
	if err != nil {
		return err
	}
	key, err := c.key.read()
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "tls: "))
	}
	c.current.Store(&pair)
	return nil
}

// get is the GetCertificate of a TLS configuration. While files are being replaced they may not match; then the old ones hold.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if now := time.Now(); c.mu.TryLock() {
		if now.Sub(c.checked) >= certificateAge {
			c.checked = now
			if c.stamps != [2]stamp{c.cert.stamp(), c.key.stamp()} {
				if err := c.load(); err != nil {
					c.log.Warn("http: a listener's new certificate can't be used; the old one is kept", "error", err)
				} else {
					c.log.Info("http: a listener has a new certificate", "file", c.cert.path)
				}
			}
		}
		c.mu.Unlock()
	}
	return c.current.Load(), nil
}

// config is the TLS configuration. Go's defaults are what its documentation says: TLS 1.2 on, with the ciphers that are safe.
// HTTP/1.0 is not among net/http's protocols: clients that offer nothing else would be turned away.
func (c *certificate) config() *tls.Config {
	return &tls.Config{GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1", "http/1.0"}}
}

// putTLS reads the option tls, a table with the fields cert and key.
func (s *servers) putTLS(set *settings, v lua.Value) error {
	vm := s.computer.VM()
	t, ok := v.AsTable()
	if !ok {
		return stdlib.BadField(vm, "tls", "table", v)
	}
	for k, _, ok, _ := t.Next(lua.Nil); ok; k, _, ok, _ = t.Next(k) {
		if name, _ := k.AsString(); name != "cert" && name != "key" {
			return fmt.Errorf("bad field 'tls.%s' (there is no such option)", k)
		}
	}
	c := &certificate{log: s.computer.Log(), checked: time.Now()}
	for _, field := range []struct {
		name string
		pem  *pemText
	}{{"cert", &c.cert}, {"key", &c.key}} {
		text, ok := t.GetString(field.name).AsString()
		if !ok {
			return stdlib.BadField(vm, "tls."+field.name, "string", t.GetString(field.name))
		}
		if strings.Contains(text, "-----BEGIN") {
			field.pem.text = text
			continue
		}
		err := s.locate(field.pem, text)
		if err == nil {
			_, err = field.pem.read()
		}
		if err != nil {
			return fmt.Errorf("bad field 'tls.%s' (%w)", field.name, err)
		}
	}
	if err := c.load(); err != nil {
		return fmt.Errorf("bad field 'tls' (%w)", err)
	}
	set.certificate = c
	return nil
}

// locate finds the file system that a path of the computer leads to.
func (s *servers) locate(p *pemText, path string) error {
	p.path = vfs.Clean(path)
	for mount := p.path; s.options.Files != nil && !strings.HasPrefix(p.path, ".."); {
		if m, ok := s.options.Files.Mounted(mount); ok {
			p.files, p.name = m.FS, cmp.Or(strings.TrimPrefix(p.path[len(mount):], "/"), ".")
			return nil
		}
		if mount == "" {
			break
		}
		mount = mount[:max(strings.LastIndexByte(mount, '/'), 0)]
	}
	return fmt.Errorf("/%s: No such file", p.path)
}
