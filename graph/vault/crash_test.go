package vault

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

func numbered(i int) Subject {
	return Subject{Kind: event.SubjectImage, Identifier: fmt.Sprint("sha256:", i)}
}

// TestMain is also the program that the next test kills: it redacts picture after picture and says so.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LICHTSPUR_TEST_REDACT"); dir != "" {
		if err := redactForever(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func redactForever(dir string) error {
	root, err := LoadRoot(dir + ".key")
	if err != nil {
		return err
	}
	v, err := Open(dir, root)
	if err != nil {
		return err
	}
	first, err := strconv.Atoi(os.Getenv("LICHTSPUR_TEST_FIRST"))
	if err != nil {
		return err
	}
	for i := first; ; i++ {
		if _, err := v.Puncture(numbered(i)); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

// Killed at whatever moment, the vault opens, what was said to be redacted is, and at most the one under way besides.
func TestKilledWhileRedacting(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "vault")
	root, err := NewRoot(dir + ".key")
	if err != nil {
		t.Fatal(err)
	}
	if err := Create(dir, root, "log"); err != nil {
		t.Fatal(err)
	}
	const most = 2000
	var before [most]event.Pseudonym
	v := opened(t, dir, dir+".key")
	for i := range before {
		before[i] = pseudonym(t, v, event.SubjectImage, "", numbered(i).Identifier)
	}
	next := 0 // the first that is not redacted
	for round := range 6 {
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "LICHTSPUR_TEST_REDACT="+dir, "LICHTSPUR_TEST_FIRST="+strconv.Itoa(next))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		lines.Scan() // it has begun
		said, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatalf("round %d: the program said %q", round, lines.Text())
		}
		time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
			if said, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the program ended by itself")
		}

		v = opened(t, dir, dir+".key")
		for next = 0; next < most; next++ {
			gone, err := v.Redacted("log", before[next])
			if err != nil {
				t.Fatal(err)
			}
			if !gone {
				break
			}
		}
		if next != said+1 && next != said+2 {
			t.Fatalf("round %d: %d were redacted, %d are", round, said+1, next)
		}
		for i := range before {
			now := pseudonym(t, v, event.SubjectImage, "", numbered(i).Identifier)
			if (now != before[i]) != (i < next) {
				t.Fatalf("round %d: picture %d of %d redacted: pseudonym %v, now %v", round, i, next, before[i], now)
			}
		}
		for _, left := range []string{dir + ".key" + rootNext, filepath.Join(dir, pageFolder, fmt.Sprintf("%012d", v.state.seq+1))} {
			if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("round %d: %s is left: %v", round, left, err)
			}
		}
	}
	if next == 0 {
		t.Error("nothing was ever redacted")
	}
}

// The moments between the steps of a redaction, put together from a directory before and one after.
func TestEachMomentOfARedaction(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dir := filepath.Join(base, "start", "vault")
	if err := os.Mkdir(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(filepath.Dir(dir), "root.key")
	root, err := NewRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := Create(dir, root, "log"); err != nil {
		t.Fatal(err)
	}
	v := opened(t, dir, key)
	p := pseudonym(t, v, event.SubjectImage, "", digestA)
	if _, err := v.Puncture(numbered(1)); err != nil { // so that the second one has a page to replace
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	before, after := filepath.Join(base, "before"), filepath.Join(base, "after")
	copyTree(t, filepath.Dir(dir), before)
	v = opened(t, dir, key)
	if _, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: digestA}); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	copyTree(t, filepath.Dir(dir), after)

	newPages := func(t *testing.T, at string) {
		folder := filepath.Join("vault", pageFolder, fmt.Sprintf("%012d", 2))
		copyTree(t, filepath.Join(after, folder), filepath.Join(at, folder))
	}
	copyFile := func(t *testing.T, from, to string) {
		b, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name     string
		redacted bool
		lay      func(t *testing.T, at string)
	}{
		{"nothing written", false, func(*testing.T, string) {}},
		{"pages written", false, newPages},
		{"root key half written", false, func(t *testing.T, at string) {
			newPages(t, at)
			if err := os.WriteFile(filepath.Join(at, "root.key"+rootNext), []byte(rootMagic), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"root key written", false, func(t *testing.T, at string) {
			newPages(t, at)
			copyFile(t, filepath.Join(after, "root.key"), filepath.Join(at, "root.key"+rootNext))
		}},
		{"state half written", false, func(t *testing.T, at string) {
			newPages(t, at)
			copyFile(t, filepath.Join(after, "root.key"), filepath.Join(at, "root.key"+rootNext))
			if err := os.WriteFile(filepath.Join(at, "vault", stateFile+".tmp"), []byte(stateMagic), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"state replaced", true, func(t *testing.T, at string) {
			newPages(t, at)
			copyFile(t, filepath.Join(after, "root.key"), filepath.Join(at, "root.key"+rootNext))
			copyFile(t, filepath.Join(after, "vault", stateFile), filepath.Join(at, "vault", stateFile))
		}},
		{"root key replaced", true, func(t *testing.T, at string) {
			newPages(t, at)
			copyFile(t, filepath.Join(after, "root.key"), filepath.Join(at, "root.key"))
			copyFile(t, filepath.Join(after, "vault", stateFile), filepath.Join(at, "vault", stateFile))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			at := filepath.Join(t.TempDir(), "now")
			copyTree(t, before, at)
			test.lay(t, at)
			for range 2 { // and when it is opened once more
				v := opened(t, filepath.Join(at, "vault"), filepath.Join(at, "root.key"))
				if gone, err := v.Redacted("log", p); err != nil || gone != test.redacted {
					t.Errorf("redacted %v %v", gone, err)
				}
				if now := pseudonym(t, v, event.SubjectImage, "", digestA); (now != p) != test.redacted {
					t.Errorf("pseudonym %v, now %v", p, now)
				}
				if err := v.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.Stat(filepath.Join(at, "root.key"+rootNext)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the next root key is left: %v", err)
			}
			// A redaction after it works as ever.
			v := opened(t, filepath.Join(at, "vault"), filepath.Join(at, "root.key"))
			if _, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: digestA}, Subject{Kind: event.SubjectImage, Identifier: digestB}); err != nil {
				t.Fatal(err)
			}
			if gone, err := v.Redacted("log", p); err != nil || !gone {
				t.Errorf("redacted after all: %v %v", gone, err)
			}
		})
	}
}

// What cannot be written leaves the vault as it was.
func TestRedactionThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	v, dir, key := made(t)
	p := pseudonym(t, v, event.SubjectImage, "", digestA)
	block := func(path string) func() {
		if err := os.Mkdir(path, 0o700); err != nil { // a folder where a file is to be written
			t.Fatal(err)
		}
		return func() {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, path := range []string{filepath.Join(dir, stateFile+".tmp"), key + rootNext} {
		unblock := block(path)
		if _, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: digestA}); err == nil {
			t.Fatalf("%s cannot be written, and nobody is told", path)
		}
		if gone, err := v.Redacted("log", p); err != nil || gone {
			t.Errorf("%s: %v %v", path, gone, err)
		}
		if pseudonym(t, v, event.SubjectImage, "", digestA) != p {
			t.Errorf("%s: the pseudonym has changed", path)
		}
		unblock()
	}
	// The state replaced and the root key not: what is on disk is for the next Open to say.
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: digestA}); err == nil {
		t.Fatal("the root key is not replaced, and nobody is told")
	}
	if _, err := v.Pseudonym(event.SubjectImage, "", digestA); !errors.Is(err, ErrUncertain) {
		t.Errorf("%v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	if gone, err := v.Redacted("log", p); err != nil || !gone {
		t.Errorf("%v %v", gone, err)
	}
}

func TestClosedVaultSaysSo(t *testing.T) {
	v, _, _ := made(t)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	_, err1 := v.Pseudonym(event.SubjectImage, "", digestA)
	_, err2 := v.Lookup(event.SubjectImage, "", digestA)
	_, err3 := v.MeetAll("bka", []Sight{{event.SubjectImage, "", event.Pseudonym{1}, digestA}})
	_, err4 := v.Puncture(numbered(1))
	_, err5 := v.Encrypt("log", event.Pseudonym{1}, []event.Disclosure{disclosed(t, "/a", "b", event.Subject{Pseudonym: event.Pseudonym{1}})})
	_, err6 := v.Box("x")
	for i, err := range []error{err1, err2, err3, err4, err5, err6} {
		if err == nil {
			t.Errorf("operation %d on a closed vault succeeds", i+1)
		}
	}
}
