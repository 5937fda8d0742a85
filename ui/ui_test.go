package ui_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/ui"
)

func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

// The page and all that it names are there, with a policy that lets nothing else in.
func TestPage(t *testing.T) {
	h, err := ui.Handler()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	res, page := get(t, s.URL+"/", "Accept-Encoding", "identity")
	if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	if p := res.Header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
		t.Errorf("policy %q", p)
	}
	names := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(names) < 3 {
		t.Fatalf("the page names %d files", len(names))
	}
	for _, name := range names {
		path, ok := strings.CutPrefix(name[1], ".")
		if !ok {
			t.Errorf("the page loads %s", name[1])
			continue
		}
		res, body := get(t, s.URL+path, "Accept-Encoding", "identity")
		if res.StatusCode != 200 || body == "" || res.Header.Get("Content-Type") == "" {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		if res, _ := get(t, s.URL+path, "If-None-Match", res.Header.Get("ETag")); res.StatusCode != 304 {
			t.Errorf("%s again: %d", path, res.StatusCode)
		}
		if res, zipped := get(t, s.URL+path, "Accept-Encoding", "gzip"); res.Header.Get("Content-Encoding") != "gzip" || len(zipped) > 150<<10 {
			t.Errorf("%s: %d bytes as gzip", path, len(zipped))
		}
	}
	if res, _ := get(t, s.URL+"/page/other.js"); res.StatusCode != 404 {
		t.Errorf("what is not there: %d", res.StatusCode)
	}
	if strings.Contains(page, "<style") || strings.Contains(page, "<script>") {
		t.Error("the page has inline code, which its policy forbids")
	}
}
