package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// childEnv makes the test binary a writer that is killed: "<dir> <seed> <entries>", 0 entries for no end.
const childEnv = "LICHTSPUR_LEDGER_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childEnv); args != "" {
		child(strings.Fields(args))
		return
	}
	os.Exit(m.Run())
}

// child appends groups from four goroutines, each entry with a name of its own, and prints a line for every
// acknowledged group. When it has enough entries it says so and waits to be killed.
func child(args []string) {
	t := &testing.T{}
	dir := args[0]
	seed, _ := strconv.ParseUint(args[1], 10, 64)
	enough, _ := strconv.ParseUint(args[2], 10, 64)
	l, err := Open(dir, small(testOptions(t, dir)))
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("open", l.Head().Size)
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range 4 {
		r := rand.New(rand.NewPCG(seed, uint64(w)))
		wg.Go(func() {
			for n := 0; enough == 0 || l.Head().Size < enough; n++ {
				g := make([]Entry, 1+r.IntN(1<<r.IntN(7)))
				for i := range g {
					name := fmt.Sprintf("%d.%d.%d.%d.", seed, w, n, i)
					g[i] = Entry{Leaf: []byte(name + strings.Repeat("x", r.IntN(2500))), Sealed: []byte(name), Recorded: time.Unix(int64(n+1), 0)}
				}
				ticket, err := l.SubmitWait(context.Background(), g)
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				first, head, err := ticket.Wait(context.Background())
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println("ack", first, len(g), head.Size, string(g[0].Sealed))
				out.Unlock()
			}
		})
	}
	wg.Wait()
	fmt.Println("enough")
	select {}
}

// ack is an acknowledged group: its first entry's place and name.
type ack struct {
	first, n, size uint64
	name           string
}

// runChild starts a child and kills it with SIGKILL after the given time, or when it has enough, and returns what it
// acknowledged.
func runChild(t *testing.T, dir string, seed uint64, enough int, after time.Duration) (acks []ack) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d", childEnv, dir, seed, enough))
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // a line that the kill cut short acknowledges nothing
		}
		switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "open":
			if enough == 0 {
				time.AfterFunc(after, func() { cmd.Process.Kill() })
			}
		case "enough":
			cmd.Process.Kill()
		case "ack":
			var a ack
			if _, err := fmt.Sscan(rest, &a.first, &a.n, &a.size, &a.name); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			acks = append(acks, a)
		default:
			t.Fatalf("child: %s", line)
		}
	}
	cmd.Wait()
	return acks
}

// checkAcks holds the log to what was acknowledged: there, whole, in place, and nothing twice.
func checkAcks(t *testing.T, l *Ledger, acks []ack) {
	t.Helper()
	names := map[string]uint64{}
	for e, err := range l.Entries(0, l.Head().Size) {
		if err != nil {
			t.Fatal(err)
		}
		name := string(e.Sealed)
		if before, ok := names[name]; ok {
			t.Fatalf("%s is in the log as %d and %d", name, before, e.Index)
		}
		if !strings.HasPrefix(string(e.Leaf), name) {
			t.Fatalf("entry %d has leaf and sealed value of different entries", e.Index)
		}
		names[name] = e.Index
	}
	for _, a := range acks {
		head, err := l.HeadAt(a.size)
		if err != nil || head.Size != a.size {
			t.Fatalf("acknowledged head %d: %v", a.size, err)
		}
		base := strings.TrimSuffix(a.name, "0.")
		for i := range a.n {
			if at, ok := names[fmt.Sprintf("%s%d.", base, i)]; !ok || at != a.first+i {
				t.Fatalf("acknowledged entry %s%d. at %d: in the log %v, at %d", base, i, a.first+i, ok, at)
			}
		}
	}
}

// A writer is killed again and again at a random moment, while opening too. Nothing acknowledged is ever missing, nothing
// is there twice, groups are whole, and the log verifies.
func TestKilledWriter(t *testing.T) {
	dir, o := mustCreate(t)
	o = small(o)
	var acks []ack
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for run := range uint64(6) {
		acks = append(acks, runChild(t, dir, run, 0, time.Duration(r.IntN(250))*time.Millisecond)...)
		report, err := Verify(dir, o, nil, nil)
		if err != nil || report.Err() != nil {
			t.Fatalf("run %d: verify after the kill: %v, %v", run, err, report.Err())
		}
		ro, err := OpenReadOnly(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		checkAcks(t, ro, acks)
		mustClose(t, ro)
		if run%2 == 0 {
			continue // the next child finds the killed stop
		}
		l := mustOpen(t, dir, o)
		checkAcks(t, l, acks)
		checkLog(t, l)
		mustClose(t, l)
	}
	if len(acks) == 0 {
		t.Fatal("no child acknowledged anything")
	}
	t.Logf("%d groups acknowledged", len(acks))
}

// An open that died between setting aside and its end is undone by the next, whatever it did to the files.
func TestOpenThatDied(t *testing.T) {
	dir, o := mustCreate(t)
	o = small(o)
	acks := runChild(t, dir, 1, 300, 0)
	p := pathsOf(dir, firstShard)
	if err := setAside(p); err != nil {
		t.Fatal(err)
	}
	names, err := dbFiles(p.db)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range names {
		switch path := p.db + "/" + n; {
		case !copied(p.db, n, lastValueLog(names)) || i%2 == 0:
			err = os.Remove(path)
		default:
			err = os.Truncate(path, 30)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	report, err := Verify(dir, o, nil, nil)
	if err != nil || report.Err() != nil {
		t.Fatalf("verify: %v, %v", err, report.Err())
	}
	l := mustOpen(t, dir, o)
	checkAcks(t, l, acks)
	checkLog(t, l)
	if exists(p.aside()) {
		t.Error("aside is still there")
	}
}

// A process that dies while Badger begins a log file leaves it empty, or zeros up to its full length. Neither holds
// anything, so neither is damage, and the log opens.
func TestDiedBeginningAFile(t *testing.T) {
	for _, next := range []string{"%06d.vlog", "%05d.mem"} {
		for _, length := range []int64{0, 1 << 20} {
			t.Run(fmt.Sprintf("%s/%d", next[5:], length), func(t *testing.T) {
				dir, o := mustCreate(t)
				o = small(o)
				acks := runChild(t, dir, 1, 300, 0)
				p := pathsOf(dir, firstShard)
				last := 0
				names, err := dbFiles(p.db)
				if err != nil {
					t.Fatal(err)
				}
				for _, n := range names {
					var number int
					if _, err := fmt.Sscanf(n, next, &number); err == nil {
						last = max(last, number)
					}
				}
				begun := fmt.Sprintf(p.db+"/"+next, last+1)
				if err := errors.Join(os.WriteFile(begun, nil, 0o600), os.Truncate(begun, length)); err != nil {
					t.Fatal(err)
				}
				report, err := Verify(dir, o, nil, nil)
				if err != nil || report.Err() != nil {
					t.Errorf("verify: %v, %v", err, report.Err())
				}
				ro, err := OpenReadOnly(dir, o)
				if err != nil {
					t.Fatal(err)
				}
				checkAcks(t, ro, acks)
				mustClose(t, ro)
				l := mustOpen(t, dir, o)
				checkAcks(t, l, acks)
				checkLog(t, l)
			})
		}
	}
}
