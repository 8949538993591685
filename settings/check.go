package settings

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// Facade says how a facade's settings are called.
type Facade struct {
	Section string // of its keys
	Name    string // for people
	Secret  string // ID of the key that guards it
}

// Facades are the servers of the control plane.
var Facades = []Facade{
	{"ratchet", "Ratchet", "ratchet.token"},
	{"network", "Plugin Server", "auth.apikey"},
	{"rpc", "JSON-RPC", "rpc.token"},
	{"packages", "packages", "packages.token"},
}

// check finds what does not go together.
func (s *Settings) check() (problems []string) {
	fail := func(id, format string, args ...any) {
		section, name, _ := strings.Cut(id, ".")
		problems = append(problems, fmt.Sprintf("%s: [%s] %s: ", s.find(section, name).source, section, name)+fmt.Sprintf(format, args...))
	}
	ports := map[string]string{}
	for _, f := range Facades {
		if !s.Bool(f.Section + ".enabled") {
			continue
		}
		bindto := s.String(f.Section + ".bindto")
		addr, err := netip.ParseAddr(strings.ReplaceAll(bindto, "localhost", "127.0.0.1"))
		if err != nil {
			fail(f.Section+".bindto", "%q is no IP address; 127.0.0.1 is this machine only, 0.0.0.0 all that reach it", bindto)
			continue
		}
		if !addr.IsLoopback() && s.String(f.Secret) == "" && !s.Bool(f.Section+".open") {
			fail(f.Section+".bindto", "others than this machine could reach %s, so set %s, or %s.open = true if everybody may use it", bindto, f.Secret, f.Section)
		}
		address := bindto + ":" + strconv.Itoa(int(s.Number(f.Section+".port")))
		if other := ports[address]; other != "" && s.Number(f.Section+".port") != 0 {
			fail(f.Section+".port", "%s is the address of [%s] already", address, other)
		}
		ports[address] = f.Section
	}
	if s.Bool("ssl.enabled") {
		for _, id := range []string{"ssl.certfile", "ssl.keyfile"} {
			if s.String(id) == "" {
				fail("ssl.enabled", "%s is needed for it", id)
			}
		}
	}
	return problems
}

// ParseAddress takes a flag such as 127.0.0.1:5460, :5460, 5460 or off apart, into values by key of a facade.
func (f Facade) ParseAddress(text string) (map[string]string, error) {
	if text == "off" {
		return map[string]string{f.Section + ".enabled": "false"}, nil
	}
	host, port := "", text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		host, port = strings.Trim(text[:i], "[]"), text[i+1:]
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("%q is no address; give HOST:PORT, such as 127.0.0.1:5460, PORT alone, or off", text)
	}
	v := map[string]string{f.Section + ".enabled": "true", f.Section + ".port": port}
	if host != "" {
		v[f.Section+".bindto"] = host
	}
	return v, nil
}

// Print writes all values as a configuration file, with the source of each. Secrets are not shown.
func (s *Settings) Print(w io.Writer) error {
	var b strings.Builder
	if s.File != "" {
		fmt.Fprintf(&b, "# %s\n", s.File)
	} else {
		fmt.Fprintf(&b, "# There is no %s here; these are the defaults, flags and variables.\n", FileName)
	}
	section := ""
	for _, v := range s.values {
		if v.key.Unused {
			continue
		}
		if v.key.Section != section {
			section = v.key.Section
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		text := strings.ReplaceAll(v.text, "$", "$$")
		if p, ok := v.value.(string); ok && v.key.Type == Path {
			text = strings.ReplaceAll(p, "$", "$$")
		}
		if v.key.Secret && v.text != "" {
			text = "(hidden)"
		}
		when := ""
		if v.key.AtStart {
			when = "; counts at the start only"
		}
		fmt.Fprintf(&b, "# %s%s\n%s\n", v.source, when, strings.TrimRight(v.key.Name+" = "+text, " "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Reference writes a table of all keys in Markdown.
func Reference(w io.Writer) error {
	var b strings.Builder
	section := ""
	for _, k := range Keys {
		if k.Unused {
			continue
		}
		if k.Section != section {
			section = k.Section
			fmt.Fprintf(&b, "\n### [%s]\n\n| key | type | default | |\n| --- | --- | --- | --- |\n", section)
		}
		when := ""
		if k.AtStart {
			when = " Counts at the start only."
		}
		fmt.Fprintf(&b, "| `%s` | %v | %s | %s%s%s |\n", k.Name, k.Type, code(k.Default), k.Doc, k.allowed(), when)
	}
	_, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n"))
	return err
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

func (k Key) allowed() string {
	switch {
	case k.Values != "":
		return " One of: " + strings.ReplaceAll(k.Values, " ", ", ") + "."
	case k.Max != 0:
		return fmt.Sprintf(" %s to %s.", k.show(k.Min), k.show(k.Max))
	}
	return ""
}
