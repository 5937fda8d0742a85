package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"regexp"
)

// newLogger returns the program's log. What may stand in it: names of sources, systems and tokens, codes, counts,
// durations, routes. What may not: anything that an event, a question or an answer holds, addresses of clients,
// tokens. people says that people read it, and not a collector of logs. Handlers therefore log the pattern of a route and never its path or query.
func newLogger(w io.Writer, people bool, form, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, usage(fmt.Errorf("%q is no log level: debug, info, warn, error", level))
	}
	opts := &slog.HandlerOptions{Level: least}
	switch {
	case form == "json" || form == "auto" && !people:
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	case form == "text" || form == "auto":
		return slog.New(slog.NewTextHandler(w, opts)), nil
	}
	return nil, usage(fmt.Errorf("%q is no form of log: auto, text, json", form))
}

// address finds IPv4 and IPv6 addresses with or without a port.
var address = regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b|\[[0-9a-fA-F:.%a-z]+\](:\d+)?`)

// plainLog carries lines of the standard library's HTTP server, which name the client's address, into the log
// without it.
type plainLog struct{ log *slog.Logger }

func (p plainLog) Write(line []byte) (int, error) {
	text := address.ReplaceAllString(string(bytes.TrimSpace(line)), "(client)")
	if i := bytes.IndexByte([]byte(text), '\n'); i >= 0 {
		text = text[:i] // a stack trace may hold arguments
	}
	p.log.Warn("http server", "message", text)
	return len(line), nil
}
