package graph

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/graph/vault"
)

// Prepared is a group of events of one source, validated and sealed, not yet queued. See [Graph.Prepare].
type Prepared struct {
	source     string
	batches    int64  // number of the source's last sealed batch before the group was prepared
	redactions uint64 // how many there had been before it was
	admit      *event.Admit
	by         *SignedBy
	items      []item
}

// item is one event on its way.
type item struct {
	event   *event.Event
	sealed  *event.Sealed
	content [32]byte        // SHA-256 of the canonical native event: tells a repeat in flight from a reused id
	blob    []byte          // ciphertexts
	twin    event.Pseudonym // of a leaf of a sealed batch: the entry id that the node would give the event
	receipt Receipt
	done    bool // receipt is final: rejected, or a duplicate of what is in the log
	waits   *flight
}

// SignedBy is a source's signature over a plain event, verified (package ingest/batch).
type SignedBy struct {
	Key      string // id of the key that verified
	Envelope []byte // personal: it holds the event
}

// flight is an entry that is queued and not yet committed.
type flight struct {
	content [32]byte
	event   *event.Event // of a sealed batch, instead of content
	done    chan struct{}
	receipt Receipt
	err     error
}

// same reports whether an event that is handed in meanwhile says the same.
func (f *flight) same(it *item) (bool, error) {
	if f.event == nil {
		return f.content == it.content, nil
	}
	canonical, err := event.Canonical(f.event)
	return err == nil && sha256.Sum256(canonical) == it.content, err
}

// SourceOf returns the declared source, or an error that says what to do. The log's own source is always there.
func (g *Graph) SourceOf(id string) (*event.SourceDeclaration, error) {
	if id == LogID {
		return &event.SourceDeclaration{Organisation: LogID, Introduces: false}, nil
	}
	d, ok := g.catalog.View().Source(id)
	if !ok {
		return nil, &Error{Code: CodeUnknownSource, Message: fmt.Sprintf("source %q is not declared; declare it with `lichtspur source add`", id)}
	}
	if d.Declaration.Source.Ended {
		return nil, &Error{Code: CodeSourceEnded, Message: fmt.Sprintf("source %q was ended by a declaration and takes no more events", id)}
	}
	return d.Declaration.Source, nil
}

// Prepare validates and seals events of an authenticated source. It may run on several goroutines at once; nothing
// is queued before [Graph.Submit]. The events are not changed and must not be changed afterwards.
func (g *Graph) Prepare(source string, events []*event.Event) (*Prepared, error) {
	return g.prepare(source, events, event.At(g.Now()), nil)
}

func (g *Graph) prepare(source string, events []*event.Event, recorded event.Time, by *SignedBy) (*Prepared, error) {
	if _, err := g.SourceOf(source); err != nil {
		return nil, err
	}
	admit := &event.Admit{Recorded: recorded, Source: source, Attested: event.AttestedByLog}
	if by != nil {
		admit.Key = by.Key
	}
	p := &Prepared{source: source, batches: g.submissions.chain(source).Last, redactions: g.redactions.Load(),
		admit: admit, by: by, items: make([]item, len(events))}
	for i, e := range events {
		it := &p.items[i]
		it.event, it.receipt.ID = e, e.ID
		if faults := e.Validate(); len(faults) > 0 {
			it.reject(faults)
			continue
		}
		canonical, err := event.Canonical(e)
		if err != nil {
			return nil, fmt.Errorf("event %d of the group: %w", i, err)
		}
		it.content = sha256.Sum256(canonical)
		it.receipt.Entry = g.vault.Entry(source, e.ID)
		_, index, ok, err := g.recordedAs(source, it.receipt.Entry)
		if err != nil {
			return nil, err
		}
		if ok {
			if err := g.repeat(it, index); err != nil {
				return nil, err
			}
			continue
		}
		if err := g.sealItem(p, it); err != nil {
			return nil, fmt.Errorf("seal event %d of the group: %w", i, err)
		}
	}
	return p, nil
}

// sealAttempts is how often an event is sealed whose pseudonyms are redacted while it is.
const sealAttempts = 10

// sealItem seals an event of a group, or rejects it. A pseudonym that is redacted between being made and being used is
// made anew.
func (g *Graph) sealItem(p *Prepared, it *item) error {
	for attempt := 1; ; attempt++ {
		sealed, err := g.seal(it.event, p.source, p.admit)
		var faults event.Faults
		if errors.As(err, &faults) {
			it.reject(faults)
			return nil
		}
		if err != nil {
			return err
		}
		blob, err := g.sealedValues(sealed, p.by)
		if errors.Is(err, vault.ErrPseudonymRedacted) && attempt < sealAttempts {
			continue
		}
		if err != nil {
			return err
		}
		it.sealed, it.blob = sealed, blob
		it.receipt.LeafHash = tlog.RecordHash(sealed.Leaf)
		it.receipt.Recorded = time.Unix(0, p.admit.Recorded.Earliest).UTC()
		return nil
	}
}

func (it *item) reject(faults event.Faults) {
	it.done = true
	it.receipt.Status, it.receipt.Faults = Rejected, faults
}

// repeat answers an event whose id is already in the log: a duplicate if the content is the same, a fault otherwise.
func (g *Graph) repeat(it *item, index uint64) error {
	first, err := g.entry(index)
	if err != nil {
		return err
	}
	same, err := first.sameContent(it.event)
	if err != nil {
		return err
	}
	if !same {
		it.reject(reused(it.event.ID))
		return nil
	}
	it.done = true
	it.receipt = first.receipt(Duplicate)
	it.receipt.ID = it.event.ID
	return nil
}

func reused(id string) event.Faults {
	return event.Faults{{Code: FaultIDReused, Path: "/id",
		Problem: fmt.Sprintf("the id %q was used by this source for an event with other content", id),
		Remedy:  "give the event an id of its own; to change an earlier event hand in a CORRECT that relates to it"}}
}

// Pending is a group that is queued. See [Pending.Wait].
type Pending struct {
	g      *Graph
	p      *Prepared
	queued []int    // items in the ticket
	ahead  int      // entries of the ticket before the first queued item: flagged declarations
	fresh  []string // keys of those declarations

	landed chan struct{} // closed when the commit is decided; nil where nothing was left to commit
	head   ledger.Head   // valid then
	err    error         // likewise
}

// Submit queues a prepared group: what it refers to is checked against the catalog, repeats in flight are recognised.
// Groups of one stream are submitted in order by one goroutine, so that an event may refer to a declaration before it.
// Where the queue is full it returns an [Error] with [CodeQueueFull] if wait is false, and waits if it is true.
func (g *Graph) Submit(ctx context.Context, p *Prepared, wait bool) (*Pending, error) {
	src, err := g.SourceOf(p.source)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	pending, group, err := g.reserve(p, src)
	if err != nil || len(group) == 0 {
		g.mu.Unlock()
		return pending, err
	}
	ticket, err := g.queue(ctx, group, wait)
	if err != nil {
		if errors.Is(err, ledger.ErrFull) {
			err = &Error{Code: CodeQueueFull, Message: "the log's queue is full; hand the events in again a little later", Err: err}
		}
		pending.release(err)
		return nil, err
	}
	pending.landed = make(chan struct{})
	// The commit is not abandoned with whoever waits for it: others may wait for the same entries.
	go pending.land(ticket)
	return pending, nil
}

// queue hands a group to the ledger and lets go of g.mu, which is held: what was reserved first is queued first, so
// that no entry comes before a declaration that it was checked against. Only where the queue is full, and the caller
// waits, is the order that of the ledger's own queue.
func (g *Graph) queue(ctx context.Context, group []ledger.Entry, wait bool) (*ledger.Ticket, error) {
	ticket, err := g.ledger.Submit(ctx, group)
	g.mu.Unlock()
	if wait && errors.Is(err, ledger.ErrFull) {
		return g.ledger.SubmitWait(ctx, group)
	}
	return ticket, err
}

// reserve decides what of a group is queued. It runs under g.mu.
func (g *Graph) reserve(p *Prepared, src *event.SourceDeclaration) (*Pending, []ledger.Entry, error) {
	pending := &Pending{g: g, p: p}
	check := g.references(p.source, src)
	batches := g.submissions.chain(p.source).Last
	var own []ledger.Entry
	for i := range p.items {
		it := &p.items[i]
		if it.done {
			continue
		}
		if f := g.flying[it.receipt.Entry]; f != nil {
			same, err := f.same(it)
			if err != nil {
				pending.drop()
				return nil, nil, err
			}
			if !same {
				it.reject(reused(it.event.ID))
				continue
			}
			it.waits = f
			continue
		}
		// Committed between Prepare and now.
		index, ok := g.head.Entry(it.receipt.Entry)
		var err error
		if !ok && batches != p.batches {
			_, index, ok, err = g.recordedAs(p.source, it.receipt.Entry)
		}
		if err == nil && ok {
			err = g.repeat(it, index)
		}
		if err != nil {
			pending.drop()
			return nil, nil, err
		}
		if ok {
			continue
		}
		introduced, faults := check.event(it.event)
		if len(faults) > 0 {
			it.reject(faults)
			continue
		}
		it.receipt.Flagged = introduced
		if p.redactions != g.redactions.Load() {
			var names bool
			if _, names, err = g.sealedBefore(it.sealed.Skeleton); err == nil && names {
				err = g.sealItem(p, it)
			}
			if err != nil {
				pending.drop()
				return nil, nil, err
			}
		}
		links, err := g.linksOf(it, p.source)
		if err != nil {
			pending.drop()
			return nil, nil, err
		}
		own = append(own, links...)
		g.flying[it.receipt.Entry] = &flight{content: it.content, done: make(chan struct{})}
		g.names(it.sealed.Skeleton, 1)
		if d := it.event.Declaration; d != nil {
			g.declared[declaredKey(d)]++
		}
		pending.queued = append(pending.queued, i)
	}
	flagged, err := check.declarations()
	if err != nil {
		pending.drop()
		return nil, nil, err
	}
	pending.ahead = len(flagged)
	for _, d := range check.introduced {
		k := declaredKey(d)
		g.declared[k]++
		pending.fresh = append(pending.fresh, k)
	}
	group := make([]ledger.Entry, 0, len(flagged)+len(pending.queued)+len(own))
	group = append(group, flagged...)
	for _, i := range pending.queued {
		it := &p.items[i]
		group = append(group, ledger.Entry{Leaf: it.sealed.Leaf, Sealed: it.blob, Recorded: it.receipt.Recorded, Parsed: it.sealed.Skeleton})
	}
	return pending, append(group, own...), nil
}

// drop takes reservations back; it runs under g.mu.
func (p *Pending) drop() {
	for _, i := range p.queued {
		it := &p.p.items[i]
		p.g.land(it, errors.New("the group was not queued"))
	}
	p.queued = nil
}

func (p *Pending) release(err error) {
	p.g.mu.Lock()
	defer p.g.mu.Unlock()
	for _, i := range p.queued {
		p.g.land(&p.p.items[i], err)
	}
	p.g.settle(p.fresh)
}

// settle forgets declarations in flight. It runs under g.mu.
func (g *Graph) settle(keys []string) {
	for _, k := range keys {
		if g.declared[k]--; g.declared[k] <= 0 {
			delete(g.declared, k)
		}
	}
}

// land ends the flight of an item, with its receipt or an error. It runs under g.mu.
func (g *Graph) land(it *item, err error) {
	f := g.flying[it.receipt.Entry]
	delete(g.flying, it.receipt.Entry)
	if !it.twin.IsZero() {
		delete(g.flying, it.twin)
	}
	g.names(it.sealed.Skeleton, -1)
	if d := it.event.Declaration; d != nil {
		g.settle([]string{declaredKey(d)})
	}
	if f != nil {
		f.receipt, f.err = it.receipt, err
		close(f.done)
	}
}

// land waits for the commit and ends the flights of its items.
func (p *Pending) land(t *ledger.Ticket) {
	first, head, err := t.Wait(context.Background())
	p.g.mu.Lock()
	for n, i := range p.queued {
		it := &p.p.items[i]
		if err == nil {
			it.receipt.Status = Accepted
			it.receipt.Index = first + uint64(p.ahead+n)
		}
		p.g.land(it, err)
	}
	p.g.settle(p.fresh)
	p.g.mu.Unlock()
	p.head, p.err = head, err
	close(p.landed)
}

// Wait returns one receipt per event, in order, and a signed head that covers them, once all of it is durable. What is
// queued is committed whether anybody waits or not.
func (p *Pending) Wait(ctx context.Context) ([]Receipt, ledger.Head, error) {
	head := p.g.ledger.Head()
	if p.landed != nil {
		select {
		case <-p.landed:
		case <-ctx.Done():
			return nil, ledger.Head{}, ctx.Err()
		}
		if p.err != nil {
			return nil, ledger.Head{}, p.err
		}
		head = p.head
	}
	out := make([]Receipt, len(p.p.items))
	covered := true
	for i := range p.p.items {
		it := &p.p.items[i]
		if it.waits != nil {
			if err := p.follow(ctx, it); err != nil {
				return nil, ledger.Head{}, err
			}
		}
		out[i] = it.receipt
		covered = covered && (it.receipt.Status == Rejected || it.receipt.Index < head.Size)
	}
	if !covered { // a repeat of what another request committed later
		head = p.g.ledger.Head()
	}
	return out, head, nil
}

// follow gives an item the receipt of the entry in flight that it repeats. Where that did not make it into the log the
// item is recorded itself.
func (p *Pending) follow(ctx context.Context, it *item) error {
	f := it.waits
	select {
	case <-f.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if f.err != nil {
		receipts, _, err := p.g.Record(ctx, p.p.source, it.event)
		if err != nil {
			return err
		}
		it.receipt = receipts[0]
	} else {
		it.receipt = f.receipt
		it.receipt.ID, it.receipt.Status = it.event.ID, Duplicate
	}
	it.waits = nil
	return nil
}

// Record is Prepare, Submit and Wait in one, for small groups.
func (g *Graph) Record(ctx context.Context, source string, events ...*event.Event) ([]Receipt, ledger.Head, error) {
	p, err := g.Prepare(source, events)
	if err != nil {
		return nil, ledger.Head{}, err
	}
	return g.recordPrepared(ctx, p, true)
}

// RecordSigned is Record for one plain event that its source signed. The node seals it and keeps the envelope, which
// holds the event, under the keys of everybody whom the event is about: a redaction of any of them closes it. The
// signature covers the event and not the leaf, so the leaf says that the log attests it, and names the key.
// recorded is the time at which the key was found valid. wait is as in [Graph.Submit].
func (g *Graph) RecordSigned(ctx context.Context, source string, e *event.Event, by SignedBy, recorded time.Time, wait bool) ([]Receipt, ledger.Head, error) {
	p, err := g.prepare(source, []*event.Event{e}, event.At(recorded), &by)
	if err != nil {
		return nil, ledger.Head{}, err
	}
	return g.recordPrepared(ctx, p, wait)
}

func (g *Graph) recordPrepared(ctx context.Context, p *Prepared, wait bool) ([]Receipt, ledger.Head, error) {
	pending, err := g.Submit(ctx, p, wait)
	if err != nil {
		return nil, ledger.Head{}, err
	}
	return pending.Wait(ctx)
}

// ownEntry seals an entry of the log itself, with evidence beside it where there is some.
func (g *Graph) ownEntry(e *event.Event, evidence []byte) (ledger.Entry, error) {
	now := g.opts.Clock().UTC().Truncate(time.Microsecond)
	admit := e.Admit
	if admit == nil {
		admit = &event.Admit{Recorded: event.At(now), Source: LogID, Attested: event.AttestedByLog}
	}
	plain := *e
	plain.Admit = nil
	sealed, err := event.Seal(&plain, LogID, g.vault, g.opts.Random, admit)
	if err != nil {
		return ledger.Entry{}, fmt.Errorf("seal the log's own entry: %w", err)
	}
	var blob []byte
	if evidence != nil {
		blob, err = g.vault.EncryptWith(LogID, sealed.Skeleton.Entry, sealed.Disclosures, evidence)
	} else {
		blob, err = g.vault.Encrypt(LogID, sealed.Skeleton.Entry, sealed.Disclosures)
	}
	if err != nil {
		return ledger.Entry{}, err
	}
	return ledger.Entry{Leaf: sealed.Leaf, Sealed: blob, Recorded: time.Unix(0, admit.Recorded.Earliest).UTC(), Parsed: sealed.Skeleton}, nil
}

var _ event.Sealer = (*vault.Vault)(nil)
