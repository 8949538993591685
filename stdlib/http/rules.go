package http

import (
	"fmt"
	"net/netip"
	"strings"
)

// Decision is what a rule says of something: nothing, yes or no.
type Decision uint8

// Decisions.
const (
	Unsaid Decision = iota
	Allow
	Deny
)

// Private is the Rule.Host of all addresses that are not of the public internet: loopback, private and link-local
// networks, multicast and some more.
const Private = "$private"

// Rule says what programs may do at some addresses, as a rule of CC: Tweaked's configuration does. A list of rules is read
// from its beginning, for each question anew: the first rule that matches and has an answer decides. Where none says that
// an address is allowed, it is denied.
type Rule struct {
	// Host is what the rule is about: Private, a network such as "10.0.0.0/8", or a pattern such as "*.example.com" in which *
	// stands for any text. A pattern matches the host's name as the program has written it, or its address; case does not
	// matter. "*" matches all.
	Host string
	// Port is the port that the rule is about, 0 for all.
	Port int
	// Action is whether programs may connect.
	Action Decision
	// MaxDownload is how long the body of a response may be, in bytes, after decoding; 0 says nothing. Without any such rule it is
	// 16 MiB, and streams may be of any length.
	MaxDownload int64
	// MaxUpload is how long the headers and the body of a request may be together, in bytes; 0 says nothing. Without any such
	// rule it is 4 MiB.
	MaxUpload int64
	// MaxMessage is how long a WebSocket message may be, in bytes, in both directions; 0 says nothing. Without any such rule it
	// is 128 KiB.
	MaxMessage int64
	// Proxy is whether the environment's proxy is used, where there is one; it is unless a rule denies it.
	Proxy Decision
}

// DefaultRules are those of CC: Tweaked: the public internet, and nothing else.
func DefaultRules() []Rule {
	return []Rule{{Host: Private, Action: Deny}, {Host: "*", Action: Allow}}
}

// Check returns an error if the rule can't be understood.
func (r Rule) Check() error {
	_, err := r.compile()
	return err
}

// rule is a Rule that is ready for use.
type rule struct {
	Rule
	private bool
	network netip.Prefix // valid if the rule is about one
	pattern string       // lower case
}

func (r Rule) compile() (rule, error) {
	host := strings.TrimSpace(r.Host)
	fail := func(what string) (rule, error) { return rule{}, fmt.Errorf("the HTTP rule for %q: %s", r.Host, what) }
	switch {
	case host == "":
		return fail("the host is missing; * stands for all")
	case r.Port < 0 || r.Port > 65535:
		return fail(fmt.Sprintf("the port %d is not in 0 to 65535", r.Port))
	case r.Action > Deny || r.Proxy > Deny:
		return fail("there is no such decision")
	case r.MaxDownload < 0 || r.MaxUpload < 0 || r.MaxMessage < 0:
		return fail("a limit is negative")
	case strings.HasPrefix(host, "$"):
		if !strings.EqualFold(host, Private) {
			return fail("the only name with $ is " + Private)
		}
		return rule{Rule: r, private: true}, nil
	case strings.Contains(host, "/"):
		network, err := netip.ParsePrefix(host)
		if err != nil {
			return fail("the network can't be read; 10.0.0.0/8, for example, is one")
		}
		return rule{Rule: r, network: network.Masked()}, nil
	}
	return rule{Rule: r, pattern: strings.ToLower(strings.TrimSuffix(host, "."))}, nil
}

// rules is a list that is ready for use.
type rules []rule

func compileRules(list []Rule) (rules, error) {
	var compiled rules
	for _, r := range list {
		one, err := r.compile()
		if err != nil {
			return nil, err
		}
		compiled = append(compiled, one)
	}
	return compiled, nil
}

// access is what rules say of one address.
type access struct {
	allowed     bool
	proxy       bool
	maxDownload int64
	maxStream   int64 // 0: no limit
	maxUpload   int64
	maxMessage  int64
}

// decide returns what the rules say of a host, whose name is in lower case, and one of its addresses, which is the zero value
// if nobody knows it.
func (rs rules) decide(host string, addr netip.Addr, port int) access {
	addr = addr.WithZone("").Unmap()
	all := []netip.Addr{addr}
	if inner, ok := embeddedIPv4(addr); ok {
		all = append(all, inner)
	}
	var merged Rule
	for i := range rs {
		r := &rs[i]
		if r.Port != 0 && r.Port != port || !r.matches(host, all) {
			continue
		}
		first(&merged.Action, r.Action)
		first(&merged.Proxy, r.Proxy)
		first(&merged.MaxDownload, r.MaxDownload)
		first(&merged.MaxUpload, r.MaxUpload)
		first(&merged.MaxMessage, r.MaxMessage)
	}
	a := access{allowed: merged.Action == Allow, proxy: merged.Proxy != Deny, maxStream: merged.MaxDownload}
	first(&merged.MaxDownload, DefaultMaxDownload)
	first(&merged.MaxUpload, DefaultMaxUpload)
	first(&merged.MaxMessage, DefaultMaxMessage)
	a.maxDownload, a.maxUpload, a.maxMessage = merged.MaxDownload, merged.MaxUpload, merged.MaxMessage
	return a
}

// first sets *p unless it has been set.
func first[T comparable](p *T, v T) {
	var unset T
	if *p == unset {
		*p = v
	}
}

// largestUpload is more than any address may be sent.
func (rs rules) largestUpload() int64 {
	largest := int64(DefaultMaxUpload)
	for i := range rs {
		largest = max(largest, rs[i].MaxUpload)
	}
	return largest
}

func (r *rule) matches(host string, addrs []netip.Addr) bool {
	if r.pattern != "" && glob(r.pattern, host) {
		return true
	}
	for _, addr := range addrs {
		switch {
		case !addr.IsValid():
		case r.private && isPrivate(addr),
			r.network.IsValid() && r.network.Contains(addr),
			r.pattern != "" && glob(r.pattern, addr.String()):
			return true
		}
	}
	return false
}

// glob reports whether a text matches a pattern in which * stands for any text. It takes at most as many steps as both
// lengths multiplied.
func glob(pattern, text string) bool {
	star, from := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0: // the last * takes one more
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// privateNetworks are those that netip.Addr has no method for.
var privateNetworks = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),          // this network
	netip.MustParsePrefix("100.64.0.0/10"),      // behind a provider's address translation
	netip.MustParsePrefix("192.0.0.192/32"),     // a cloud's metadata
	netip.MustParsePrefix("255.255.255.255/32"), // broadcast
	netip.MustParsePrefix("fec0::/10"),          // site-local
	netip.MustParsePrefix("64:ff9b:1::/48"),     // local translation to IPv4
}

// isPrivate reports whether an address is none of the public internet.
func isPrivate(addr netip.Addr) bool {
	if addr.IsUnspecified() || addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsMulticast() {
		return true
	}
	for _, network := range privateNetworks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

var (
	compatible = netip.MustParsePrefix("::/96")          // RFC 4291 §2.5.5.1
	sixToFour  = netip.MustParsePrefix("2002::/16")      // RFC 3056
	nat64      = netip.MustParsePrefix("64:ff9b::/96")   // RFC 6052
	teredo     = netip.MustParsePrefix("2001:0000::/32") // RFC 4380
)

// embeddedIPv4 returns the IPv4 address that packets to an IPv6 address may end at.
func embeddedIPv4(addr netip.Addr) (netip.Addr, bool) {
	if !addr.Is6() {
		return netip.Addr{}, false
	}
	b := addr.As16()
	switch {
	case sixToFour.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	case teredo.Contains(addr):
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}), true
	case nat64.Contains(addr), compatible.Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:16])), true
	}
	return netip.Addr{}, false
}
