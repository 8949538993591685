package runtime

import (
	hosthttp "github.com/luart/luart/stdlib/http"
)

// WithHTTPRules says which addresses programs may connect to with http.get, http.websocket and the like, and how much they may
// send and receive there. Without it they are those of http.DefaultRules: the public internet only.
func WithHTTPRules(rules ...hosthttp.Rule) Option {
	return func(c *config) error {
		for _, r := range rules {
			if err := r.Check(); err != nil {
				return err
			}
		}
		c.http.Rules = append([]hosthttp.Rule{}, rules...)
		return nil
	}
}

// WithAllowPrivate lets programs connect to private addresses as well: this machine, its network. It comes before the rules, and
// holds whatever they say of such addresses.
func WithAllowPrivate() Option {
	return func(c *config) error { c.allowPrivate = true; return nil }
}

// WithoutHTTP leaves programs without the global http: no requests, no WebSockets, no servers.
func WithoutHTTP() Option {
	return func(c *config) error { c.http.Disabled = true; return nil }
}

// WithoutWebSockets makes http.websocket fail.
func WithoutWebSockets() Option {
	return func(c *config) error { c.http.WebSocketsDisabled = true; return nil }
}

// crafted is the version of ComputerCraft that programs are told of.
const crafted = "1.113.1"

// httpOptions are the options of the http API.
func (c *config) httpOptions() hosthttp.Options {
	o := c.http
	o.Version = crafted + " (luart)"
	if c.allowPrivate {
		rules := o.Rules
		if rules == nil {
			rules = hosthttp.DefaultRules()
		}
		o.Rules = append([]hosthttp.Rule{{Host: hosthttp.Private, Action: hosthttp.Allow}}, rules...)
	}
	return o
}
