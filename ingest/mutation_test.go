package ingest_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/ingest/batch"
)

// body is something to hand in, and how.
type body struct {
	name, path string
	text       []byte
	zip        bool // compressed after it was changed; false: changed after it was compressed, if at all
	header     []string
}

func zipped(text []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(text)
	_ = z.Close()
	return out.Bytes()
}

// mutated changes a text in one to six places: bytes, pieces cut out, doubled and moved, nesting, long runs, the ends.
func mutated(r *rand.Rand, text []byte) []byte {
	out := bytes.Clone(text)
	for range 1 + r.IntN(6) {
		if len(out) == 0 {
			return []byte{byte(r.Uint32())}
		}
		at := r.IntN(len(out))
		insert := func(b []byte) { out = append(out[:at:at], append(b, out[at:]...)...) }
		switch r.IntN(10) {
		case 0:
			out[at] = byte(r.Uint32())
		case 1:
			out[at] ^= 1 << r.IntN(8)
		case 2:
			out = append(out[:at:at], out[min(len(out), at+r.IntN(40)):]...)
		case 3:
			out = out[:at]
		case 4:
			insert([]byte(strings.Repeat("[{"[:1+r.IntN(2)], 1+r.IntN(3000))))
		case 5:
			insert(bytes.Clone(out[at:min(len(out), at+r.IntN(200))]))
		case 6:
			insert([]byte([]string{`"kind":"QUERY",`, `,`, `null`, `"`, `\`, "\n", "\x00", "\xff\xfe", "]", "}", `\u0000`, `1e999`, `-0`, `{"a":1,"a":2}`}[r.IntN(14)]))
		case 7:
			from := r.IntN(len(out))
			insert(bytes.Clone(out[from:min(len(out), from+r.IntN(100))]))
		case 8:
			if r.IntN(20) == 0 {
				insert(bytes.Repeat([]byte{"x \n{"[r.IntN(4)]}, 1+r.IntN(600<<10)))
			}
		case 9:
			out = append(out, out[:at]...)
		}
	}
	return out
}

// Ten thousand damaged bodies of every form: each is answered with what is wrong with it, or with receipts; none takes the
// server down or is an error of the server; what did not parse is not kept; and memory is as it was before.
func TestMutatedBodies(t *testing.T) {
	const quota = 256 << 10
	s := newStation(t, quota)
	x := s.sealer(t, "gateway", s.token)
	lines := []byte(native("m") + "\n" + native("n") + "\n" + strings.Replace(native("o"), `"requester":"bka"`, `"requester":"nobody"`, 1) + "\n")
	seeds := []body{
		{name: "lines", path: "/v1/events", text: lines},
		{name: "array", path: "/v1/events", text: []byte("[" + native("p") + ",\n" + native("q") + "]")},
		{name: "compressed lines", path: "/v1/events", text: lines, zip: true},
		{name: "damaged gzip", path: "/v1/events", text: zipped(lines), header: []string{"Content-Encoding", "gzip"}},
		{name: "batch", path: "/v1/batches", text: textOf(t, x.seal(t, native("b1"), native("b2"), native("b3")))},
		{name: "signed event", path: "/v1/batches", text: x.envelope(t, batch.PayloadEvent, native("e1"))},
		{name: "signed statement", path: "/v1/batches", text: x.envelope(t, batch.PayloadInToto, statement(native("e2"), picture))},
		{name: "damaged gzip of a batch", path: "/v1/batches", text: zipped(textOf(t, x.seal(t, native("b4")))), header: []string{"Content-Encoding", "gzip"}},
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	defer client.CloseIdleConnections()
	run := func(first, n int) {
		var next atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					i := int(next.Add(1)) - 1
					if i >= n || t.Failed() {
						return
					}
					r := rand.New(rand.NewPCG(7, uint64(first+i)))
					b := seeds[i%len(seeds)]
					b.text = mutated(r, b.text)
					if b.zip {
						b.text, b.header = zipped(b.text), []string{"Content-Encoding", "gzip"}
					}
					status, answer, err := s.try(client, b)
					cut := errors.Is(err, io.ErrUnexpectedEOF) // after an error the connection may be closed on what still comes
					if err == nil || cut {
						err = unclear(status, answer)
						if cut && !bytes.Contains(answer, []byte(`{"error":`)) {
							err = errors.Join(err, io.ErrUnexpectedEOF)
						}
					}
					if err != nil {
						t.Errorf("body %d, %s, %.2000q: %d %.1000s: %v", first+i, b.name, b.text, status, answer, err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	run(0, 1000)
	before := heap()
	run(1000, 10_000)
	after := heap()
	t.Logf("heap %d kB before, %d kB after; the log has %d entries", before>>10, after>>10, s.g.Checkpoint().Size)
	// What the log itself grew by stands in memory, too, some hundred bytes an entry.
	if after > before+16<<20 {
		t.Errorf("memory grew by %d bytes", after-before)
	}

	if used, _ := s.q.Used(); used > quota || used == 0 {
		t.Errorf("quarantine has %d bytes, its quota is %d", used, quota)
	}
	items := 0
	for it, err := range s.q.Items("") {
		if err != nil {
			t.Fatal(err)
		}
		items++
		if _, err := event.Parse(it.Event); err != nil {
			t.Errorf("in quarantine is what does not parse: %v: %.200s", err, it.Event)
		}
		if len(it.Faults) == 0 || it.Source != "gateway" {
			t.Errorf("in quarantine is %+v", it)
		}
	}
	t.Logf("%d items in quarantine", items)
	// And it works as before.
	if status, answer := s.post(t, []byte(native("after"))); status != 200 || receiptsOf(t, answer)["after"].Status != "ACCEPTED" {
		t.Errorf("after all that: %d %s", status, answer)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what finalizers let go of
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// try sends a body once.
func (s *station) try(client *http.Client, b body) (int, []byte, error) {
	req, err := http.NewRequest("POST", s.server.URL+b.path, bytes.NewReader(b.text))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	for i := 0; i+1 < len(b.header); i += 2 {
		req.Header.Set(b.header[i], b.header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	var answer bytes.Buffer
	_, err = answer.ReadFrom(resp.Body)
	return resp.StatusCode, answer.Bytes(), err
}

// unclear says what is not clear about an answer.
func unclear(status int, answer []byte) error {
	if status != http.StatusOK {
		var p access.Problem
		switch err := json.Unmarshal(answer, &p); {
		case err != nil:
			return fmt.Errorf("no problem document: %w", err)
		case status >= 500 || status < 400:
			return fmt.Errorf("status %d", status)
		case p.Status != status || p.Code == "" || p.Code == "INTERNAL" || p.Detail == "":
			return fmt.Errorf("the problem is %+v", p)
		}
		return nil
	}
	var last ingest.Line
	for line := range bytes.Lines(answer) {
		last = ingest.Line{}
		if err := json.Unmarshal(line, &last); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		if r := last.Receipt; r != nil && (r.Status == "REJECTED") != (len(r.Faults) > 0) {
			return fmt.Errorf("receipt %+v", r)
		}
	}
	switch {
	case last.Error != nil && (last.Error.Code == "" || last.Error.Code == "INTERNAL" || last.Error.Message == ""):
		return fmt.Errorf("ends with error %+v", last.Error)
	case last.Error == nil && last.Summary == nil:
		return fmt.Errorf("ends with %+v", last)
	}
	return nil
}
