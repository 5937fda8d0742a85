package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
)

func TestCutKeepsLinesWhole(t *testing.T) {
	var in strings.Builder
	for i := range requestLines + 10 {
		fmt.Fprintf(&in, "line %d\n", i)
	}
	in.WriteString("\nlast without end")
	r := bufio.NewReader(strings.NewReader(in.String()))
	first, last := cut(r)
	if last || first.lines != requestLines || bytes.Count(first.text, []byte("\n")) != requestLines {
		t.Fatalf("first: %d lines, last %v", first.lines, last)
	}
	second, last := cut(r)
	if !last || second.lines != 12 || !bytes.HasSuffix(second.text, []byte("\n\nlast without end")) {
		t.Fatalf("second: %d lines, last %v, %q", second.lines, last, second.text)
	}
	if got := string(first.text) + string(second.text); got != in.String() {
		t.Error("cutting changed the text")
	}
}

// A line that never ends must not take the memory of the machine, nor pass for an event.
func TestCutBoundsALine(t *testing.T) {
	in := io.MultiReader(strings.NewReader("{}\n"), io.LimitReader(zeros{}, 64<<20), strings.NewReader("\n{}\n"))
	q, _ := cut(bufio.NewReader(in))
	if q.lines != 3 || len(q.text) > requestBytes+event.MaxBytes {
		t.Errorf("%d lines, %d bytes", q.lines, len(q.text))
	}
	lines := bytes.SplitAfter(q.text, []byte("\n"))
	if n := len(lines[1]); n <= event.MaxBytes || n > event.MaxBytes+3 {
		t.Errorf("the long line has %d bytes", n)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestIsArray(t *testing.T) {
	for in, want := range map[string]bool{
		"": false, "  \n": false, "{}": false, "[": true, " \r\n\t[{}]": true, "\xef\xbb\xbf[": true, "\xef\xbb\xbf{": false,
	} {
		if got, err := isArray(bufio.NewReader(strings.NewReader(in))); got != want || err != nil {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
}

// remoteTo returns a client of a test server that does not sleep.
func remoteTo(t *testing.T, h http.HandlerFunc) (*remote, *[]time.Duration) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	var slept []time.Duration
	return &remote{&client{base: s.URL, token: "lsp_test", http: s.Client(), sleep: func(_ context.Context, d time.Duration) error {
		slept = append(slept, d)
		return nil
	}}}, &slept
}

// answerAll answers each line of the request as accepted.
func answerAll(w http.ResponseWriter, r *http.Request) {
	http.NewResponseController(w).EnableFullDuplex() // receipts go out while events come in
	n := 0
	for scan := bufio.NewScanner(r.Body); scan.Scan(); {
		n++
		fmt.Fprintf(w, `{"receipt":{"line":%d,"status":"ACCEPTED","id":%q}}`+"\n", n, scan.Text())
	}
	fmt.Fprintf(w, `{"checkpoint":"c"}`+"\n"+`{"summary":{"accepted":%d,"duplicates":0,"rejected":0}}`+"\n", n)
}

func TestNoReceiptIsGivenOutTwice(t *testing.T) {
	calls := 0
	r, slept := remoteTo(t, func(w http.ResponseWriter, req *http.Request) {
		calls++
		switch calls {
		case 1:
			w.Header().Set("Retry-After", "7")
			http.Error(w, `{"title":"Too Many Requests","status":429,"code":"QUEUE_FULL"}`, http.StatusTooManyRequests)
		case 2:
			fmt.Fprintln(w, `{"receipt":{"line":1,"status":"ACCEPTED","id":"a"}}`)
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler) // the server dies in the middle of its answer
		default:
			answerAll(w, req)
		}
	})
	var got []string
	sum, err := r.events(t.Context(), strings.NewReader("a\nb\n"), func(l ingest.Line) error {
		switch {
		case l.Receipt != nil:
			got = append(got, fmt.Sprint(l.Receipt.Line, l.Receipt.ID))
		case l.Summary != nil:
			got = append(got, "summary")
		}
		return nil
	})
	if err != nil || sum.Accepted != 2 || calls != 3 {
		t.Fatalf("%+v, %v after %d calls", sum, err, calls)
	}
	if s := strings.Join(got, " "); s != "1a 2b summary" {
		t.Errorf("answered %q", s)
	}
	if (*slept)[0] != 7*time.Second {
		t.Errorf("waited %v, the server said 7 s", (*slept)[0])
	}
}

func TestLineNumbersAreThoseOfTheWholeStream(t *testing.T) {
	r, _ := remoteTo(t, answerAll)
	var in strings.Builder
	for i := range 2*requestLines + 1 {
		fmt.Fprintln(&in, i+1)
	}
	n := int64(0)
	_, err := r.events(t.Context(), strings.NewReader(in.String()), func(l ingest.Line) error {
		if l.Receipt != nil {
			if n++; l.Receipt.Line != n || l.Receipt.ID != fmt.Sprint(n) {
				t.Fatalf("receipt %d is for line %d, event %s", n, l.Receipt.Line, l.Receipt.ID)
			}
		}
		return nil
	})
	if err != nil || n != 2*requestLines+1 {
		t.Errorf("%d receipts, %v", n, err)
	}
}

func TestRefusalsAreNotRepeated(t *testing.T) {
	for status, want := range map[int]int{401: exitNoAccess, 403: exitNoAccess, 409: exitProof, 422: exitSignature, 500: exitError} {
		codes := map[int]string{401: "EXPIRED_TOKEN", 403: "NO_SOURCE", 409: "SEQUENCE_FORKED", 422: "BAD_SIGNATURE", 500: "INTERNAL"}
		calls := 0
		r, _ := remoteTo(t, func(w http.ResponseWriter, _ *http.Request) {
			calls++
			http.Error(w, fmt.Sprintf(`{"title":"t","status":%d,"code":%q,"detail":"d"}`, status, codes[status]), status)
		})
		_, err := r.events(t.Context(), strings.NewReader("a\n"), func(ingest.Line) error { return nil })
		if exitCode(err) != want || calls != 1 {
			t.Errorf("%d: exit %d after %d calls: %v", status, exitCode(err), calls, err)
		}
	}
}

func TestAServerThatIsNotThereIsGivenUp(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	n := 0
	r := &remote{&client{base: s.URL, http: http.DefaultClient, sleep: func(context.Context, time.Duration) error { n++; return nil }}}
	_, err := r.events(t.Context(), strings.NewReader("a\n"), func(ingest.Line) error { return nil })
	var u *unreachable
	if !errors.As(err, &u) || n != attempts {
		t.Errorf("%v after %d waits", err, n)
	}
}

func TestTokensGoNowhereInTheClear(t *testing.T) {
	a := quiet(&bytes.Buffer{})
	a.set.Token = "lsp_x"
	for base, ok := range map[string]bool{
		"http://127.0.0.1:8417":    true,
		"http://[::1]:8417":        true,
		"http://localhost:8417":    true,
		"https://log.example":      true,
		"http://log.example":       false,
		"http://127.0.0.1.example": false,
		"http://192.0.2.1":         false,
	} {
		if _, err := a.newClient(base); (err == nil) != ok {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the token went elsewhere") }))
	defer elsewhere.Close()
	s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	a := quiet(&bytes.Buffer{})
	a.set.Token = "lsp_x"
	c, err := a.newClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.do(t.Context(), "GET", "/v1/chain", "", nil); err == nil || !strings.Contains(err.Error(), "--server") {
		t.Errorf("%v", err)
	}
}

// An event that is mended comes alone and has no line.
func TestReceiptWithoutLine(t *testing.T) {
	for want, l := range map[string]*ingest.ReceiptLine{
		"e7: REQUIRED /kind: ": {ID: "e7"}, "line 3 (e7): REQUIRED /kind: ": {ID: "e7", Line: 3}, "the event: REQUIRED /kind: ": {}, "line 3: REQUIRED": {Line: 3},
	} {
		var out strings.Builder
		a := &app{environment: environment{out: &out}, set: newSettings()}
		a.set.Output = "text"
		l.Status, l.Faults = graph.Rejected, event.Faults{{Code: "REQUIRED", Path: "/kind"}}
		if err := a.receipts(nil).answer(ingest.Line{Receipt: l}); err != nil || !strings.HasPrefix(out.String(), want) {
			t.Errorf("%q (%v), want %q", out.String(), err, want)
		}
	}
}
