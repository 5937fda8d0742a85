package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
)

// counter is where events and batches are handed in: a server, or a data directory of this machine. Both answer the
// same lines (package ingest).
type counter interface {
	// events hands in a stream of events of a source.
	events(ctx context.Context, r io.Reader, answer func(ingest.Line) error) (ingest.Summary, error)
	// batch hands in one sealed batch of a source. open is called for each attempt.
	batch(ctx context.Context, source string, open func() (io.ReadCloser, error), answer func(ingest.Line) error) (ingest.Summary, error)
	chain(ctx context.Context, source string) (ingest.Chain, error)
	// undeclared says which of some names a source cannot refer to, or would introduce.
	undeclared(ctx context.Context, source string, names []graph.Name) (ingest.Undeclared, error)
	close() error
}

// counter opens where a command hands in. source is who speaks; a server knows it by the token.
func (a *app) counter(source string) (counter, error) {
	t, err := a.target()
	if err != nil {
		return nil, err
	}
	if t.server != "" {
		c, err := a.newClient(t.server)
		if err != nil {
			return nil, err
		}
		return &remote{c}, nil
	}
	s, err := a.openStation(t.data)
	if err != nil {
		return nil, err
	}
	return &local{s, source}, nil
}

// local hands in to a data directory.
type local struct {
	*station
	source string
}

func (l *local) events(ctx context.Context, r io.Reader, answer func(ingest.Line) error) (ingest.Summary, error) {
	return l.intake.Stream(ctx, l.source, r, true, answer)
}

func (l *local) batch(ctx context.Context, source string, open func() (io.ReadCloser, error), answer func(ingest.Line) error) (ingest.Summary, error) {
	r, err := open()
	if err != nil {
		return ingest.Summary{}, err
	}
	defer r.Close()
	return l.intake.Batch(ctx, source, r, true, answer)
}

func (l *local) chain(_ context.Context, source string) (ingest.Chain, error) {
	return l.intake.ChainOf(source), nil
}

func (l *local) undeclared(_ context.Context, source string, names []graph.Name) (ingest.Undeclared, error) {
	return l.intake.Undeclared(source, names)
}

// remote hands in to a server.
type remote struct{ *client }

func (r *remote) close() error { return nil }

// The size of one request. A request is a unit of repetition: where no answer comes it is sent again, and what was
// recorded is answered as a duplicate. It is held in memory with its answer.
const (
	requestLines = 4096
	requestBytes = 4 << 20
)

func (r *remote) events(ctx context.Context, in io.Reader, answer func(ingest.Line) error) (ingest.Summary, error) {
	var sum ingest.Summary
	br := bufio.NewReaderSize(in, 256<<10)
	if array, err := isArray(br); err != nil {
		return sum, err
	} else if array {
		// An array cannot be cut without reading it; it goes as it is and is not repeated.
		return r.exchange(ctx, "/v1/events", "application/json", br, 0, answer)
	}
	next := requests(ctx, br)
	line := int64(0)
	for {
		chunk, ok := <-next
		if !ok {
			break
		}
		if chunk.err != nil {
			return sum, chunk.err
		}
		s, err := r.repeat(ctx, "/v1/events", "application/x-ndjson", func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(chunk.text)), nil
		}, line, answer)
		sum.Accepted += s.Accepted
		sum.Duplicates += s.Duplicates
		sum.Rejected += s.Rejected
		sum.Quarantined += s.Quarantined
		if err != nil {
			return sum, err
		}
		line += int64(chunk.lines)
	}
	if ctx.Err() != nil {
		return sum, context.Cause(ctx)
	}
	return sum, answer(ingest.Line{Summary: &sum})
}

func (r *remote) batch(ctx context.Context, _ string, open func() (io.ReadCloser, error), answer func(ingest.Line) error) (ingest.Summary, error) {
	var sum ingest.Summary
	sum, err := r.repeat(ctx, "/v1/batches", "application/x-ndjson", open, 0, answer)
	if err != nil {
		return sum, err
	}
	return sum, answer(ingest.Line{Summary: &sum})
}

func (r *remote) chain(ctx context.Context, _ string) (ingest.Chain, error) {
	var c ingest.Chain
	res, err := r.do(ctx, "GET", "/v1/chain", "", nil)
	if err != nil {
		return c, err
	}
	defer res.Body.Close()
	return c, json.UnmarshalRead(res.Body, &c)
}

func (r *remote) undeclared(ctx context.Context, _ string, names []graph.Name) (ingest.Undeclared, error) {
	var u ingest.Undeclared
	body, err := json.Marshal(ingest.Names{Names: names})
	if err != nil {
		return u, err
	}
	res, err := r.do(ctx, "POST", "/v1/names", "application/json", bytesReader(body))
	if err != nil {
		return u, err
	}
	defer res.Body.Close()
	return u, json.UnmarshalRead(res.Body, &u)
}

// repeat sends a request until it is answered whole, and hands on the answer only then, so that no receipt is given
// out twice. The summary is not handed on.
func (r *remote) repeat(ctx context.Context, path, mediaType string, open func() (io.ReadCloser, error), first int64, answer func(ingest.Line) error) (ingest.Summary, error) {
	for n := 0; ; n++ {
		var lines []ingest.Line
		body, err := open()
		if err != nil {
			return ingest.Summary{}, err
		}
		sum, err := r.exchange(ctx, path, mediaType, body, first, func(l ingest.Line) error {
			lines = append(lines, l)
			return nil
		})
		body.Close()
		if err == nil {
			for _, l := range lines {
				if l.Summary == nil {
					if err := answer(l); err != nil {
						return sum, err
					}
				}
			}
			return sum, nil
		}
		if !repeatable(err) {
			// What was answered stands.
			for _, l := range lines {
				if l.Error == nil && l.Summary == nil {
					if err := answer(l); err != nil {
						return sum, err
					}
				}
			}
			return sum, err
		}
		if err := r.again(ctx, err, n); err != nil {
			return sum, err
		}
	}
}

// errCutShort says that an answer ended without its summary: the connection or the server went away.
var errCutShort = errors.New("the answer was cut short; hand the same events in again, what was recorded answers as duplicate")

// repeatable reports whether the same request may succeed a little later.
func repeatable(err error) bool {
	var u *unreachable
	var p *problem
	switch {
	case errors.As(err, &u), errors.Is(err, errCutShort):
		return true
	case errors.As(err, &p):
		return p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable
	}
	return false
}

// exchange sends one request and hands on each line of the answer, with the line numbers of receipts counted from
// first on.
func (r *remote) exchange(ctx context.Context, path, mediaType string, body io.Reader, first int64, answer func(ingest.Line) error) (ingest.Summary, error) {
	res, err := r.do(ctx, "POST", path, mediaType, body)
	if err != nil {
		return ingest.Summary{}, err
	}
	defer res.Body.Close()
	dec := jsontext.NewDecoder(res.Body)
	for {
		var l ingest.Line
		if err := json.UnmarshalDecode(dec, &l); err != nil {
			if ctx.Err() != nil {
				return ingest.Summary{}, context.Cause(ctx)
			}
			return ingest.Summary{}, fmt.Errorf("%w (%v)", errCutShort, err)
		}
		if l.Receipt != nil && l.Receipt.Line > 0 {
			l.Receipt.Line += first
		}
		if err := answer(l); err != nil {
			return ingest.Summary{}, err
		}
		switch {
		case l.Error != nil:
			return ingest.Summary{}, &streamError{l.Error.Code, l.Error.Message}
		case l.Summary != nil:
			return *l.Summary, nil
		}
	}
}

// streamError is the error that ended an answer.
type streamError struct{ code, message string }

func (e *streamError) Error() string      { return e.code + ": " + e.message }
func (e *streamError) StableCode() string { return e.code }

// request is a part of a stream of lines.
type request struct {
	text  []byte
	lines int
	err   error
}

// requests cuts a stream into requests, one ahead of what is being sent.
func requests(ctx context.Context, r *bufio.Reader) <-chan request {
	out := make(chan request, 1)
	go func() {
		defer close(out)
		for {
			q, last := cut(r)
			if q.lines > 0 || q.err != nil {
				select {
				case out <- q:
				case <-ctx.Done():
					return
				}
			}
			if last || q.err != nil {
				return
			}
		}
	}()
	return out
}

// cut reads the lines of one request. A line that is longer than any event is cut off, so that it takes no more memory
// than an event may; the server still finds it too long.
func cut(r *bufio.Reader) (q request, last bool) {
	for q.lines < requestLines && len(q.text) < requestBytes {
		begin := len(q.text)
		for {
			part, err := r.ReadSlice('\n')
			if room := event.MaxBytes + 2 - (len(q.text) - begin); len(part) > room {
				part = part[:max(room, 0)]
			}
			q.text = append(q.text, part...)
			if err == nil {
				break
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			if len(q.text) > begin {
				q.lines++
			}
			if !errors.Is(err, io.EOF) {
				q.err = err
			}
			return q, true
		}
		if q.text[len(q.text)-1] != '\n' {
			q.text = append(q.text, '\n')
		}
		q.lines++
	}
	return q, false
}

// isArray reports whether a stream begins as a JSON array, and skips a byte order mark and white space before it.
func isArray(r *bufio.Reader) (bool, error) {
	if bom, _ := r.Peek(3); string(bom) == "\xef\xbb\xbf" {
		r.Discard(3)
	}
	for n := 1; ; n++ {
		b, err := r.Peek(n)
		if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		switch b[n-1] {
		case ' ', '\t', '\r', '\n':
		default:
			return b[n-1] == '[', nil
		}
	}
}

// gunzipped returns r, decompressed if it is gzip.
func gunzipped(r io.Reader) (io.Reader, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	if magic, err := br.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return br, nil
	}
	return gzip.NewReader(br)
}

// receiptFlags are what commands that hand in have in common.
type receiptFlags struct{ file string }

func (f *receiptFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.file, "receipts", "", "`file` to write every line of the answer to, as NDJSON")
}

// receipts prints answers. In text that is what was rejected, and why; in the other formats all of it: json and csv
// hold receipts, ndjson the lines of the answer as they are.
type receipts struct {
	a    *app
	list *list // json, csv
	file *bufio.Writer

	rejected int
}

// mostRejected is how many rejected events are explained in text. One mistake in a feed is usually in every event of it.
const mostRejected = 20

func (a *app) receipts(file io.Writer) *receipts {
	r := &receipts{a: a}
	if file != nil {
		r.file = bufio.NewWriterSize(file, 64<<10)
	}
	if o := a.set.Output; o == "json" || o == "csv" {
		r.list = a.list("line", "status", "id", "entry", "index", "leafHash", "recorded", "faults")
	}
	return r
}

func (r *receipts) answer(l ingest.Line) error {
	if r.file != nil || r.a.set.Output == "ndjson" {
		text, err := json.Marshal(l)
		if err != nil {
			return err
		}
		text = append(text, '\n')
		if r.file != nil {
			if _, err := r.file.Write(text); err != nil {
				return err
			}
			if l.Checkpoint != "" { // what it covers is given out
				if err := r.file.Flush(); err != nil {
					return err
				}
			}
		}
		if r.a.set.Output == "ndjson" {
			_, err := r.a.out.Write(text)
			return err
		}
	}
	c := l.Receipt
	if c == nil {
		return nil
	}
	if r.list != nil {
		var index, faults any
		if c.Index != nil {
			index = *c.Index
		}
		if len(c.Faults) > 0 {
			faults = c.Faults
		}
		return r.list.add(c.Line, string(c.Status), c.ID, c.Entry, index, c.LeafHash, c.Recorded, faults)
	}
	if c.Status != graph.Rejected {
		return nil
	}
	if r.rejected++; r.rejected > mostRejected {
		return nil
	}
	name := "line " + fmt.Sprint(c.Line)
	switch {
	case c.Line == 0: // it came alone
		name = cmp.Or(c.ID, "the event")
	case c.ID != "":
		name += " (" + c.ID + ")"
	}
	for _, f := range c.Faults {
		if _, err := fmt.Fprintln(r.a.out, printable(fmt.Sprintf("%s: %s %s: %s; %s", name, f.Code, f.Path, f.Problem, f.Remedy))); err != nil {
			return err
		}
	}
	return nil
}

func (r *receipts) close() error {
	var errs []error
	if n := r.rejected - mostRejected; n > 0 {
		fmt.Fprintf(r.a.out, "… and %d more rejected events; -o ndjson or --receipts gives all\n", n)
	}
	if r.list != nil {
		errs = append(errs, r.list.close())
	}
	if r.file != nil {
		errs = append(errs, r.file.Flush())
	}
	return errors.Join(errs...)
}
