package access

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// seen answers with what the door found out.
var seen = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	g, ok := From(r.Context())
	if !ok {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	io.WriteString(w, g.Source+g.Viewer+" "+g.Role+" "+Purpose(r.Context()))
})

func request(edit func(*http.Request)) *http.Request {
	r := httptest.NewRequest("POST", "http://127.0.0.1:8417/graphql", nil)
	r.RemoteAddr = "127.0.0.1:50000"
	if edit != nil {
		edit(r)
	}
	return r
}

func TestDoor(t *testing.T) {
	tokens := open(t, filepath.Join(t.TempDir(), "tokens.json"))
	source, _ := create(t, tokens, Scope{Source: "bka"})
	viewer, _ := create(t, tokens, Scope{Viewer: "bfdi", Role: "oversight"})
	revoked, token := create(t, tokens, Scope{Source: "bka"})
	if _, err := tokens.Revoke(noon, token.ID); err != nil {
		t.Fatal(err)
	}
	closed := &Door{Tokens: tokens, Now: func() time.Time { return noon }}
	demo := &Door{Tokens: tokens, Now: closed.Now, Open: &Grant{Scope: Scope{Viewer: "demo", Role: "oversight"}}}
	named := &Door{Tokens: tokens, Now: closed.Now, Open: demo.Open, Origins: []string{"http://localhost:5173"}}
	late := &Door{Tokens: tokens, Now: func() time.Time { return noon.Add(2 * time.Hour) }, Open: demo.Open}

	bear := func(secret string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, c := range []struct {
		name   string
		door   *Door
		edit   func(*http.Request)
		status int
		body   string // or a part of it
	}{
		{"token of a source", closed, bear(source), 200, "bka  "},
		{"token of a viewer", closed, bear(viewer), 200, "bfdi oversight "},
		{"scheme in small letters", closed, header("Authorization", "bearer "+viewer), 200, "bfdi oversight "},
		{"purpose", closed, func(r *http.Request) { bear(viewer)(r); r.Header.Set(PurposeHeader, "inspection") }, 200, "bfdi oversight inspection"},
		{"no token", closed, nil, 401, "NO_TOKEN"},
		{"unknown token", closed, bear(Prefix + strings.Repeat("A", 43)), 401, "UNKNOWN_TOKEN"},
		{"other scheme", closed, header("Authorization", "Basic YTpi"), 401, "UNKNOWN_TOKEN"},
		{"revoked token", closed, bear(revoked), 401, "REVOKED_TOKEN"},
		{"expired token", late, bear(viewer), 401, "EXPIRED_TOKEN"},
		{"zero door", &Door{}, bear(viewer), 401, "UNKNOWN_TOKEN"},

		{"demo", demo, nil, 200, "demo oversight demonstration"},
		{"demo with a purpose", demo, header(PurposeHeader, "looking"), 200, "demo oversight looking"},
		{"demo with a token", demo, bear(source), 200, "bka  "},
		{"demo with a wrong token", demo, bear("lsp_x"), 401, "UNKNOWN_TOKEN"},
		{"demo on IPv6", demo, func(r *http.Request) { r.Host = "[::1]:8417"; r.RemoteAddr = "[::1]:50000" }, 200, "demo"},
		{"demo at localhost", demo, func(r *http.Request) { r.Host = "localhost:8417" }, 200, "demo"},
		{"demo, name of somebody else", demo, func(r *http.Request) { r.Host = "rebound.example:8417" }, 403, "NOT_LOCAL"},
		{"demo, name that begins like a loopback", demo, func(r *http.Request) { r.Host = "127.0.0.1.example" }, 403, "NOT_LOCAL"},
		{"demo, no name", demo, func(r *http.Request) { r.Host = "" }, 403, "NOT_LOCAL"},
		{"demo from elsewhere", demo, func(r *http.Request) { r.RemoteAddr = "192.0.2.1:50000" }, 403, "NOT_LOCAL"},
		{"demo behind a proxy", demo, header("X-Forwarded-For", "192.0.2.1"), 403, "X-Forwarded-For"},
		{"demo behind a proxy of the standard", demo, header("Forwarded", "for=192.0.2.1"), 403, "Forwarded"},
		{"demo, form of another site", demo, header("Origin", "https://elsewhere.example"), 403, "NOT_LOCAL"},
		{"demo, script of another site", demo, func(r *http.Request) { r.Method = "GET"; r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "NOT_LOCAL"},
		{"demo, link on another site", demo, func(r *http.Request) {
			r.Method = "GET"
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
		}, 200, "demo"},
		{"demo, page of an origin that is let in", named, func(r *http.Request) {
			r.Header.Set("Origin", "http://localhost:5173")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}, 200, "demo"},
		{"demo, page of an origin that is not", named, header("Origin", "http://localhost:5174"), 403, "NOT_LOCAL"},
		{"demo, page that is let in but forwarded", named, func(r *http.Request) {
			r.Header.Set("Origin", "http://localhost:5173")
			r.Header.Set("Via", "1.1 proxy")
		}, 403, "Via"},
		{"demo, own page", demo, func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:8417") }, 200, "demo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			c.door.Handler(seen).ServeHTTP(w, request(c.edit))
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) {
				t.Errorf("%d %s, want %d with %q", w.Code, w.Body, c.status, c.body)
			}
			if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Error("WWW-Authenticate goes with 401 and with nothing else")
			}
			if strings.Contains(w.Body.String(), Prefix) && c.name != "no token" {
				t.Error("the answer repeats a token")
			}
		})
	}
}

// A file that cannot be trusted shuts the door, and the reason stays on the operator's side.
func TestDoorStaysShutWhenTokensCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	tokens := open(t, path)
	secret, _ := create(t, tokens, Scope{Source: "bka"})
	if err := os.WriteFile(path, []byte("not a file of tokens"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	d := &Door{Tokens: tokens, Now: func() time.Time { return noon }, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	w := httptest.NewRecorder()
	d.Handler(seen).ServeHTTP(w, request(func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), path) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), path) || strings.Contains(log.String(), secret) {
		t.Errorf("log: %s", &log)
	}
}

func TestCheckOpen(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:8417":  true,
		"127.9.9.9:1":     true,
		"[::1]:8417":      true,
		"localhost:8417":  true,
		":8417":           false,
		"0.0.0.0:8417":    false,
		"[::]:8417":       false,
		"192.0.2.1:8417":  false,
		"example.org:80":  false,
		"127.0.0.1":       false,
		"127.0.0.1.x:800": false,
	} {
		if err := CheckOpen(addr); (err == nil) != ok {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func FuzzLoopback(f *testing.F) {
	f.Add("127.0.0.1")
	f.Add("[::1]")
	f.Add("localhost.")
	f.Fuzz(func(t *testing.T, host string) {
		if isLoopback(host) && strings.ContainsAny(host, "/@ ") {
			t.Errorf("%q passes for a loopback host", host)
		}
	})
}
