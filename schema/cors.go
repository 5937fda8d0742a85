package schema

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/lichtspur/lichtspur/ingest/access"
)

// CheckOrigin reports why pages of an origin cannot be let in: it must be written as browsers do (RFC 6454 section 6.2),
// and each must be named, since whoever may read is a matter of who is trusted.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || origin != u.Scheme+"://"+u.Host {
		return fmt.Errorf("%q is no origin: it is a scheme and a host, as in https://dashboard.example.org or http://localhost:5173", origin)
	}
	return nil
}

// CORS lets scripts in pages of some origins ask (https://fetch.spec.whatwg.org/#http-cors-protocol). It stands before
// the door, since a preflight carries no token. Tokens are sent in a header and there are no cookies, so no credentials
// are allowed. Without origins it is next.
func CORS(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		allowed := slices.Contains(origins, origin)
		if allowed {
			h.Set("Access-Control-Allow-Origin", origin)
		}
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		if !allowed {
			access.WriteProblem(w, http.StatusForbidden, "ORIGIN", "pages of this origin are not let in; the operator names those that are (--allow-origin)")
			return
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, "+access.PurposeHeader)
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}
