package download

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	nethttp "net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/luart/luart/lua"
	hosthttp "github.com/luart/luart/stdlib/http"
	"github.com/luart/luart/stdlib/job"
	"github.com/luart/luart/vfs"
)

// transfer is a download at work.
type transfer struct {
	*request
	fetcher *hosthttp.Fetcher
	branch  *vfs.Branch
	path    string // of the target in the computer, clean
	job     *job.Job

	draft    *vfs.Draft // nil until something comes
	sum256   hash.Hash
	state    state
	total    int64 // -1 if unknown
	kept     int64 // bytes at the beginning that were there before
	joined   bool  // what there is has come in several pieces
	again    bool  // the pieces didn't fit, and it has begun anew
	attempts int
	buf      []byte
}

// final is an error after which another attempt is of no use; after others it may be.
type final struct{ *job.Failure }

func (f final) Unwrap() error { return f.Failure }

// fail makes the failure that programs see.
func (d *transfer) fail(class string, status int, format string, args ...any) *job.Failure {
	fields := map[string]any{"url": d.url, "attempts": d.attempts}
	if status != 0 {
		fields["status"] = status
	}
	if d.draft != nil {
		fields["received"] = d.draft.Size()
	}
	return &job.Failure{Class: class, Message: d.url + ": " + fmt.Sprintf(format, args...), Fields: fields}
}

// disk is the failure of an error of the file system.
func (d *transfer) disk(err error) error {
	class := "io"
	if errors.Is(err, vfs.ErrSpace) {
		class = "space"
	}
	f := d.fail(class, 0, "")
	f.Message = err.Error()
	return final{f}
}

// run downloads.
func (d *transfer) run(ctx context.Context) (*result, error) {
	d.sum256, d.buf = sha256.New(), make([]byte, 64<<10)
	defer d.end()
	if d.part != "" {
		if err := d.open(); err != nil {
			return nil, unwrapped(err)
		}
	}
	delay := d.delay
	for left := d.retries; ; left-- {
		d.attempts++
		done, wait, err := d.attempt(ctx)
		if err == nil {
			return done, nil
		}
		var end final
		var now retryNow
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &now):
			left++ // does not count
			continue
		case errors.As(err, &end) || left <= 0:
			return nil, unwrapped(err)
		}
		if err := sleep(ctx, min(max(delay, wait), maxDelay)); err != nil {
			return nil, err
		}
		delay = min(2*delay, maxDelay)
	}
}

func unwrapped(err error) error {
	var f *job.Failure
	if errors.As(err, &f) {
		return f
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open opens the file that a later download can go on with, and reads what is in it.
func (d *transfer) open() error {
	if d.draft != nil {
		return nil
	}
	if d.part == "" {
		var err error
		if d.draft, err = d.branch.Create(d.name); err != nil {
			return d.disk(err)
		}
		return nil
	}
	known := loadState(d.branch, d.part, d.url)
	draft, err := d.branch.Resume(d.part, d.name, known.Durable)
	if err != nil {
		return d.disk(err)
	}
	d.draft, d.state, d.kept = draft, known, draft.Size()
	if _, err := io.Copy(d.sum256, io.NewSectionReader(draft, 0, d.kept)); err != nil {
		return d.disk(err)
	}
	d.joined = d.kept > 0
	return nil
}

// rewind begins anew.
func (d *transfer) rewind() error {
	if d.draft.Size() > 0 {
		if err := d.draft.Rewind(); err != nil {
			return d.disk(err)
		}
	}
	d.sum256.Reset()
	d.kept, d.joined, d.state = 0, false, state{}
	return nil
}

// end leaves what a later download can go on with, or nothing.
func (d *transfer) end() {
	if d.draft == nil {
		return
	}
	useful := d.part != "" && d.draft.Size() > 0 && d.state.validator() != ""
	if useful {
		useful = d.checkpoint() == nil
	}
	d.draft.Abort()
	if d.part != "" && !useful {
		d.branch.Remove(d.part)
		d.branch.Remove(d.part + stateSuffix)
	}
}

// checkpoint makes durable what has been received.
func (d *transfer) checkpoint() error {
	if err := d.draft.Sync(); err != nil {
		return err
	}
	d.state.Durable = d.draft.Size()
	return storeState(d.branch, d.part, d.state)
}

// attempt makes one request. After an error that isn't final, another one may go on where this has ended, after wait.
func (d *transfer) attempt(ctx context.Context) (done *result, wait time.Duration, err error) {
	header := d.header.Clone()
	have := int64(0)
	if d.draft != nil {
		have = d.draft.Size()
	}
	if have > 0 {
		header.Del("If-None-Match")
		header.Del("If-Modified-Since")
		header.Set("Range", fmt.Sprintf("bytes=%d-", have))
		header.Set("If-Range", d.state.validator())
	}
	resp, err := d.fetcher.Get(ctx, d.url, header, d.patience)
	if err != nil {
		return nil, 0, d.network(ctx, err)
	}
	defer resp.Body.Close()
	switch status := resp.StatusCode; {
	case status == nethttp.StatusPartialContent && have > 0:
		if !d.continues(resp, have) {
			return nil, 0, d.startOver("the server has sent another part than it was asked for")
		}
		d.joined = true
	case status == nethttp.StatusRequestedRangeNotSatisfiable && have > 0:
		return nil, 0, d.startOver("the server doesn't have the rest of what it had before")
	case status == nethttp.StatusNotModified && d.conditional && have == 0:
		r := d.result(resp)
		r.etag, r.modified = resp.Header.Get("Etag"), resp.Header.Get("Last-Modified")
		return r, 0, nil
	case status == nethttp.StatusOK:
		if err := d.begin(resp); err != nil {
			return nil, 0, err
		}
	default:
		return nil, retryAfter(resp.Header), d.refused(resp)
	}
	if err := d.receive(ctx, resp); err != nil {
		return nil, 0, err
	}
	done, err = d.finish(resp)
	return done, 0, err
}

// network is the failure of a request.
func (d *transfer) network(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	class := hosthttp.Class(err)
	text := err.Error()
	if class == "truncated" {
		text = "the connection ended before all was received"
	}
	f := d.fail(class, 0, "%s", text)
	if class == "truncated" && d.part != "" {
		f.Message += "; what there is stays for the next call"
	}
	switch class {
	case "url", "denied", "tls", "limit", "encoding":
		return final{f}
	}
	if d.draft != nil && d.draft.Size() > 0 && d.state.validator() == "" {
		if err := d.rewind(); err != nil { // there is no telling whether the rest would fit
			return err
		}
	}
	return f
}

// startOver makes the next attempt begin anew, once.
func (d *transfer) startOver(why string) error {
	f := d.fail("resume", 0, "%s", why)
	if d.again {
		return final{f}
	}
	d.again = true
	if err := d.rewind(); err != nil {
		return err
	}
	return retryNow{f}
}

// retryNow is an error after which the next attempt is made at once.
type retryNow struct{ *job.Failure }

func (r retryNow) Unwrap() error { return r.Failure }

// continues reports whether a part is the one that begins behind what there is, and of the same thing.
func (d *transfer) continues(resp *nethttp.Response, have int64) bool {
	first, last, total, ok := contentRange(resp.Header.Get("Content-Range"))
	if !ok || first != have || resp.Uncompressed || d.state.Size >= 0 && total >= 0 && total != d.state.Size || total >= 0 && last != total-1 {
		return false
	}
	if tag := resp.Header.Get("Etag"); tag != "" && d.state.ETag != "" && tag != d.state.ETag {
		return false
	}
	d.total = total
	return true
}

// contentRange reads "bytes 10-19/20"; total is -1 for an asterisk.
func contentRange(text string) (first, last, total int64, ok bool) {
	unit, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	span, size, _ := strings.Cut(rest, "/")
	from, to, _ := strings.Cut(span, "-")
	first, err1 := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	total, err3 := strconv.ParseInt(strings.TrimSpace(size), 10, 64)
	if strings.TrimSpace(size) == "*" {
		total, err3 = -1, nil
	}
	ok = strings.EqualFold(unit, "bytes") && errors.Join(err1, err2, err3) == nil && first >= 0 && last >= first && total >= -1
	return first, last, total, ok
}

// begin prepares for a whole body.
func (d *transfer) begin(resp *nethttp.Response) error {
	if err := d.open(); err != nil {
		return err
	}
	if err := d.rewind(); err != nil {
		return err
	}
	d.total = resp.ContentLength
	d.state = state{URL: d.url, Size: d.total}
	if !resp.Uncompressed {
		d.state.ETag = resp.Header.Get("Etag")
		if _, err := nethttp.ParseTime(resp.Header.Get("Last-Modified")); err == nil {
			d.state.Modified = resp.Header.Get("Last-Modified")
		}
	}
	switch {
	case d.size >= 0 && d.total >= 0 && d.total != d.size:
		return final{d.fail("size", 0, "there are %d bytes, not %d", d.total, d.size)}
	case d.total > d.most:
		return final{d.fail("limit", 0, "there are %d bytes, and only %d are allowed; the option maxBytes allows more", d.total, d.most)}
	}
	return nil
}

// receive reads the body.
func (d *transfer) receive(ctx context.Context, resp *nethttp.Response) error {
	var body io.Reader = resp.Body
	if d.notHTML && d.draft.Size() == 0 && fileName(resp.Header) == "" {
		in := bufio.NewReaderSize(body, 1024)
		if start, _ := in.Peek(512); isHTML(start) {
			return final{d.fail("html", resp.StatusCode, "the server has sent a web page, and no file; it may be under maintenance, or want a login")}
		}
		body = in
	}
	synced := d.draft.Size()
	for {
		n, err := body.Read(d.buf)
		if n > 0 {
			if d.draft.Size()+int64(n) > d.most {
				return final{d.fail("limit", 0, "there are more than %d bytes; the option maxBytes allows more", d.most)}
			}
			if d.size >= 0 && d.draft.Size()+int64(n) > d.size {
				return final{d.fail("size", 0, "there are more than %d bytes", d.size)}
			}
			if _, err := d.draft.Write(d.buf[:n]); err != nil {
				return d.disk(err)
			}
			d.sum256.Write(d.buf[:n])
			d.report()
			if d.part != "" && d.state.validator() != "" && d.draft.Size()-synced >= syncStep {
				if err := d.checkpoint(); err != nil {
					return d.disk(err)
				}
				synced = d.draft.Size()
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			if d.total >= 0 && d.draft.Size() != d.total {
				return d.network(ctx, io.ErrUnexpectedEOF)
			}
			return nil
		case err != nil:
			return d.network(ctx, err)
		}
	}
}

// report tells the program how far it is.
func (d *transfer) report() {
	received, total := d.draft.Size(), d.total
	d.job.Progress(func() []lua.Value {
		values := []lua.Value{lua.Number(float64(received)), lua.Nil}
		if total >= 0 {
			values[1] = lua.Number(float64(total))
		}
		return values
	})
}

// finish checks what has been received, and puts it in its place.
func (d *transfer) finish(resp *nethttp.Response) (*result, error) {
	sum := hex.EncodeToString(d.sum256.Sum(nil))
	wrong := ""
	switch {
	case d.size >= 0 && d.draft.Size() != d.size:
		wrong = "size"
	case d.sum != "" && d.sum != sum:
		wrong = "checksum"
	}
	if wrong != "" && d.joined {
		return nil, d.startOver("the parts do not fit")
	}
	switch wrong {
	case "size":
		f := d.fail("size", 0, "there are %d bytes, not %d", d.draft.Size(), d.size)
		d.state = state{}
		return nil, final{f}
	case "checksum":
		f := d.fail("checksum", 0, "the SHA-256 is %s, not %s: the file has changed, or is damaged", sum, d.sum)
		f.Fields["sha256"] = sum
		d.state = state{}
		return nil, final{f}
	}
	r := d.result(resp)
	r.size, r.kept, r.sum = d.draft.Size(), d.kept, sum
	r.etag, r.modified = resp.Header.Get("Etag"), resp.Header.Get("Last-Modified")
	if r.etag == "" {
		r.etag = d.state.ETag
	}
	if r.modified == "" {
		r.modified = d.state.Modified
	}
	if err := d.draft.Commit(d.durable); err != nil {
		return nil, d.disk(err)
	}
	d.draft = nil
	if d.part != "" {
		d.branch.Remove(d.part + stateSuffix)
	}
	return r, nil
}

func (d *transfer) result(resp *nethttp.Response) *result {
	return &result{
		path: d.path, url: resp.Request.URL.String(), status: resp.StatusCode, attempts: d.attempts,
		contentType: resp.Header.Get("Content-Type"), server: fileName(resp.Header),
	}
}

// refused is the failure of a response that has no file.
func (d *transfer) refused(resp *nethttp.Response) error {
	_, reason, _ := strings.Cut(resp.Status, " ")
	if reason == "" {
		reason = nethttp.StatusText(resp.StatusCode)
	}
	text := fmt.Sprintf("the server answers %d %s", resp.StatusCode, printable(reason, 100))
	switch resp.StatusCode {
	case nethttp.StatusUnauthorized, nethttp.StatusForbidden:
		text += ": it wants a login, or another one"
	case nethttp.StatusNotFound, nethttp.StatusGone:
		text += ": there is no such file"
	case nethttp.StatusTooManyRequests:
		text += ": too many downloads; try again later"
	}
	f := d.fail("http", resp.StatusCode, "%s", text)
	f.Fields["reason"] = printable(reason, 100)
	if wait := retryAfter(resp.Header); wait > 0 {
		f.Fields["retryAfter"] = wait.Seconds()
	}
	switch resp.StatusCode {
	case nethttp.StatusRequestTimeout, nethttp.StatusInternalServerError, nethttp.StatusBadGateway, nethttp.StatusServiceUnavailable, nethttp.StatusGatewayTimeout:
		return f
	case nethttp.StatusTooManyRequests:
		if wait := retryAfter(resp.Header); wait <= maxDelay {
			return f
		}
	}
	return final{f}
}

// retryAfter is how long a server wants to be left alone; 0 if it doesn't say.
func retryAfter(h nethttp.Header) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(n, 0), 1<<20)) * time.Second
	}
	if t, err := nethttp.ParseTime(text); err == nil {
		return max(time.Until(t).Round(time.Second), 0)
	}
	return 0
}

func isHTML(start []byte) bool {
	text := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff"))))
	return bytes.HasPrefix(text, []byte("<!doctype")) || bytes.HasPrefix(text, []byte("<html"))
}

// fileName is the name that a server gives a file; "" if it gives none. It has no folder in it, nor what can't be in a name.
func fileName(h nethttp.Header) string {
	text := h.Get("Content-Disposition")
	name := ""
	if _, params, err := mime.ParseMediaType(text); err == nil {
		name = params["filename"]
	} else if i := strings.Index(strings.ToLower(text), "filename="); i >= 0 {
		// Many servers put names with blanks there without quotes.
		name, _, _ = strings.Cut(text[i+len("filename="):], ";")
		name = strings.Trim(name, "\" \t")
	}
	name = path.Base(strings.ReplaceAll(printable(name, 1000), `\`, "/"))
	if len(name) > 255 || name == "." || name == ".." || name == "/" {
		return ""
	}
	return name
}

// printable is a text of a server's, in UTF-8, without control characters, and not longer than so many bytes.
func printable(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}
