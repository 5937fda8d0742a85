package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/ingest/access"
)

// client talks to a server.
type client struct {
	base           string
	token, purpose string
	http           *http.Client
	sleep          func(context.Context, time.Duration) error
}

// newClient makes a client of the server at base. A token is sent over TLS or within this machine, never in the clear
// over a network, and never on to another address that the server points to.
func (a *app) newClient(base string) (*client, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, usage(err)
	}
	if a.set.Token != "" && u.Scheme != "https" && !loopback(u.Hostname()) {
		return nil, usage(fmt.Errorf("the token would go over the network in the clear: use https, not %s", base))
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	return &client{
		base: strings.TrimSuffix(base, "/"), token: a.set.Token, purpose: a.set.Purpose,
		http: &http.Client{
			Transport: transport,
			CheckRedirect: func(r *http.Request, _ []*http.Request) error {
				return fmt.Errorf("the server points to %s; name that with --server if it is meant", r.URL.Redacted())
			},
		},
		sleep: sleep,
	}, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// problem is a server's refusal (RFC 9457).
type problem struct {
	access.Problem
	Leaves []struct {
		Code    string `json:"code"`
		Leaf    *int   `json:"leaf"`
		Message string `json:"message"`
	} `json:"leaves"`
	after time.Duration // Retry-After
}

func (p *problem) Error() string {
	s := p.Detail
	if s == "" {
		s = p.Title
	}
	for _, l := range p.Leaves {
		if l.Leaf != nil {
			s += fmt.Sprintf("\n  leaf %d: %s: %s", *l.Leaf, l.Code, l.Message)
		}
	}
	if p.Code != "" {
		s = p.Code + ": " + s
	}
	return s
}

func (p *problem) StableCode() string { return p.Code }

// maxProblem bounds how much of a refusal is read.
const maxProblem = 1 << 20

// do sends one request and returns the answer if it is a success, or a *problem. The caller closes the body.
func (c *client) do(ctx context.Context, method, path, mediaType string, body io.Reader) (*http.Response, error) {
	res, err := c.send(ctx, method, path, mediaType, body)
	if err != nil || res.StatusCode/100 == 2 {
		return res, err
	}
	defer res.Body.Close()
	return nil, refusal(res)
}

// send sends one request and returns the answer, whatever its status, or an *unreachable. The caller closes the body.
func (c *client) send(ctx context.Context, method, path, mediaType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "lichtspur/"+buildInfo().Version)
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.purpose != "" {
		req.Header.Set(access.PurposeHeader, c.purpose)
	}
	res, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		// The error of the standard library repeats the URL; what matters is that nobody is there.
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return nil, &unreachable{c.base, err}
	}
	return res, nil
}

// refusal reads why a server refused.
func refusal(res *http.Response) *problem {
	p := &problem{}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	if err != nil || json.Unmarshal(text, p) != nil || p.Status == 0 {
		p = &problem{Problem: access.Problem{Status: res.StatusCode, Title: res.Status}}
	}
	if s, err := strconv.ParseUint(res.Header.Get("Retry-After"), 10, 16); err == nil {
		p.after = time.Duration(s) * time.Second
	}
	return p
}

// unreachable says that no answer came from a server.
type unreachable struct {
	base string
	err  error
}

func (u *unreachable) Error() string { return fmt.Sprintf("no answer from %s: %v", u.base, u.err) }
func (u *unreachable) Unwrap() error { return u.err }

// maxRetryAfter is the longest that a server can make the program wait at a time.
const maxRetryAfter = 30 * time.Second

// attempts is how often a request is sent again when no answer comes. It starts anew with every answer.
const attempts = 6

// again decides what to do about a request that failed and can be repeated: it waits and returns nil to have it sent
// again, or returns the error. n counts the failures in a row.
func (c *client) again(ctx context.Context, err error, n int) error {
	var p *problem
	switch {
	case errors.As(err, &p) && (p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable):
		return c.sleep(ctx, min(max(p.after, time.Second), maxRetryAfter))
	case errors.As(err, &p) || ctx.Err() != nil || n >= attempts:
		return err
	}
	return c.sleep(ctx, 250*time.Millisecond<<n)
}
