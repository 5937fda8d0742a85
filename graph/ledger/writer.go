package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Ticket stands for a submitted group.
type Ticket struct {
	entries []Entry
	leaves  []tlog.Hash // computed by the submitter, so that the writer hashes only inner nodes
	bytes   int

	done  chan struct{}
	first uint64 // valid once done is closed
	head  Head
	err   error
}

// Wait returns the index of the group's first entry and the head that covers it, once it is durable, readable and told
// to OnCommit. After an error other than ctx's it is not known whether the group is in the log, unless the error is
// ErrNoSpace, in which case it is not.
func (t *Ticket) Wait(ctx context.Context) (first uint64, head Head, err error) {
	select {
	case <-t.done:
		return t.first, t.head, t.err
	default:
	}
	select {
	case <-t.done:
		return t.first, t.head, t.err
	case <-ctx.Done():
		return 0, Head{}, ctx.Err()
	}
}

// LeafHash returns the RFC 6962 leaf hash of the group's i-th entry. It is known from the start.
func (t *Ticket) LeafHash(i int) tlog.Hash { return t.leaves[i] }

// Submit queues a group, which is committed whole or not at all, or fails at once with ErrFull. The ledger keeps the
// slices until the ticket is done; the caller must not change them. An empty group is an error.
func (l *Ledger) Submit(ctx context.Context, group []Entry) (*Ticket, error) {
	return l.submit(ctx, group, false)
}

// SubmitWait is Submit that waits for room. Those that wait are served in order.
func (l *Ledger) SubmitWait(ctx context.Context, group []Entry) (*Ticket, error) {
	return l.submit(ctx, group, true)
}

func (l *Ledger) submit(ctx context.Context, group []Entry, wait bool) (*Ticket, error) {
	if err := errors.Join(ctx.Err(), l.Err()); err != nil {
		return nil, err
	}
	bytes, err := l.measure(group)
	if err != nil {
		return nil, err
	}
	n, b := int64(len(group)), int64(bytes)
	if wait {
		if err := l.entryRoom.Acquire(ctx, n); err != nil {
			return nil, err
		}
		if err := l.byteRoom.Acquire(ctx, b); err != nil {
			l.entryRoom.Release(n)
			return nil, err
		}
	} else {
		if !l.entryRoom.TryAcquire(n) {
			l.stats.full.Add(1)
			return nil, ErrFull
		}
		if !l.byteRoom.TryAcquire(b) {
			l.entryRoom.Release(n)
			l.stats.full.Add(1)
			return nil, ErrFull
		}
	}
	l.stats.queuedEntries.Add(n)
	l.stats.queuedBytes.Add(b)
	t := &Ticket{entries: group, leaves: make([]tlog.Hash, len(group)), bytes: bytes, done: make(chan struct{})}
	hasher := newLeafHasher()
	for i := range group {
		t.leaves[i] = hasher.sum(group[i].Leaf)
	}
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		l.release(t)
		return nil, ErrStopped
	}
	l.waiting = append(l.waiting, t)
	l.mu.Unlock()
	l.wake()
	return t, nil
}

func (l *Ledger) measure(group []Entry) (bytes int, err error) {
	if len(group) == 0 {
		return 0, errors.New("ledger: an empty group")
	}
	if len(group) > l.opts.MaxCommitEntries {
		return 0, &TooLarge{"entries", len(group), l.opts.MaxCommitEntries}
	}
	for i := range group {
		if len(group[i].Leaf) > maxLeaf {
			return 0, &TooLarge{"leaf", len(group[i].Leaf), maxLeaf}
		}
		bytes += len(group[i].Leaf) + len(group[i].Sealed)
	}
	if bytes > l.opts.MaxCommitBytes {
		return 0, &TooLarge{"bytes", bytes, l.opts.MaxCommitBytes}
	}
	return bytes, nil
}

func (l *Ledger) release(t *Ticket) {
	l.stats.queuedEntries.Add(-int64(len(t.entries)))
	l.stats.queuedBytes.Add(-int64(t.bytes))
	l.entryRoom.Release(int64(len(t.entries)))
	l.byteRoom.Release(int64(t.bytes))
}

func (l *Ledger) wake() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// write is the writer goroutine. While one commit syncs, the next one's groups gather in the queue, so commits grow with
// the load and no timer is needed.
func (l *Ledger) write() {
	defer close(l.written)
	for range l.kick {
		for {
			groups, closing := l.take()
			if len(groups) == 0 {
				if closing {
					return
				}
				break
			}
			l.commit(groups)
		}
	}
}

// take returns the waiting groups that fit into one commit, at least one if any waits.
func (l *Ledger) take() (groups []*Ticket, closing bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries, bytes, n := 0, 0, 0
	for ; n < len(l.waiting); n++ {
		t := l.waiting[n]
		entries += len(t.entries)
		bytes += t.bytes
		if n > 0 && (entries > l.opts.MaxCommitEntries || bytes > l.opts.MaxCommitBytes) {
			break
		}
	}
	groups = l.waiting[:n:n]
	l.waiting = l.waiting[n:]
	if len(l.waiting) == 0 {
		l.waiting = nil
	}
	return groups, l.closing
}

// commit writes the groups as one commit and tells everybody.
func (l *Ledger) commit(groups []*Ticket) {
	head, entries, first, err := l.tryCommit(groups)
	if err == nil && l.opts.OnCommit != nil {
		l.opts.OnCommit(Commit{First: first, Entries: entries, Head: head})
	}
	at := first
	for _, t := range groups {
		if err != nil {
			t.err = err
		} else {
			t.first, t.head = at, head
			at += uint64(len(t.entries))
		}
		// The room is given back before the submitter is told: whoever waited may submit again at once, and the figures
		// no longer count what it knows to be written.
		l.release(t)
		t.entries = nil
		close(t.done)
	}
}

func (l *Ledger) tryCommit(groups []*Ticket) (head Head, entries []Entry, first uint64, err error) {
	if e := l.stopped.Load(); e != nil {
		return Head{}, nil, 0, *e
	}
	began := time.Now()
	bytes := 0
	entries = groups[0].entries
	if len(groups) > 1 {
		entries = make([]Entry, 0, len(groups))
		for _, t := range groups {
			entries = append(entries, t.entries...)
		}
	}
	for _, t := range groups {
		bytes += t.bytes
	}
	if err := l.store.room(bytes); err != nil {
		return Head{}, nil, 0, err // nothing was written: the next commit may find room again
	}

	now := l.state.Load()
	first = now.head.Size
	head.Recorded = now.head.Recorded
	for i := range entries {
		if entries[i].Recorded.After(head.Recorded) {
			head.Recorded = entries[i].Recorded.UTC()
		}
	}
	f := l.frontier.clone()
	l.hashes = l.hashes[:0]
	for _, t := range groups {
		for _, h := range t.leaves {
			l.hashes = f.append(l.hashes, h)
		}
	}
	head.Size, head.Root = f.size, f.root()
	head.Recorded = fromNanos(nanos(head.Recorded))
	if head.Checkpoint, err = signCheckpoint(l.origin, head.Size, head.Root, l.opts.Signer); err != nil {
		return Head{}, nil, 0, l.stop(fmt.Errorf("signing a checkpoint: %w", err))
	}
	b := &l.buffers
	b.first, b.size = first, head.Size
	b.leaves = appendLeaves(b.leaves[:0], first, entries)
	b.sealed = appendSealed(b.sealed[:0], first, entries)
	b.hashes = appendHashes(b.hashes[:0], first, head.Size, l.hashes)
	b.head = appendHead(b.head[:0], first, head)
	if err := l.commitTo(b); err != nil {
		return Head{}, nil, 0, l.stop(err)
	}
	b.shrink()
	if err := l.mark.write(head.Size, head.Root); err != nil {
		return Head{}, nil, 0, l.stop(err)
	}
	l.frontier = f
	l.state.Store(&state{chain: now.chain.with(head.Size), head: head})
	l.heads.put(head.Checkpoint)
	if err := l.heads.failed(); err != nil {
		l.stop(err) // this commit is durable; the next ones are refused
	}
	l.stats.commits.Add(1)
	l.stats.entries.Add(uint64(len(entries)))
	l.stats.bytes.Add(uint64(bytes))
	l.stats.commitNanos.Add(int64(time.Since(began)))
	return head, entries, first, nil
}

// shrink lets go of buffers that one unusually large commit made.
func (b *batch) shrink() {
	const most = 8 << 20
	for _, buf := range []*[]byte{&b.leaves, &b.sealed, &b.hashes} {
		if cap(*buf) > most {
			*buf = nil
		}
	}
}

// stop ends the intake: what is on disk is known again only after the next Open.
func (l *Ledger) stop(cause error) error {
	err := fmt.Errorf("%w: %w", ErrStopped, cause)
	l.stopped.CompareAndSwap(nil, &err)
	l.opts.Logger.Error("ledger stopped", "cause", cause)
	return *l.stopped.Load()
}
