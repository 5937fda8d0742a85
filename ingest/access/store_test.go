package access

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func create(t *testing.T, s *Store, scope Scope) (string, Token) {
	t.Helper()
	secret, token, err := s.Create(noon, rand.Reader, "test", scope, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return secret, token
}

func TestTokenIsAcceptedUntilItExpiresOrIsRevoked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	s := open(t, path)
	secret, token := create(t, s, Scope{Viewer: "bfdi", Role: "oversight", Organisations: []string{"bfdi"}})

	if !strings.HasPrefix(secret, Prefix) || len(secret) != 47 {
		t.Errorf("secret has the wrong shape, length %d", len(secret))
	}
	for _, c := range []struct {
		name   string
		secret string
		at     time.Time
		err    error
	}{
		{"at once", secret, noon, nil},
		{"last second", secret, noon.Add(time.Hour - time.Second), nil},
		{"at its end", secret, noon.Add(time.Hour), ErrExpired},
		{"other token", Prefix + strings.Repeat("A", 43), noon, ErrUnknown},
		{"cut short", secret[:46], noon, ErrUnknown},
		{"without prefix", secret[4:], noon, ErrUnknown},
		{"its hash", token.Hash, noon, ErrUnknown},
		{"nothing", "", noon, ErrUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := s.Authenticate(c.at, c.secret)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err == nil && (g.Token != token.ID || g.Role != "oversight" || g.Organisations[0] != "bfdi") {
				t.Errorf("grant %+v", g)
			}
		})
	}

	if _, err := s.Revoke(noon, token.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(noon, secret); !errors.Is(err, ErrRevoked) {
		t.Errorf("after revocation: %v", err)
	}
	if _, err := s.Revoke(noon.Add(time.Minute), token.ID); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.List(); !list[0].Revoked.Equal(noon) {
		t.Errorf("revoked twice: time moved to %s", list[0].Revoked)
	}
	if _, err := s.Revoke(noon, "0123456789ab"); !errors.Is(err, ErrNoToken) {
		t.Errorf("revoking what is not there: %v", err)
	}
}

func TestFileHoldsNoSecretAndIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	secret, _ := create(t, open(t, path), Scope{Source: "bka"})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), secret[len(Prefix):]) {
		t.Error("the secret stands in the file")
	}
	info, _ := os.Stat(path)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o", info.Mode().Perm())
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Errorf("a file that the group may read was opened: %v", err)
	}
}

// What one process does, another sees at its next request: two stores on one file stand for the two processes.
func TestChangesOfAnotherProcessAreSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	server, command := open(t, path), open(t, path)
	secret, token := create(t, command, Scope{Source: "bka"})
	if _, err := server.Authenticate(noon, secret); err != nil {
		t.Fatalf("made by another process: %v", err)
	}
	if _, err := command.Revoke(noon, token.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Authenticate(noon, secret); !errors.Is(err, ErrRevoked) {
		t.Fatalf("revoked by another process: %v", err)
	}
}

func TestTokensMadeAtTheSameTimeAreAllKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	var wg sync.WaitGroup
	const makers, each = 4, 8
	for m := range makers {
		wg.Go(func() {
			s, err := Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			for i := range each {
				if _, _, err := s.Create(noon, rand.Reader, "", Scope{Source: fmt.Sprintf("s%d-%d", m, i)}, time.Hour); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	list, err := open(t, path).List()
	if err != nil || len(list) != makers*each {
		t.Fatalf("%d tokens kept of %d, %v", len(list), makers*each, err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".tokens*"))
	if len(left) > 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestScopesThatAreRefused(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "tokens.json"))
	for name, scope := range map[string]Scope{
		"neither":             {},
		"both":                {Source: "bka", Viewer: "bfdi", Role: "oversight"},
		"source with role":    {Source: "bka", Role: "oversight"},
		"viewer without role": {Viewer: "bfdi"},
		"reporter on nothing": {Viewer: "bka", Role: "reporter"},
		"oversight on one":    {Viewer: "bka", Role: "oversight", ReportsOn: "bka"},
		"not a slug":          {Source: "B K A"},
	} {
		if _, _, err := s.Create(noon, rand.Reader, "", scope, time.Hour); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, life := range []time.Duration{0, -time.Hour, MaxLifetime + 1} {
		if _, _, err := s.Create(noon, rand.Reader, "", Scope{Source: "bka"}, life); err == nil {
			t.Errorf("lifetime %s: accepted", life)
		}
	}
	if list, _ := s.List(); len(list) != 0 {
		t.Errorf("%d tokens made", len(list))
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for name, content := range map[string]string{
		"empty":           ``,
		"unknown member":  `{"v":1,"tokens":[],"x":1}`,
		"duplicate name":  `{"v":1,"v":1,"tokens":[]}`,
		"other version":   `{"v":2,"tokens":[]}`,
		"foreign id":      `{"v":1,"tokens":[{"id":"000000000000","sha256":"` + hash + `","scope":{"source":"a"},"created":"2026-01-01T00:00:00Z","expires":"2026-01-02T00:00:00Z"}]}`,
		"without expiry":  `{"v":1,"tokens":[{"id":"abababababab","sha256":"` + hash + `","scope":{"source":"a"},"created":"2026-01-01T00:00:00Z"}]}`,
		"without scope":   `{"v":1,"tokens":[{"id":"abababababab","sha256":"` + hash + `","scope":{},"created":"2026-01-01T00:00:00Z","expires":"2026-01-02T00:00:00Z"}]}`,
		"trailing string": `{"v":1,"tokens":[]} x`,
	} {
		path := filepath.Join(t.TempDir(), "tokens.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"v":1,"tokens":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := parse(data)
		if err == nil && got.Version != 1 {
			t.Error("another version was accepted")
		}
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "tokens.json"))
	if err != nil {
		b.Fatal(err)
	}
	secret, _, err := s.Create(noon, rand.Reader, "", Scope{Source: "bka"}, time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Authenticate(noon, secret); err != nil {
			b.Fatal(err)
		}
	}
}
