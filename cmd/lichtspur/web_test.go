package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/ingest/access"
)

// startWeb serves on the loopback range until the test ends and returns the address and what ends it.
func startWeb(t *testing.T, w *web) (url string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- w.serve(ctx, l, nil, func(context.Context) error { return nil })
	}()
	var once bool
	stop = func() error {
		if once {
			return nil
		}
		once = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() { stop() })
	return "http://" + l.Addr().String(), stop
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestHealthFollowsTheLog(t *testing.T) {
	w := newWeb(slog.New(slog.DiscardHandler), time.Now)
	url, _ := startWeb(t, w)
	if code, _ := get(t, url+"/livez"); code != 200 {
		t.Errorf("livez while opening: %d", code)
	}
	if code, body := get(t, url+"/readyz"); code != 503 || !strings.Contains(body, "being opened") {
		t.Errorf("readyz while opening: %d %s", code, body)
	}
	if code, body := get(t, url+"/anything"); code != 503 || !strings.Contains(body, "NOT_READY") {
		t.Errorf("a request while opening: %d %s", code, body)
	}
	w.open(compose(&access.Door{}, nil, []route{{pattern: "GET /hello", handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }), public: true}}))
	if code, _ := get(t, url+"/readyz"); code != 200 {
		t.Errorf("readyz when open: %d", code)
	}
	if code, body := get(t, url+"/hello"); code != 200 || body != "hello" {
		t.Errorf("%d %s", code, body)
	}
	if code, body := get(t, url+"/metrics"); code != 200 || !strings.Contains(body, `lichtspur_http_request_seconds_count{route="GET /hello",status="200"} 1`) {
		t.Errorf("metrics: %d", code)
	}
}

func TestWhatIsNotPublicIsBehindTheDoor(t *testing.T) {
	w := newWeb(slog.New(slog.DiscardHandler), time.Now)
	secret := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "secret") })
	w.open(compose(&access.Door{}, nil, []route{{pattern: "/secret", handler: secret, public: false}}))
	url, _ := startWeb(t, w)
	if code, body := get(t, url+"/secret"); code != 401 || strings.Contains(body, "secret") {
		t.Errorf("%d %s", code, body)
	}
}

// A panic's text may be what a client sent. Neither the client nor the log gets it.
func TestPanicStaysInside(t *testing.T) {
	var out bytes.Buffer
	w := newWeb(slog.New(slog.NewJSONHandler(&out, nil)), time.Now)
	w.open(compose(&access.Door{}, nil, []route{
		{pattern: "/early", handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("personal value") }), public: true},
		{pattern: "/late", public: true, handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half an ans")
			http.NewResponseController(w).Flush()
			panic(errors.New("personal value"))
		})},
	}))
	url, stop := startWeb(t, w)
	if code, body := get(t, url+"/early"); code != 500 || strings.Contains(body, "personal") || !strings.Contains(body, "INTERNAL") {
		t.Errorf("%d %s", code, body)
	}
	res, err := http.Get(url + "/late")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("an answer that broke off looks complete")
	}
	res.Body.Close()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.Contains(s, "personal value") || strings.Count(s, "a handler panicked") != 2 {
		t.Errorf("log: %s", s)
	}
}

func TestLogHasRoutesAndNoPaths(t *testing.T) {
	var out bytes.Buffer
	w := newWeb(slog.New(slog.NewJSONHandler(&out, nil)), time.Now)
	w.open(compose(&access.Door{}, nil, []route{{pattern: "GET /entry/{id}", handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), public: true}}))
	url, stop := startWeb(t, w)
	get(t, url+"/entry/mueller?q=meier")
	get(t, url+"/nothing/schulze")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"mueller", "meier", "schulze", "127.0.0.1"} {
		if strings.Contains(out.String(), word) {
			t.Errorf("%s stands in the log: %s", word, &out)
		}
	}
	if !strings.Contains(out.String(), `"route":"GET /entry/{id}","status":200`) {
		t.Errorf("log: %s", &out)
	}
}

func TestRequestsUnderWayEndBeforeTheServerDoes(t *testing.T) {
	w := newWeb(slog.New(slog.DiscardHandler), time.Now)
	begun, goOn := make(chan struct{}), make(chan struct{})
	w.open(compose(&access.Door{}, nil, []route{{pattern: "/slow", public: true, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-goOn
		io.WriteString(w, "whole answer")
	})}}))
	url, stop := startWeb(t, w)
	answer := make(chan string, 1)
	go func() {
		res, err := http.Get(url + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answer <- string(body)
	}()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	for w.content.Load() != nil { // until the server has heard that it is to stop
		time.Sleep(time.Millisecond)
	}
	close(goOn)
	if got := <-answer; got != "whole answer" {
		t.Errorf("answer: %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("end: %v", err)
	}
}

func TestServerEndsWhenTheLogDoesNotOpen(t *testing.T) {
	w := newWeb(slog.New(slog.DiscardHandler), time.Now)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the log is damaged")
	err = w.serve(t.Context(), l, nil, func(context.Context) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
