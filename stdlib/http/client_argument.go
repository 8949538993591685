package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"cmp"
	"errors"
	"fmt"
	nethttp "net/http"
	"net/textproto"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// The arguments of the clients' natives, with the checks and texts of CraftOS.

var (
	errMethod       = errors.New("Unsupported HTTP method")
	errTimeoutRange = errors.New("timeout out of range (between 0.0 and 60.0)")
)

// field returns a field of a table of options, which may be nil or must be of a type.
func field[T any](c lua.Call, t *lua.Table, name, expected string, as func(lua.Value) (T, bool), def T) (T, error) {
	v := t.GetString(name)
	if v.IsNil() {
		return def, nil
	}
	got, ok := as(v)
	if !ok {
		return def, stdlib.BadField(c.VM(), name, expected, v)
	}
	return got, nil
}

// options are the arguments of a native, given one by one or in a table.
type options struct {
	url      string
	body     string
	hasBody  bool
	headers  *lua.Table
	binary   bool
	method   string
	redirect bool
	stream   bool
	timeout  time.Duration
}

// checkOptions reads a table of options.
func checkOptions(c lua.Call, t *lua.Table) (options, error) {
	o := options{}
	var ok bool
	if o.url, ok = t.GetString("url").AsString(); !ok {
		return o, stdlib.BadField(c.VM(), "url", "string", t.GetString("url"))
	}
	o.hasBody = !t.GetString("body").IsNil()
	seconds := DefaultTimeout.Seconds()
	var errs [7]error
	o.body, errs[0] = field(c, t, "body", "string", lua.Value.AsString, "")
	o.headers, errs[1] = field(c, t, "headers", "map", lua.Value.AsTable, nil)
	o.binary, errs[2] = field(c, t, "binary", "boolean", lua.Value.AsBool, false)
	o.method, errs[3] = field(c, t, "method", "string", lua.Value.AsString, "")
	o.redirect, errs[4] = field(c, t, "redirect", "boolean", lua.Value.AsBool, true)
	o.stream, errs[5] = field(c, t, "stream", "boolean", lua.Value.AsBool, false)
	seconds, errs[6] = field(c, t, "timeout", "number", lua.Value.AsNumber, seconds)
	for _, err := range errs {
		if err != nil {
			return o, err
		}
	}
	if !(seconds >= 0 && seconds <= maxTimeout) {
		return o, errTimeoutRange
	}
	o.timeout = time.Duration(seconds * float64(time.Second))
	return o, nil
}

// checkRequest reads the arguments of request. The error is a refusal if the URL is wrong.
func (c *client) checkRequest(call lua.Call) (*request, error) {
	o := options{redirect: true, timeout: DefaultTimeout}
	var err error
	if t, ok := call.Arg(1).AsTable(); ok {
		o, err = checkOptions(call, t)
	} else {
		var errs [4]error
		o.url, errs[0] = stdlib.CheckString(call, 1)
		o.hasBody = !call.Arg(2).IsNil()
		o.body, errs[1] = stdlib.OptString(call, 2, "")
		o.headers, errs[2] = stdlib.OptTable(call, 3)
		o.binary, errs[3] = stdlib.OptBool(call, 4, false)
		for i := len(errs) - 1; i >= 0; i-- {
			err = cmp.Or(errs[i], err)
		}
	}
	if err != nil {
		return nil, err
	}
	r := &request{
		network: &c.network, text: o.url, method: strings.ToUpper(o.method), body: o.body, hasBody: o.hasBody,
		binary: o.binary, direct: !o.redirect, stream: o.stream, timeout: o.timeout,
	}
	switch {
	case r.method == "" && r.hasBody:
		r.method = nethttp.MethodPost
	case r.method == "":
		r.method = nethttp.MethodGet
	case r.method == nethttp.MethodConnect || !isToken(r.method):
		return nil, errMethod
	}
	if r.header, err = c.checkHeaders(o.headers); err != nil {
		return nil, err
	}
	r.complete()
	if int64(len(r.body)) > c.network.rules.largestUpload() {
		r.body, r.tooLong = "", true
	}
	if r.url, err = parseRequestURL(o.url); err != nil {
		return nil, refusal{err}
	}
	return r, nil
}

// complete adds the headers that a program has not given.
func (r *request) complete() {
	defaults := [][2]string{{"Accept-Charset", "UTF-8"}, {"Accept-Encoding", "gzip"}}
	if r.hasBody {
		defaults = append(defaults, [2]string{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"})
	}
	for _, d := range defaults {
		if _, given := r.header[d[0]]; !given {
			r.header[d[0]] = []string{d[1]}
		}
	}
}

// checkHeaders reads a table of headers, which may be nil, and adds User-Agent. Names and values that are not strings are
// ignored, as CraftOS does; numbers are taken for values. What concerns the connection is the client's to set, and left out.
func (c *client) checkHeaders(t *lua.Table) (nethttp.Header, error) {
	h := nethttp.Header{"User-Agent": {c.options.agent()}}
	return h, addHeaders(h, t)
}

// ReadHeaders reads a table of headers for a request, which may be nil, as http.request does. It is for the computer's goroutine.
func ReadHeaders(t *lua.Table) (nethttp.Header, error) {
	h := nethttp.Header{}
	return h, addHeaders(h, t)
}

func addHeaders(h nethttp.Header, t *lua.Table) error {
	if t == nil {
		return nil
	}
	size := 0
	return stdlib.EachField(t, func(k, v lua.Value) error {
		name, isName := k.AsString()
		value, isValue := v.ToString()
		if !isName || !isValue {
			return nil
		}
		if !isToken(name) {
			return fmt.Errorf("%q can't be the name of a header", name)
		}
		if !isFieldValue(value) {
			return fmt.Errorf("the value of the header %s can't contain line breaks or other control characters", name)
		}
		if size += len(name) + len(value); size > maxClientHeader {
			return fmt.Errorf("headers are too large (they may have %d bytes)", maxClientHeader)
		}
		switch name = textproto.CanonicalMIMEHeaderKey(name); name {
		case "Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		default:
			h[name] = []string{strings.Trim(value, " \t")}
		}
		return nil
	})
}
