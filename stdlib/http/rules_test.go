package http

import (
	"net/netip"
	"net/url"
	"testing"
	"time"
)

func TestPrivateAddresses(t *testing.T) {
	list, err := compileRules(DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	private := []string{
		"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "100.127.255.255", "192.0.0.192", "224.0.0.1", "239.255.255.255", "255.255.255.255",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::10.0.0.1", "64:ff9b:1::1",
		"2001:0:1:2:3:4:f5ff:fffe", // Teredo for 10.0.0.1
	}
	for _, text := range private {
		if list.decide("name", netip.MustParseAddr(text), 80).allowed {
			t.Errorf("%s is allowed", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.0.1", "223.255.255.255", "2606:4700::1111", "2002:101:101::", "64:ff9b::1.1.1.1", "::ffff:8.8.8.8"} {
		if !list.decide("name", netip.MustParseAddr(text), 80).allowed {
			t.Errorf("%s is not allowed", text)
		}
	}
}

func TestRules(t *testing.T) {
	public, local := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("10.1.2.3")
	for _, test := range []struct {
		name  string
		rules []Rule
		host  string
		addr  netip.Addr
		port  int
		want  bool
	}{
		{"no rule, no access", nil, "example.com", public, 80, false},
		{"the first that matches wins", []Rule{{Host: "*", Action: Allow}, {Host: "example.com", Action: Deny}}, "example.com", public, 80, true},
		{"one without an action is passed over", []Rule{{Host: "*", MaxUpload: 1}, {Host: "*", Action: Allow}}, "example.com", public, 80, true},
		{"a pattern", []Rule{{Host: "*.Example.com", Action: Allow}}, "www.example.com", public, 80, true},
		{"a pattern is for the whole name", []Rule{{Host: "*.example.com", Action: Allow}}, "example.com", public, 80, false},
		{"and its end", []Rule{{Host: "example.*", Action: Allow}}, "example.com.evil.org", public, 80, true},
		{"a pattern of an address", []Rule{{Host: "10.1.*", Action: Allow}}, "name", local, 80, true},
		{"which a name does not match", []Rule{{Host: "10.1.*", Action: Allow}}, "name", public, 80, false},
		{"a network", []Rule{{Host: "10.0.0.0/8", Action: Allow}}, "name", local, 80, true},
		{"another network", []Rule{{Host: "11.0.0.0/8", Action: Allow}}, "name", local, 80, false},
		{"a network of IPv6", []Rule{{Host: "2001:db8::/32", Action: Allow}}, "name", netip.MustParseAddr("2001:db8::1"), 80, true},
		{"an IPv4 address in 6to4", []Rule{{Host: "10.0.0.0/8", Action: Deny}, {Host: "*", Action: Allow}}, "name", netip.MustParseAddr("2002:a01:203::"), 80, false},
		{"a port", []Rule{{Host: "*", Port: 8080, Action: Allow}}, "name", public, 8080, true},
		{"another port", []Rule{{Host: "*", Port: 8080, Action: Allow}}, "name", public, 80, false},
		{"private ones allowed", []Rule{{Host: "$PRIVATE", Action: Allow}}, "name", local, 80, true},
		{"private ones only", []Rule{{Host: Private, Action: Allow}}, "name", public, 80, false},
		{"a name without address", []Rule{{Host: Private, Action: Deny}, {Host: "*", Action: Allow}}, "name", netip.Addr{}, 80, true},
	} {
		list, err := compileRules(test.rules)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if got := list.decide(test.host, test.addr, test.port).allowed; got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestRuleLimits(t *testing.T) {
	list, err := compileRules([]Rule{
		{Host: "example.com", MaxDownload: 1, Proxy: Deny},
		{Host: "*", Action: Allow, MaxDownload: 2, MaxUpload: 3, Proxy: Allow},
		{Host: "*", MaxUpload: 9 << 20, MaxMessage: 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("1.1.1.1")
	if got, want := list.decide("example.com", addr, 80), (access{true, false, 1, 1, 3, 4}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := list.decide("other", addr, 80), (access{true, true, 2, 2, 3, 4}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := list.largestUpload(); got != 9<<20 {
		t.Error(got)
	}
	if got, want := rules(nil).decide("other", addr, 80), (access{false, true, 16 << 20, 0, 4 << 20, 128 << 10}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRulesThatAreWrong(t *testing.T) {
	for _, r := range []Rule{{}, {Host: " "}, {Host: "$public"}, {Host: "10.0.0.0/40"}, {Host: "name/8"}, {Host: "*", Port: 65536}, {Host: "*", Port: -1}, {Host: "*", MaxUpload: -1}, {Host: "*", Action: 3}} {
		if r.Check() == nil {
			t.Errorf("%+v passes", r)
		}
	}
	if err := (Rule{Host: "10.0.0.0/40"}).Check(); err.Error() != `the HTTP rule for "10.0.0.0/40": the network can't be read; 10.0.0.0/8, for example, is one` {
		t.Error(err)
	}
}

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"a*c", "abc", true}, {"a*c", "ac", true}, {"a*c", "acb", false},
		{"*b*", "abc", true}, {"*b*", "ac", false}, {"a**c", "abbc", true}, {"*a*b", "xaab", true}, {"a*", "ba", false}, {"a.c", "abc", false},
	} {
		if got := glob(test.pattern, test.text); got != test.want {
			t.Errorf("glob(%q, %q) = %v", test.pattern, test.text, got)
		}
	}
	// It must not take exponential time.
	long := make([]byte, 5000)
	for i := range long {
		long[i] = 'a'
	}
	began := time.Now()
	if glob("*a*a*a*a*a*a*a*a*a*a*b", string(long)) {
		t.Error("matches")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Error(took)
	}
}

func TestParseURL(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"http://example.com", "http://example.com"},
		{"HTTP://Example.com:80/a?b=c#d", "http://Example.com:80/a?b=c"},
		{"http://user:secret@example.com/", "http://example.com/"},
		{"http://example.com:/x", "http://example.com/x"},
		{"http://[::1]:8080/", "http://[::1]:8080/"},
		{"http://example.com/\xc3\xa4?\xff", "http://example.com/%C3%A4?%FF"},
		{"http://example.com/a%2Fb", "http://example.com/a%2Fb"},
		{"", "Must specify http or https"}, {"google.com", "Must specify http or https"}, {"//google.com/x", "Must specify http or https"},
		{"https:google.com", "URL malformed"}, {"https:/google.com", "URL malformed"}, {"http://", "URL malformed"}, {"http://:80/", "URL malformed"},
		{"http://a b/", "URL malformed"}, {"http://a/b c", "URL malformed"}, {"http://a/b\r\nX: y", "URL malformed"}, {"http://a/?b\x00", "URL malformed"},
		{"http://a/%zz", "URL malformed"}, {"http://a/?%", "URL malformed"}, {"http://a/{b}", "URL malformed"}, {"http://a:99999/", "URL malformed"},
		{"http://a:0/", "URL malformed"}, {"http://m\xc3\xbcnchen.de/", "URL malformed"}, {"http://%00/", "URL malformed"}, {"127.0.0.1:80", "URL malformed"},
		{"localhost:80", "URL malformed"}, {"http://[::1", "URL malformed"},
		{"wss://google.com", "Invalid protocol 'wss'"}, {"FTP://google.com", "Invalid protocol 'ftp'"},
	} {
		u, err := parseRequestURL(test.text)
		if got := textOf(u, err); got != test.want {
			t.Errorf("%q gives %q, want %q", test.text, got, test.want)
		}
	}
	for _, test := range []struct{ text, want string }{
		{"ws://a/b", "ws://a/b"}, {"wss://a:1/b?c", "wss://a:1/b?c"}, {"a/b", "ws://a/b"}, {"localhost:8080/x", "ws://localhost:8080/x"},
		{"127.0.0.1:80", "ws://127.0.0.1:80"}, {"//a/b", "ws://a/b"},
		{"http://not.a.websocket", "Invalid scheme 'http'"}, {"", "URL malformed"}, {"ws://", "URL malformed"}, {"a b", "URL malformed"},
	} {
		u, err := parseWebSocketURL(test.text)
		if got := textOf(u, err); got != test.want {
			t.Errorf("%q gives %q, want %q", test.text, got, test.want)
		}
	}
}

func textOf(u *url.URL, err error) string {
	if err != nil {
		return err.Error()
	}
	return u.String()
}

func TestRedirectOf(t *testing.T) {
	from, _ := url.Parse("https://a.example/b/c?d")
	for _, test := range []struct {
		code           int
		location, want string
	}{
		{301, "/x", "https://a.example/x"}, {302, "x?y#z", "https://a.example/b/x?y"}, {303, "//b.example", "https://b.example"},
		{307, "http://b.example/", "http://b.example/"}, {300, "?e", "https://a.example/b/c?e"}, {305, "ftp://b", "ftp://b"},
		{304, "/x", ""}, {306, "/x", ""}, {308, "/x", ""}, {200, "/x", ""}, {404, "/x", ""}, {302, "", ""}, {302, "http://a b", ""},
		{302, "https://a.example/b/c?d", ""}, {302, "?d#e", ""},
	} {
		got := ""
		if to := redirectOf(from, test.code, test.location); to != nil {
			got = to.String()
		}
		if got != test.want {
			t.Errorf("%d %q leads to %q, want %q", test.code, test.location, got, test.want)
		}
	}
}
