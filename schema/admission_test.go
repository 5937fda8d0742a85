package schema

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest/access"
)

// What costs much waits for others of its kind; what costs little does not wait for them.
func TestAdmission(t *testing.T) {
	a := newAdmission()
	held := 0
	for a.large.TryAcquire(1) {
		held++
	}
	if held == 0 {
		t.Fatal("nothing that costs much is let in")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := a.admit(ctx, smallCost+1); err != errBusy {
		t.Errorf("one more is answered %v", err)
	}
	done, err := a.admit(t.Context(), smallCost)
	if err != nil {
		t.Fatal(err)
	}
	done()
	// They are let in in the order in which they came.
	var mu sync.Mutex
	var order []int
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() {
			done, err := a.admit(t.Context(), MaxCost)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			done()
		})
		time.Sleep(20 * time.Millisecond)
	}
	a.large.Release(1)
	wg.Wait()
	for i, n := range order {
		if i != n {
			t.Errorf("let in in the order %v", order)
		}
	}
}

// Who waits in vain is refused, in the time that a request has, and told so.
func TestBusy(t *testing.T) {
	h, _ := openFailing(t)
	for h.large.TryAcquire(1) {
	}
	ask := func(query string, wait time.Duration) *httptest.ResponseRecorder {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		defer cancel()
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"`+query+`"}`))
		r.Header.Set("Content-Type", mediaJSON)
		r.Header.Set("Accept", mediaResponse)
		r = r.WithContext(access.With(ctx, access.Grant{Scope: access.Scope{Viewer: "auditor", Role: string(graph.Oversight)}}, "integrity"))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := ask("{ counts(by: [ACTOR]) { total } }", 50*time.Millisecond); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "BUSY") || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask("{ events(first: 10) { treeSize } }", time.Minute); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "errors") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
