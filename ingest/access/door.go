package access

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// PurposeHeader carries the purpose for which a viewer asks.
const PurposeHeader = "Lichtspur-Purpose"

// DemoPurpose is the purpose of a request that came through an open door and names none.
const DemoPurpose = "demonstration"

// Door stands in front of handlers and finds out who a request is from. The zero Door lets nobody in.
type Door struct {
	Tokens *Store
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default

	// Open lets in, with this grant, requests that come from the loopback range, name a loopback host, carry no
	// token, were forwarded by nobody and were not sent by a page of another site. nil: a token is needed. It is
	// for demonstrations on one's own machine: see [CheckOpen].
	Open *Grant

	// Origins are those of other sites whose pages an open door lets in nevertheless.
	Origins []string
}

// CheckOpen reports why a door of a server listening on addr must not be open to everybody who reaches it: addr is
// not in the loopback range, so that others could reach it.
func CheckOpen(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if !isLoopback(host) {
		return errors.New("demonstration mode lets everybody in who reaches it, so it listens on the loopback range only (127.0.0.1, [::1], localhost), not on " + addr)
	}
	return nil
}

type contextKey struct{}

type visitor struct {
	grant   Grant
	purpose string
	still   func() error // nil: nothing can change
}

// Still returns why the sender of the request that ctx belongs to would not be let in any more, nil where it would. It
// is for requests that take long.
func Still(ctx context.Context) error {
	v, _ := ctx.Value(contextKey{}).(visitor)
	if v.still == nil {
		return nil
	}
	return v.still()
}

// From returns what the sender of the request that ctx belongs to may do. It is false for a request that came
// through no [Door].
func From(ctx context.Context) (Grant, bool) {
	v, ok := ctx.Value(contextKey{}).(visitor)
	return v.grant, ok
}

// Purpose returns the purpose that the sender of the request named, or "".
func Purpose(ctx context.Context) string {
	v, _ := ctx.Value(contextKey{}).(visitor)
	return v.purpose
}

// With returns ctx with a grant and a purpose, for what does not come over HTTP.
func With(ctx context.Context, g Grant, purpose string) context.Context {
	return context.WithValue(ctx, contextKey{}, visitor{grant: g, purpose: purpose})
}

// Handler returns next behind the door. Requests without an accepted token are answered with 401, and 403 where an
// open door finds the request suspicious. The body is a problem document (RFC 9457) with a stable code.
func (d *Door) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		grant, refusal := d.admit(r)
		if refusal != nil {
			refusal.write(w)
			return
		}
		purpose := r.Header.Get(PurposeHeader)
		if purpose == "" && grant.Token == "" {
			purpose = DemoPurpose
		}
		v := visitor{grant: grant, purpose: purpose}
		if secret, given := bearer(r); given {
			v.still = func() error {
				_, err := d.Tokens.Authenticate(d.now(), secret)
				return err
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, v)))
	})
}

func (d *Door) admit(r *http.Request) (Grant, *refusal) {
	secret, given := bearer(r)
	if !given {
		if d.Open == nil {
			return Grant{}, &refusal{http.StatusUnauthorized, "NO_TOKEN", "send a token: Authorization: Bearer lsp_…"}
		}
		if reason := d.suspicious(r); reason != "" {
			return Grant{}, &refusal{http.StatusForbidden, "NOT_LOCAL", reason}
		}
		return *d.Open, nil
	}
	if d.Tokens == nil {
		return Grant{}, &refusal{http.StatusUnauthorized, "UNKNOWN_TOKEN", ErrUnknown.Error()}
	}
	grant, err := d.Tokens.Authenticate(d.now(), secret)
	switch {
	case err == nil:
		return grant, nil
	case errors.Is(err, ErrExpired):
		return Grant{}, &refusal{http.StatusUnauthorized, "EXPIRED_TOKEN", err.Error()}
	case errors.Is(err, ErrRevoked):
		return Grant{}, &refusal{http.StatusUnauthorized, "REVOKED_TOKEN", err.Error()}
	case errors.Is(err, ErrUnknown):
		return Grant{}, &refusal{http.StatusUnauthorized, "UNKNOWN_TOKEN", err.Error()}
	}
	// What is wrong with the file is for the operator. The client learns that it is not its token.
	logger := d.Logger
	if logger == nil {
		logger = slog.Default()
	}
	logger.Error("tokens cannot be checked", "error", err)
	return Grant{}, &refusal{http.StatusServiceUnavailable, "TOKENS_UNREADABLE", "tokens cannot be checked at the moment"}
}

func (d *Door) now() time.Time {
	if d.Now != nil {
		return d.Now()
	}
	return time.Now()
}

// bearer returns the token of r (RFC 6750 section 2.1). given is false if there is no Authorization at all.
func bearer(r *http.Request) (secret string, given bool) {
	h := r.Header.Get("Authorization")
	if h == "" {
		return "", false
	}
	scheme, secret, _ := strings.Cut(h, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(secret), true
}

// forwarding are headers that only a proxy sets. A request that has one does not come from this machine's user,
// whatever its address says.
var forwarding = []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"}

// suspicious says why r is not taken for a request of the user of this machine, or "". The Host is checked because a
// page elsewhere can point its own name at 127.0.0.1 (DNS rebinding); origin and fetch site because it can post to it.
func (d *Door) suspicious(r *http.Request) string {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return "demonstration mode answers the loopback range only"
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !isLoopback(host) {
		return "demonstration mode answers to 127.0.0.1, [::1] and localhost only, not to the Host of this request"
	}
	for _, name := range forwarding {
		if len(r.Header.Values(name)) > 0 {
			return "demonstration mode does not work behind a proxy: the request has the header " + name
		}
	}
	if slices.Contains(d.Origins, r.Header.Get("Origin")) {
		return ""
	}
	script := r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate"
	if err := crossOrigin.Check(r); err != nil || script {
		return "demonstration mode does not answer pages of other sites"
	}
	return ""
}

var crossOrigin = http.NewCrossOriginProtection()

func isLoopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.Zone() == "" && addr.Unmap().IsLoopback()
}
