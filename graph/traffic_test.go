package graph_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// traffic fills a log with as many entries as a benchmark wants, faster than they could be recorded: the leaves of
// recorded exercise events, again and again, each time with other ids and other images. They go into the ledger directly;
// the index is made of them as after any start. Corrections and decisions of owners are among the recorded ones only.
type traffic struct {
	dir    string
	leaves []pattern
	next   int
}

// pattern is a leaf that is used again.
type pattern struct {
	leaf  []byte
	sk    *event.Skeleton
	given []event.Pseudonym // that are other ones each time
	at    [][]int           // where each stands
	ends  int               // where the reference of a transfer ends; 0: it has none
}

// patternEvents is how many events are recorded for it.
const patternEvents = 20_000

func newTraffic(b *testing.B) *traffic {
	g, dir := open(b)
	declared(b, g)
	first := int(g.Checkpoint().Size)
	var group []*event.Event
	if _, err := exercise.Generate(exercise.Options{Events: patternEvents, Seed: 7}, func(e *event.Event) error {
		group = append(group, e)
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	put(b, g, exercise.Source, group)
	t := &traffic{dir: dir}
	v := as(b, g, graph.Oversight)
	for i, leaf := range leavesOf(b, v, g.Checkpoint().Size) {
		if i >= first {
			t.add(b, leaf)
		}
	}
	t.close(b, g)
	return t
}

// leavesOf reads the leaves of a log.
func leavesOf(b *testing.B, v *graph.View, size uint64) (all [][]byte) {
	for n := uint64(0); n*256 < size; n++ {
		bundle, err := v.EntryBundle(n, int(min(256, size-n*256)))
		if err != nil {
			b.Fatal(err)
		}
		for len(bundle) > 0 {
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:end])
			bundle = bundle[end:]
		}
	}
	return all
}

func (t *traffic) add(b *testing.B, leaf []byte) {
	sk, err := event.ParseSkeleton(leaf)
	if err != nil {
		b.Fatal(err)
	}
	switch sk.Kind {
	case event.KindAdmit, event.KindDeclare, event.KindCorrect, event.KindRelease, event.KindRestrict, event.KindLink:
		return
	}
	p := pattern{leaf: leaf, sk: sk, given: []event.Pseudonym{sk.Entry}}
	for i := range sk.Images {
		p.given = append(p.given, sk.Images[i].Pseudonym)
	}
	for i := range sk.Relates {
		p.given = append(p.given, sk.Relates[i].Entry)
	}
	p.given = slices.DeleteFunc(p.given, event.Pseudonym.IsZero)
	for _, one := range p.given {
		var at []int
		text := []byte(one.String())
		for from := 0; ; {
			k := bytes.Index(leaf[from:], text)
			if k < 0 {
				break
			}
			at = append(at, from+k)
			from += k + len(text)
		}
		p.at = append(p.at, at)
	}
	if sk.Transfer != nil && len(sk.Transfer.Reference) >= renamedDigits {
		text := []byte(`"reference":"` + sk.Transfer.Reference + `"`)
		if k := bytes.Index(leaf, text); k >= 0 {
			p.ends = k + len(text) - 1
		}
	}
	t.leaves = append(t.leaves, p)
}

// open opens the log as it is served.
func (t *traffic) open(b *testing.B) *graph.Graph {
	g, err := graph.Open(t.dir, graph.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return g
}

func (t *traffic) close(b *testing.B, g *graph.Graph) {
	if err := g.Close(); err != nil {
		b.Fatal(err)
	}
}

// append adds entries, and what they move to a relation, which may be nil.
func (t *traffic) append(b *testing.B, n int, to *relation) {
	keys := t.dir + ".keys"
	text := func(name string) string {
		s, err := os.ReadFile(filepath.Join(keys, name))
		if err != nil {
			b.Fatal(err)
		}
		return strings.TrimSpace(string(s))
	}
	signer, err := note.NewSigner(text("log.key"))
	if err != nil {
		b.Fatal(err)
	}
	verifier, err := note.NewVerifier(text("log.pub"))
	if err != nil {
		b.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(t.dir, "ledger"), ledger.Options{Origin: signer.Name(), Signer: signer, Verifier: verifier,
		HeadFile: filepath.Join(keys, "head")})
	if err != nil {
		b.Fatal(err)
	}
	now, size := time.Now(), l.Head().Size
	var waiting *ledger.Ticket
	for n > 0 {
		group := make([]ledger.Entry, 0, 4096)
		for ; n > 0 && len(group) < cap(group); n-- {
			p, round := &t.leaves[t.next%len(t.leaves)], t.next/len(t.leaves)+1
			to.again(b, size, p, round)
			group = append(group, ledger.Entry{Leaf: p.again(round), Recorded: now})
			t.next++
			size++
		}
		ticket, err := l.SubmitWait(context.Background(), group)
		if err != nil {
			b.Fatal(err)
		}
		if waiting != nil {
			if _, _, err := waiting.Wait(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		waiting = ticket
	}
	if _, _, err := waiting.Wait(context.Background()); err != nil {
		b.Fatal(err)
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

// renamed is what a pseudonym is called in a round.
func renamed(p event.Pseudonym, round int) event.Pseudonym {
	binary.BigEndian.PutUint64(p[:], (binary.BigEndian.Uint64(p[:])^uint64(round))*0x9e3779b97f4a7c15)
	return p
}

// renamedDigits are the last of a transfer's reference, which are others in each round.
const renamedDigits = 10

// again is the leaf with other pseudonyms, and another reference.
func (p *pattern) again(round int) []byte {
	leaf := bytes.Clone(p.leaf)
	for i, one := range p.given {
		text := renamed(one, round).String()
		for _, at := range p.at[i] {
			copy(leaf[at:], text)
		}
	}
	if p.ends > 0 {
		h := fnv.New64a()
		fmt.Fprint(h, p.sk.Transfer.Reference, " ", round)
		copy(leaf[p.ends-renamedDigits:], fmt.Sprintf("%010d", h.Sum64()%1e10))
	}
	return leaf
}
