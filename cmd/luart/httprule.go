package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/settings"
	hosthttp "github.com/luart/luart/stdlib/http"
)

// httpRule is a value of --http-rule and of the setting plugins.http_rules: what programs may do at some addresses, such as
// allow:10.0.0.7,port=8080,download=1MiB.
type httpRule hosthttp.Rule

// UnmarshalText reads a rule: an action, a colon and a host, a pattern or a network, then limits. The host "private" is all addresses that
// are not of the public internet.
func (r *httpRule) UnmarshalText(text []byte) error {
	fail := func(what string) error {
		return fmt.Errorf("%q is no rule: %s; write, for example, allow:10.0.0.7,port=8080 or deny:*.example.com", string(text), what)
	}
	action, rest, ok := strings.Cut(strings.TrimSpace(string(text)), ":")
	actions := map[string]hosthttp.Decision{"allow": hosthttp.Allow, "deny": hosthttp.Deny, "limit": hosthttp.Unsaid}
	decision, known := actions[action]
	if !ok || !known {
		return fail("it must begin with allow:, deny: or limit:")
	}
	parts := strings.Split(rest, ",")
	rule := hosthttp.Rule{Host: parts[0], Action: decision}
	if strings.EqualFold(rule.Host, "private") {
		rule.Host = hosthttp.Private
	}
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "port":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > 65535 {
				return fail(fmt.Sprintf("%q is no port; it is one from 1 to 65535", value))
			}
			rule.Port = n
		case "download", "upload", "message":
			var size byteSize
			if err := size.UnmarshalText([]byte(value)); err != nil || size < 1 {
				return fail(fmt.Sprintf("%q is no limit; it is a size such as 16MiB", value))
			}
			*map[string]*int64{"download": &rule.MaxDownload, "upload": &rule.MaxUpload, "message": &rule.MaxMessage}[name] = int64(size)
		case "proxy":
			if value != "no" {
				return fail("of proxies it can only say proxy=no")
			}
			rule.Proxy = hosthttp.Deny
		default:
			return fail(fmt.Sprintf("there is no %q; there are port, download, upload, message and proxy", name))
		}
	}
	if err := rule.Check(); err != nil {
		return err
	}
	*r = httpRule(rule)
	return nil
}

// httpRules is the option for rules, which come before those that there are anyway; nil without any.
func httpRules(rules []httpRule) []runtime.Option {
	if len(rules) == 0 {
		return nil
	}
	var all []hosthttp.Rule
	for _, r := range rules {
		all = append(all, hosthttp.Rule(r))
	}
	return []runtime.Option{runtime.WithHTTPRules(append(all, hosthttp.DefaultRules()...)...)}
}

// pluginRules are the rules of the setting plugins.http_rules.
func pluginRules(conf *settings.Settings) ([]runtime.Option, error) {
	var rules []httpRule
	for _, text := range conf.List("plugins.http_rules") {
		var r httpRule
		if err := r.UnmarshalText([]byte(text)); err != nil {
			return nil, fmt.Errorf("%s: [plugins] http_rules: %w", conf.Source("plugins.http_rules"), err)
		}
		rules = append(rules, r)
	}
	return httpRules(rules), nil
}
