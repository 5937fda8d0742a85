package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/ingest/batch"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// TestMain lets scripts run this test binary as the program itself, in a process of its own.
func TestMain(m *testing.M) {
	// A program under the race detector sleeps for a second before it ends, and there are a hundred of them here.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	testscript.Main(m, map[string]func(){"lichtspur": main})
}

// TestScripts runs the scripts under testdata. Besides the usual commands they have
//
//	exits CODE command …     the command ends with exactly this exit code
//	port NAME                sets a variable to a free address of the loopback range
//	ready ADDRESS            waits until a server there is ready
//	http METHOD URL [-header NAME=VALUE …] [FILE]
//	                         sends FILE and prints status and body
//	revoke DATA SOURCE       revokes the tokens of a source
//	stream ADDRESS FILE      sends FILE over TCP and waits until the other side has taken all of it
//	waitfor FILE             waits until there is such a file
//	terminate                sends SIGTERM to what runs in the background
//	flip FILE TEXT           changes one letter of TEXT in FILE
//	decrypt FILE             prints a file that was encrypted with age for the key in identity.txt
//	envelope KEY EVENT FILE  signs the event in a file with a key, as another tool would, and writes the DSSE envelope
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Setenv("LICHTSPUR_LOG_FORMAT", "text")
			samples, err := filepath.Abs("../../ingest/nist/testdata")
			if err != nil {
				return err
			}
			e.Setenv("SAMPLES", samples) // transactions of NIST, which are not text
			return os.Mkdir(e.WorkDir+"/.config", 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "port": port, "ready": ready, "http": httpCommand, "flip": flip,
			"revoke": revoke, "terminate": terminate, "waitfor": waitFor, "envelope": envelope,
			"decrypt": decrypt, "stream": stream,
		},
	})
}

// exits runs a command and holds it to an exit code, which "! exec" would not tell from another.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command …")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		e, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func port(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer l.Close()
	ts.Setenv(args[0], l.Addr().String())
}

func ready(ts *testscript.TestScript, _ bool, args []string) {
	for range 300 {
		res, err := http.Get("http://" + args[0] + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("no server was ready at %s", args[0])
}

func httpCommand(ts *testscript.TestScript, neg bool, args []string) {
	var body io.Reader
	method, url, args := args[0], args[1], args[2:]
	header := http.Header{}
	for len(args) >= 2 && args[0] == "-header" {
		name, value, _ := strings.Cut(args[1], "=")
		header.Set(name, value)
		args = args[2:]
	}
	if len(args) == 1 {
		body = strings.NewReader(ts.ReadFile(args[0]))
	}
	req, err := http.NewRequest(method, url, body)
	ts.Check(err)
	if header.Get("Host") != "" {
		req.Host = header.Get("Host")
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d %s\n", res.StatusCode, text)
	if (res.StatusCode/100 != 2) != neg {
		ts.Fatalf("%s %s: %d %s", method, url, res.StatusCode, text)
	}
}

func flip(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	text, err := os.ReadFile(name)
	ts.Check(err)
	at := bytes.Index(text, []byte(args[1]))
	if at < 0 {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	text[at] ^= 1
	ts.Check(os.WriteFile(name, text, 0o600))
}

func envelope(ts *testscript.TestScript, _ bool, args []string) {
	phrase := func(bool) ([]byte, error) { return []byte(ts.Getenv("LICHTSPUR_PASSPHRASE")), nil }
	signer, err := keys.Open(context.Background(), keys.Where{Ref: ts.MkAbs(args[0]), Passphrase: phrase})
	ts.Check(err)
	text, err := batch.Sign(context.Background(), signer, batch.PayloadEvent, []byte(strings.TrimSpace(ts.ReadFile(args[1]))))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), text, 0o600))
}

func decrypt(ts *testscript.TestScript, _ bool, args []string) {
	ids, err := age.ParseIdentities(strings.NewReader(ts.ReadFile("identity.txt")))
	ts.Check(err)
	text, err := age.Decrypt(strings.NewReader(ts.ReadFile(args[0])), ids...)
	ts.Check(err)
	_, err = io.Copy(ts.Stdout(), text)
	ts.Check(err)
}

func stream(ts *testscript.TestScript, _ bool, args []string) {
	conn, err := net.Dial("tcp", args[0])
	ts.Check(err)
	defer conn.Close()
	_, err = io.WriteString(conn, ts.ReadFile(args[1]))
	ts.Check(err)
	ts.Check(conn.(*net.TCPConn).CloseWrite())
	_, err = io.Copy(io.Discard, conn)
	ts.Check(err)
	time.Sleep(300 * time.Millisecond) // kept is not yet recorded
}

func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("there is no %s", args[0])
}

func terminate(ts *testscript.TestScript, _ bool, _ []string) {
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(syscall.SIGTERM))
	}
}

func revoke(ts *testscript.TestScript, _ bool, args []string) {
	store, err := access.Open(tokensFile(ts.MkAbs(args[0])))
	ts.Check(err)
	tokens, err := store.List()
	ts.Check(err)
	for _, t := range tokens {
		if t.Scope.Source == args[1] {
			_, err := store.Revoke(time.Now(), t.ID)
			ts.Check(err)
		}
	}
}
