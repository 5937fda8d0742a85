package batch

import (
	"context"
	"crypto/sha256"
	"io"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
)

// A chunk is what one worker takes at a time: enough that handing it over costs nothing, little enough that a batch
// of a thousand keeps all of them busy.
const chunkLeaves = 32

type chunk struct {
	first int    // index of the first leaf
	text  []byte // lines without their line feeds, one after the other
	ends  []int  // where each ends in text
}

func newChunk(first, size int) chunk {
	return chunk{first: first, text: make([]byte, 0, size), ends: make([]int, 0, chunkLeaves)}
}

// maxReported is how many faulty leaves a refusal names.
const maxReported = 100

// leaves reads and verifies all leaves. One goroutine, the caller's, reads lines; up to v.Workers verify them.
func (v *Verifier) leaves(ctx context.Context, r *Reader, st *Statement) ([]Leaf, error) {
	workers := v.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = max(1, min(workers, int(st.Count+chunkLeaves-1)/chunkLeaves))

	out := make([]Leaf, st.Count)
	hashes := make([]tlog.Hash, st.Count)
	var faults faults
	faults.limit.Store(math.MaxInt)
	check := func(c chunk) {
		from := 0
		for i, end := range c.ends {
			n, line := c.first+i, c.text[from:end:end]
			if from = end; n > int(faults.limit.Load()) {
				return
			}
			var refusal *Error
			if out[n], hashes[n], refusal = verifyLine(line, st); refusal != nil {
				refusal.Leaf, refusal.Line = &n, n+2
				faults.add(refusal)
			}
		}
	}

	// A batch of one chunk, the common single event, is not worth a goroutine.
	var wg sync.WaitGroup
	queue := make(chan chunk, workers)
	if workers > 1 {
		for range workers {
			wg.Go(func() {
				for c := range queue {
					check(c)
				}
			})
		}
	}
	err := readChunks(ctx, r, int(st.Count), func(c chunk) {
		if workers > 1 {
			queue <- c
		} else {
			check(c)
		}
	})
	close(queue)
	wg.Wait()
	if err != nil {
		return nil, err
	}
	// Hashes are those that the lines give. If they do not make the signed root, nothing can be said of single leaves.
	if !faults.malformed() {
		if root := treeRoot(hashes); root != st.Root {
			return nil, refuse(BadRoot, "the leaves' hashes give the root %v, signed is %v", root, st.Root)
		}
	}
	if refusal := faults.first(); refusal != nil {
		return nil, refusal
	}
	return out, uniqueEntries(out)
}

// readChunks reads exactly count leaves and hands them on in chunks.
func readChunks(ctx context.Context, r *Reader, count int, hand func(chunk)) error {
	c := newChunk(0, 4<<10)
	for n := 0; ; n++ {
		text, err := r.raw(c.text)
		switch {
		case err == io.EOF && n < count:
			return refuse(BadCount, "%d leaves follow, signed are %d", n, count)
		case err == io.EOF:
			if len(c.ends) > 0 {
				hand(c)
			}
			return nil
		case err != nil:
			return err
		case n == count:
			return refuse(BadCount, "more leaves follow than the %d that are signed", count)
		}
		c.text = text
		if c.ends = append(c.ends, len(text)); len(c.ends) == chunkLeaves {
			if err := ctx.Err(); err != nil {
				return err
			}
			hand(c)
			c = newChunk(n+1, len(text)+len(text)/8) // the next one is likely about as long
		}
	}
}

// verifyLine verifies one leaf against the statement and returns the hash that its line gives.
func verifyLine(line []byte, st *Statement) (Leaf, tlog.Hash, *Error) {
	raw, refusal := decodeLine(line)
	if refusal != nil {
		return Leaf{}, raw.hash, refusal
	}
	if tlog.RecordHash(raw.leaf) != raw.hash || st.Leaf != nil && sha256.Sum256(raw.leaf) != *st.Leaf {
		return Leaf{}, raw.hash, refuse(LeafAltered, "the leaf is not the one that was signed")
	}
	l, refusal := verifyLeaf(raw.leaf, raw.disclosures, st.Source)
	return l, raw.hash, refusal
}

// verifyLeaf checks a leaf of a source and what it opens to.
func verifyLeaf(leaf []byte, disclosures []string, source string) (Leaf, *Error) {
	sk, err := event.ParseSkeleton(leaf)
	if err != nil {
		return Leaf{}, refuse(BadLeaf, "not a skeleton in canonical form").because(err)
	}
	switch {
	case sk.Source != source || sk.Sealer != source:
		return Leaf{}, refuse(WrongSource, "the leaf is of source %q and sealed by %q; both must be %q", sk.Source, sk.Sealer, source)
	case sk.Admit != nil:
		return Leaf{}, refuse(BadLeaf, "the leaf carries a statement that only the log makes (admit)")
	case sk.Kind.Reserved():
		return Leaf{}, refuse(BadLeaf, "only the log writes entries of kind %s", sk.Kind)
	}
	e, ds, found := event.OpenAll(sk, disclosures) // validates the event as well
	if len(found) > 0 {
		return Leaf{}, disclosureRefusal(found)
	}
	if e.ID == "" {
		found = event.Faults{{Code: event.FaultRequired, Path: "/id", Problem: "the event has no id", Remedy: "give each event an id that is unique at its source"}}
		return Leaf{}, disclosureRefusal(found)
	}
	return Leaf{leaf, sk, ds, e}, nil
}

// disclosureRefusal tells personal values that are not the leaf's from an event that is wrong in itself.
func disclosureRefusal(found event.Faults) *Error {
	for _, f := range found {
		switch f.Code {
		case event.FaultDisclosureForm, event.FaultDisclosureSalt, event.FaultDisclosureName, event.FaultDisclosureRepeated,
			event.FaultDisclosureUnknown, event.FaultDisclosureMissing, event.FaultPseudonymMissing:
			return &Error{Code: BadDisclosure, Message: "the personal values are not those of the leaf", Faults: found, Err: found}
		}
	}
	return &Error{Code: InvalidEvent, Message: "the event has faults", Faults: found, Err: found}
}

// uniqueEntries makes sure that no entry id occurs twice.
func uniqueEntries(leaves []Leaf) error {
	seen := make(map[event.Pseudonym]int, len(leaves))
	var faults faults
	faults.limit.Store(math.MaxInt)
	for i := range leaves {
		entry := leaves[i].Skeleton.Entry
		if first, ok := seen[entry]; ok {
			n := i
			refusal := refuse(DuplicateEvents, "the same event as leaf %d", first)
			refusal.Leaf, refusal.Line = &n, n+2
			faults.add(refusal)
			continue
		}
		seen[entry] = i
	}
	if refusal := faults.first(); refusal != nil {
		return refusal
	}
	return nil
}

// faults collects the refused leaves of a batch and keeps the first ones, whichever order they are found in.
type faults struct {
	limit atomic.Int64 // leaves after this one need not be looked at
	mu    sync.Mutex
	list  []*Error // in order of leaf
}

func (f *faults) add(e *Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := len(f.list)
	for i > 0 && *f.list[i-1].Leaf > *e.Leaf {
		i--
	}
	f.list = append(f.list, nil)
	copy(f.list[i+1:], f.list[i:])
	f.list[i] = e
	if len(f.list) >= maxReported {
		f.list = f.list[:maxReported]
		f.limit.Store(int64(*f.list[maxReported-1].Leaf))
	}
}

// first returns the first refusal with the others in it, or nil.
func (f *faults) first() *Error {
	if len(f.list) == 0 {
		return nil
	}
	e := f.list[0]
	e.More = f.list[1:]
	return e
}

// malformed reports whether some line did not even give a hash, or was not looked at.
func (f *faults) malformed() bool {
	if len(f.list) >= maxReported {
		return true
	}
	for _, e := range f.list {
		if e.Code == Malformed || e.Code == TooLarge {
			return true
		}
	}
	return false
}
