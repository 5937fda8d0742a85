package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"
)

func quiet(out *bytes.Buffer) *app {
	return &app{environment: environment{out: out, err: out, lookup: func(string) (string, bool) { return "", false }}, set: newSettings()}
}

func TestListInEveryFormat(t *testing.T) {
	at := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	rows := [][]any{
		{"a,b", 1, true, at, []string{"x", "y"}},
		{"", uint64(2), false, time.Time{}, nil},
	}
	for format, want := range map[string]string{
		"text":   "NAME  COUNT  OK     AT                    TAGS\na,b   1      true   2024-05-01T12:00:00Z  x y\n-     2      false  -                     -\n",
		"csv":    "name,count,ok,at,tags\n\"a,b\",1,true,2024-05-01T12:00:00Z,x y\n,2,false,,\n",
		"ndjson": `{"name":"a,b","count":1,"ok":true,"at":"2024-05-01T12:00:00Z","tags":["x","y"]}` + "\n" + `{"name":"","count":2,"ok":false,"at":null,"tags":null}` + "\n",
		"json":   `[{"name":"a,b","count":1,"ok":true,"at":"2024-05-01T12:00:00Z","tags":["x","y"]},` + "\n" + `{"name":"","count":2,"ok":false,"at":null,"tags":null}]` + "\n",
	} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			a := quiet(&out)
			a.set.Output = format
			l := a.list("name", "count", "ok", "at", "tags")
			for _, r := range rows {
				if err := l.add(r...); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.close(); err != nil {
				t.Fatal(err)
			}
			if out.String() != want {
				t.Errorf("got\n%swant\n%s", &out, want)
			}
		})
	}
}

func TestEmptyListIsStillADocument(t *testing.T) {
	for format, want := range map[string]string{"json": "[]\n", "ndjson": "", "csv": "a\n", "text": "A\n"} {
		var out bytes.Buffer
		a := quiet(&out)
		a.set.Output = format
		if err := a.list("a").close(); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v", format, &out, err)
		}
	}
}

// Names come from sources: one that moves the cursor must not make a line look like another.
func TestTextIsHarmlessOnATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"Müller, 東京":         "Müller, 東京",
		"\x1b[1A\x1b[2Kfake": `\x1b[1A\x1b[2Kfake`,
		"a\rb":               `a\rb`,
		"a\u202eb":           `a\u202eb`,
		"tab\tbed":           `tab\tbed`,
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestColourOnlyWhereItIsWanted(t *testing.T) {
	env := map[string]string{}
	a := &app{environment: environment{lookup: func(k string) (string, bool) { v, ok := env[k]; return v, ok }}}
	if got := a.paint(true, red, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("terminal: %q", got)
	}
	if got := a.paint(false, red, "x"); got != "x" {
		t.Errorf("no terminal: %q", got)
	}
	env["NO_COLOR"] = "1"
	if got := a.paint(true, red, "x"); got != "x" {
		t.Errorf("NO_COLOR: %q", got)
	}
	delete(env, "NO_COLOR")
	env["TERM"] = "dumb"
	if got := a.paint(true, red, "x"); got != "x" {
		t.Errorf("dumb terminal: %q", got)
	}
}

func TestProgressIsSilentWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	a := quiet(&out)
	m := a.meter("events", "events", 10)
	m.set(5, 10)
	m.add(1)
	m.done()
	if out.Len() > 0 {
		t.Errorf("printed %q", &out)
	}
	a.errTTY = true
	m = a.meter("events", "events", 10)
	m.set(10, 10)
	m.done()
	if !strings.Contains(out.String(), "events") {
		t.Errorf("nothing shown on a terminal: %q", &out)
	}
	out.Reset()
	a.set.NoProgress = true
	m = a.meter("events", "events", 10)
	m.add(3)
	m.done()
	if out.Len() > 0 {
		t.Errorf("printed in spite of --no-progress: %q", &out)
	}
}

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"none":                {nil, 0},
		"any":                 {errors.New("x"), 1},
		"usage":               {usage(errors.New("x")), 2},
		"wrapped":             {fmt.Errorf("y: %w", usage(errors.New("x"))), 2},
		"missing file":        {fmt.Errorf("y: %w", fs.ErrNotExist), 11},
		"usage, missing file": {usage(fs.ErrNotExist), 2},
		"said":                {said(exitProof), 12},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestServerLogNamesNoClient(t *testing.T) {
	var out bytes.Buffer
	log, err := newLogger(&out, false, "json", "info")
	if err != nil {
		t.Fatal(err)
	}
	w := plainLog{log}
	fmt.Fprintln(w, "http: TLS handshake error from 192.0.2.7:50123: EOF")
	fmt.Fprintln(w, "http: panic serving [2001:db8::7]:50123: boom\ngoroutine 7 [running]:\nmain.handler(secret)")
	if s := out.String(); strings.Contains(s, "192.0") || strings.Contains(s, "2001") || strings.Contains(s, "secret") || !strings.Contains(s, "handshake") {
		t.Errorf("log: %s", s)
	}
}
