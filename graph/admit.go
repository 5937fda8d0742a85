package graph

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/graph/vault"
)

// Batch is a sealed batch whose signature, key, root, leaves and disclosures have been verified (package
// ingest/batch). What remains is what only the log knows: the source's sequence and what is recorded already.
type Batch struct {
	Source    string
	Sequence  int64  // from 1
	Statement string // "sha256:…" of the signed payload
	Previous  string // statement digest of the batch before, "" for the first
	Key       string // id of the key that verified
	Root      string // RFC 6962 root over the leaves, base64
	Envelope  []byte // the DSSE envelope, kept as evidence
	Leaves    []Leaf
	Recorded  time.Time // when the key was found valid; zero: now
	Wait      bool      // where the log's queue is full, wait for room; false: CodeQueueFull
}

// Leaf is one leaf of a batch.
type Leaf struct {
	Bytes       []byte
	Skeleton    *event.Skeleton
	Disclosures []event.Disclosure
	Event       *event.Event // opened
}

// Chain returns how far a source's sequence of sealed batches has come.
func (g *Graph) Chain(source string) Chain { return g.submissions.chain(source) }

// Admit appends a verified batch: one ADMIT entry, the leaves unchanged, then a LINK for each image, person, case or
// record that another sealer named before. It is all or nothing, and a refused batch does not use up its number.
// The same batch again gets its first receipts, with again set. Of a fork the second statement is kept as
// evidence in an ADMIT entry of outcome FORK before the batch is refused.
func (g *Graph) Admit(ctx context.Context, b *Batch) (receipts []Receipt, head ledger.Head, again bool, err error) {
	src, err := g.SourceOf(b.Source)
	if err != nil {
		return nil, head, false, err
	}
	turn := g.turn(b.Source)
	turn.Lock()
	defer turn.Unlock()

	if first, ok := g.submissions.at(b.Source, b.Sequence); ok {
		if first.statement == b.Statement {
			receipts, head, err = g.replay(first)
			return receipts, head, true, err
		}
		return nil, head, false, g.fork(ctx, b)
	}
	c := g.submissions.chain(b.Source)
	if b.Sequence != c.Last+1 {
		return nil, head, false, &Error{Code: CodeSkipped, Message: fmt.Sprintf(
			"batch %d of source %q does not follow batch %d, the last one here: hand in batch %d first", b.Sequence, b.Source, c.Last, c.Last+1)}
	}
	if b.Previous != c.Statement {
		return nil, head, false, &Error{Code: CodeBadPrevious, Message: fmt.Sprintf(
			"batch %d names %s as the statement before it, but batch %d here has %s", b.Sequence, orNone(b.Previous), c.Last, orNone(c.Statement))}
	}

	a, err := g.admission(b, src)
	if err != nil {
		return nil, head, false, err
	}
	// g.mu is held
	ticket, err := g.queue(ctx, a.group, b.Wait)
	var first uint64
	pending := a.items
	if err == nil {
		first, head, err = ticket.Wait(context.WithoutCancel(ctx))
	}
	for i := range pending {
		if err == nil {
			pending[i].receipt.Index = first + uint64(a.ahead+i)
		}
	}
	g.mu.Lock()
	for i := range pending {
		g.land(&pending[i], err)
	}
	g.settle(a.fresh)
	g.mu.Unlock()
	if err != nil {
		var large *ledger.TooLarge
		switch {
		case errors.As(err, &large):
			err = &Error{Code: CodeTooLarge, Message: "the batch is larger than one commit takes; seal smaller batches", Err: err}
		case errors.Is(err, ledger.ErrFull):
			err = batchQueueFull(err)
		}
		return nil, head, false, err
	}
	receipts = make([]Receipt, len(pending))
	for i := range pending {
		receipts[i] = pending[i].receipt
	}
	return receipts, head, false, nil
}

func batchQueueFull(err error) error {
	return &Error{Code: CodeQueueFull, Message: "the log's queue is full; hand the batch in again a little later", Err: err}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func (g *Graph) turn(source string) *sync.Mutex {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.sources[source]
	if m == nil {
		m = &sync.Mutex{}
		g.sources[source] = m
	}
	return m
}

// admitting is a batch on its way into the log.
type admitting struct {
	group []ledger.Entry // flagged declarations, ADMIT, leaves, LINKs
	items []item         // the leaves
	ahead int            // entries of the group before the first leaf
	fresh []string       // keys of the flagged declarations
}

// recorded is when a batch is recorded: not later than its key was found valid, so that the validity of the key at the
// recorded time is in the log as it was checked.
func (g *Graph) recorded(b *Batch) time.Time {
	if b.Recorded.IsZero() {
		return g.Now()
	}
	return b.Recorded.UTC().Truncate(time.Microsecond)
}

// admission checks a batch against what is recorded and reserves its entries. Without an error it returns with g.mu held.
func (g *Graph) admission(b *Batch, src *event.SourceDeclaration) (_ *admitting, err error) {
	now := g.recorded(b)
	seq := b.Sequence
	admit, err := g.ownEntry(&event.Event{
		ID: fmt.Sprintf("admit/%s/%d/%s", b.Source, b.Sequence, b.Statement), Kind: event.KindAdmit,
		Admit: &event.Admit{
			Recorded: event.At(now), Source: b.Source, Sequence: &seq, Statement: b.Statement, Previous: b.Previous,
			Key: b.Key, Count: int64(len(b.Leaves)), Root: b.Root, Attested: event.AttestedBySource,
		},
	}, b.Envelope)
	if err != nil {
		return nil, err
	}
	redactions := g.redactions.Load()
	// Ciphertexts first: they cost time and need no lock.
	leaves := make([]ledger.Entry, len(b.Leaves))
	native := make([]event.Pseudonym, len(b.Leaves)) // the entry id that the node itself gives the same event
	for i := range b.Leaves {
		native[i] = g.vault.Entry(b.Source, b.Leaves[i].Event.ID)
	}
	var before []event.Pseudonym
	var met *meetings
	var each errgroup.Group
	each.Go(func() (err error) {
		met, err = g.meet(b)
		return refusedPseudonym(err)
	})
	each.Go(func() (err error) {
		before, err = g.twins(b, native)
		return err
	})
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		each.Go(func() error {
			for i := w; i < len(b.Leaves); i += workers {
				l := &b.Leaves[i]
				blob, err := g.vault.Encrypt(l.Skeleton.Sealer, l.Skeleton.Entry, l.Disclosures)
				if err != nil {
					return refusedPseudonym(fmt.Errorf("leaf %d: %w", i, err))
				}
				leaves[i] = ledger.Entry{Leaf: l.Bytes, Sealed: blob, Recorded: now, Parsed: l.Skeleton}
			}
			return nil
		})
	}
	if err := each.Wait(); err != nil {
		return nil, err
	}

	g.mu.Lock()
	defer func() {
		if err != nil {
			g.mu.Unlock()
		}
	}()
	if redactions != g.redactions.Load() {
		for i := range b.Leaves {
			d, names, err := g.sealedBefore(b.Leaves[i].Skeleton)
			if err == nil && names {
				err = refusedPseudonym(&vault.PseudonymError{Code: vault.CodePseudonymRedacted, Denotation: d})
			}
			if err != nil {
				return nil, err
			}
		}
	}
	var repeated []string
	within := make(map[event.Pseudonym]bool, 2*len(b.Leaves))
	for i := range b.Leaves {
		l := &b.Leaves[i]
		if within[l.Skeleton.Entry] || within[native[i]] || g.taken(l.Skeleton.Entry) || g.taken(native[i]) || g.taken(before[i]) {
			repeated = append(repeated, l.Event.ID)
		}
		within[l.Skeleton.Entry], within[native[i]] = true, true
	}
	if len(repeated) > 0 {
		return nil, &Error{Code: CodeDuplicate, Message: fmt.Sprintf(
			"%d of the batch's %d events are recorded already or stand in it twice (%s); seal the batch again without them", len(repeated), len(b.Leaves), some(repeated))}
	}
	check := g.references(b.Source, src)
	var refused []string
	for i := range b.Leaves {
		e := b.Leaves[i].Event
		if _, faults := check.event(e); len(faults) > 0 {
			refused = append(refused, fmt.Sprintf("%s: %s", e.ID, faults.Error()))
		} else if e.Declaration != nil {
			check.found[declaredKey(e.Declaration)] = true // those after it may refer to it
		}
	}
	if len(refused) > 0 {
		return nil, &Error{Code: CodeRefusedContent, Message: fmt.Sprintf("%d events of the batch cannot be recorded: %s", len(refused), some(refused))}
	}
	links, err := g.links(met)
	if err != nil {
		return nil, refusedPseudonym(err)
	}
	flagged, err := check.declarations()
	if err != nil {
		return nil, err
	}
	items := make([]item, len(b.Leaves))
	for i := range b.Leaves {
		l := &b.Leaves[i]
		items[i] = item{
			event: l.Event, sealed: &event.Sealed{Skeleton: l.Skeleton, Leaf: l.Bytes}, twin: native[i],
			receipt: Receipt{Status: Accepted, ID: l.Event.ID, Entry: l.Skeleton.Entry, LeafHash: tlog.RecordHash(l.Bytes), Recorded: now},
		}
		f := &flight{event: l.Event, done: make(chan struct{})}
		g.flying[l.Skeleton.Entry], g.flying[native[i]] = f, f
		g.names(l.Skeleton, 1)
		if d := l.Event.Declaration; d != nil {
			g.declared[declaredKey(d)]++
		}
	}
	a := &admitting{items: items, ahead: len(flagged) + 1, group: make([]ledger.Entry, 0, len(flagged)+1+len(leaves)+len(links))}
	for _, d := range check.introduced {
		k := declaredKey(d)
		g.declared[k]++
		a.fresh = append(a.fresh, k)
	}
	a.group = append(a.group, flagged...)
	a.group = append(a.group, admit)
	a.group = append(a.group, leaves...)
	a.group = append(a.group, links...)
	return a, nil
}

// taken reports whether an entry is in the log or on its way there. It runs under g.mu.
func (g *Graph) taken(entry event.Pseudonym) bool {
	_, ok := g.head.Entry(entry)
	return ok || g.flying[entry] != nil
}

// refusedPseudonym gives an error of the vault about a pseudonym of a batch its code.
func refusedPseudonym(err error) error {
	var bad *vault.PseudonymError
	if errors.As(err, &bad) {
		return &Error{Code: bad.Code, Message: "a pseudonym of the batch cannot be taken", Err: err}
	}
	return err
}

// some joins the first few of a list.
func some(list []string) string {
	const most = 5
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
}

// replay answers a batch that is recorded already with the receipts it got first.
func (g *Graph) replay(b admitted) ([]Receipt, ledger.Head, error) {
	out := make([]Receipt, 0, b.count)
	for i := b.index + 1; i <= b.index+b.count; i++ {
		e, err := g.entry(i)
		if err != nil {
			return nil, ledger.Head{}, err
		}
		out = append(out, e.receipt(Accepted))
	}
	head, err := g.ledger.HeadCovering(b.index + b.count + 1)
	return out, head, err
}

// fork keeps the second statement with a number as evidence and refuses the batch.
func (g *Graph) fork(ctx context.Context, b *Batch) error {
	refusal := &Error{Code: CodeForked, Message: fmt.Sprintf(
		"batch %d of source %q is recorded with another statement; both statements are kept as evidence", b.Sequence, b.Source)}
	if g.submissions.forked(b.Source, b.Statement) {
		return refusal
	}
	seq := b.Sequence
	e, err := g.ownEntry(&event.Event{
		ID: fmt.Sprintf("admit/%s/%d/%s", b.Source, b.Sequence, b.Statement), Kind: event.KindAdmit,
		Admit: &event.Admit{
			Recorded: event.At(g.recorded(b)), Source: b.Source, Outcome: event.AdmitFork,
			Sequence: &seq, Statement: b.Statement, Previous: b.Previous, Key: b.Key, Root: b.Root, Attested: event.AttestedBySource,
		},
	}, b.Envelope)
	if err != nil {
		return err
	}
	submit := g.ledger.Submit
	if b.Wait {
		submit = g.ledger.SubmitWait
	}
	ticket, err := submit(ctx, []ledger.Entry{e})
	if errors.Is(err, ledger.ErrFull) {
		return batchQueueFull(err)
	}
	if err != nil {
		return err
	}
	if _, _, err := ticket.Wait(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return refusal
}
