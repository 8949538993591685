package gopherlua

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/cjoudrey/gluahttp"
	glua "github.com/yuin/gopher-lua"
)

const (
	// keptBodies bounds the bodies of all responses that programs of a computer keep, in bytes: they are outside of the VM and its memory limit.
	keptBodies = 64 << 20
	// largestBatch is how many requests request_batch takes; each has a goroutine.
	largestBatch = 256
	// maxRedirects is how many redirects are followed (CraftOS).
	maxRedirects = 16
)

// HTTP returns the loader of the module gluahttp, whose requests go through the given transport, which has the rules. Requests of several
// calls are under way at the same time. A module that it loads is for one computer.
func HTTP(transport nethttp.RoundTripper) glua.LGFunction {
	return func(l *glua.LState) int {
		h := &httpModule{client: nethttp.Client{Transport: transport, CheckRedirect: func(_ *nethttp.Request, via []*nethttp.Request) error {
			if len(via) > maxRedirects {
				return errors.New("too many redirects")
			}
			return nil
		}}}
		n := gluahttp.NewHttpModuleWithDo(h.do).Loader(l)
		if mod, ok := l.Get(-1).(*glua.LTable); ok {
			if batch, ok := mod.RawGetString("request_batch").(*glua.LFunction); ok {
				mod.RawSetString("request_batch", l.NewFunction(func(l *glua.LState) int { return requestBatch(l, batch) }))
			}
		}
		return n
	}
}

type httpModule struct {
	client nethttp.Client
	kept   atomic.Int64
}

// do is what gluahttp makes requests with.
func (h *httpModule) do(req *nethttp.Request) (resp *nethttp.Response, err error) {
	cl := callOf(req.Context())
	if cl == nil {
		return h.fetch(req)
	}
	cl.wait(func() { resp, err = h.fetch(req) })
	return resp, err
}

// fetch makes a request. The program may keep the response for as long as it likes, so its size is counted until it is garbage.
func (h *httpModule) fetch(req *nethttp.Request) (resp *nethttp.Response, err error) {
	defer func() {
		// Requests of a batch have goroutines of their own, where a panic would end the process.
		if p := recover(); p != nil {
			resp, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	resp, err = h.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body) // has been read and bounded by the transport
	if err != nil {
		return nil, err
	}
	size := int64(len(body)) + 4096
	if !h.keep(size) {
		return nil, fmt.Errorf("the responses that the program keeps take more than %d MiB", keptBodies>>20)
	}
	kept := new(nethttp.Response)
	*kept = *resp
	kept.Body = io.NopCloser(bytes.NewReader(body))
	runtime.AddCleanup(kept, func(size int64) { h.kept.Add(-size) }, size)
	return kept, nil
}

// keep counts a body, if there is room. What is garbage gets the chance to be collected before.
func (h *httpModule) keep(size int64) bool {
	for round := range 3 {
		if h.kept.Add(size) <= keptBodies {
			return true
		}
		h.kept.Add(-size)
		if round < 2 {
			runtime.GC()
			time.Sleep(5 * time.Millisecond) // cleanups run on a goroutine of their own
		}
	}
	return false
}

// requestBatch checks what request_batch is given before it starts a goroutine for each: there, a table that is no list would end the process.
func requestBatch(l *glua.LState, batch *glua.LFunction) int {
	list := l.CheckTable(1)
	n := 0
	list.ForEach(func(glua.LValue, glua.LValue) { n++ })
	switch {
	case n != list.Len():
		l.ArgError(1, "a list of requests expected")
	case n > largestBatch:
		l.ArgError(1, fmt.Sprintf("at most %d requests", largestBatch))
	}
	if cl := callOf(l.Context()); cl != nil {
		// The goroutines use this thread, so nobody else may have the state meanwhile.
		cl.together = true
		defer func() { cl.together = false }()
	}
	l.Push(batch)
	l.Push(list)
	l.Call(1, glua.MultRet)
	return l.GetTop() - 1
}
