package ingest

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/batch"
)

// Audit is what a check of the sources' signatures found.
type Audit struct {
	Batches  int64 // sealed batches whose signature, key, root, count and place in the sequence were checked
	Leaves   int64 // entries that these signatures cover
	Forks    int64 // statements kept as evidence of a fork
	Findings []AuditFinding
}

// AuditFinding is something wrong with a batch in the log.
type AuditFinding struct {
	Index   uint64 // of the ADMIT entry
	Source  string
	Code    string // of package batch, or NO_EVIDENCE, STATEMENT_DIFFERS, NOT_FOLLOWED
	Problem string
}

// AuditSources checks, from what stands in the log alone, every signature by which a source vouches for its entries: the
// envelope kept beside each ADMIT entry must be signed by a key that the entries before it declare for the source and
// that was valid at the recorded time, say what ADMIT says, and cover the leaves that follow it. It does not check the
// tree; see [graph.Verify].
func AuditSources(ctx context.Context, dir string, o graph.Options, progress func(done, total uint64)) (*Audit, error) {
	out := &Audit{}
	chain := map[string]*event.Admit{} // last accepted batch of each source
	var open *auditedBatch
	finish := func() {
		if open != nil {
			out.add(open.close())
			open = nil
		}
	}
	err := graph.Replay(dir, o, progress, func(r *graph.Replayed) error {
		if open != nil && open.left > 0 {
			open.leaf(r)
			out.Leaves++
			return ctx.Err()
		}
		finish()
		a := r.Skeleton.Admit
		open = &auditedBatch{index: r.Index, admit: a, left: a.Count}
		if a.Outcome == event.AdmitFork {
			out.Forks++
		} else {
			out.Batches++
		}
		out.add(open.statement(ctx, r, chain[a.Source]))
		if a.Outcome == event.AdmitAccepted {
			chain[a.Source] = a
		} else {
			open = nil
		}
		return ctx.Err()
	})
	finish()
	return out, err
}

func (a *Audit) add(f *AuditFinding) {
	if f != nil {
		a.Findings = append(a.Findings, *f)
	}
}

// auditedBatch is a batch whose leaves are being read.
type auditedBatch struct {
	index  uint64
	admit  *event.Admit
	left   int64
	hashes []tlog.Hash // stored hashes of the batch's own tree, in tlog's order
	count  int64
	wrong  *AuditFinding // first leaf that is not the source's
}

func (b *auditedBatch) finding(code, format string, args ...any) *AuditFinding {
	return &AuditFinding{Index: b.index, Source: b.admit.Source, Code: code, Problem: fmt.Sprintf(format, args...)}
}

// statement checks the envelope against the ADMIT entry.
func (b *auditedBatch) statement(ctx context.Context, r *graph.Replayed, last *event.Admit) *AuditFinding {
	a := b.admit
	if r.Evidence == nil {
		return b.finding("NO_EVIDENCE", "the signed envelope is not kept beside the entry")
	}
	v := &batch.Verifier{Keys: finder{r.Declared}}
	got, err := v.Recorded(ctx, r.Evidence, a.Source, time.Unix(0, a.Recorded.Earliest).UTC())
	if err != nil {
		return b.finding(string(batch.CodeOf(err)), "%v", err)
	}
	st := got.Statement
	switch {
	case got.Digest != a.Statement || got.Key != a.Key || st.Sequence != *a.Sequence || st.Root.String() != a.Root || st.Previous != a.Previous:
		return b.finding("STATEMENT_DIFFERS", "the entry does not say what the source signed")
	case a.Outcome == event.AdmitFork:
		return nil
	case st.Count != a.Count:
		return b.finding(string(batch.BadCount), "the source signed %d leaves, the entry says %d", st.Count, a.Count)
	case last == nil && (st.Sequence != 1 || st.Previous != ""):
		return b.finding(string(batch.SequenceSkipped), "the first batch of the source has number %d", st.Sequence)
	case last != nil && (st.Sequence != *last.Sequence+1 || st.Previous != last.Statement):
		return b.finding(string(batch.BadPrevious), "batch %d does not follow batch %d", st.Sequence, *last.Sequence)
	}
	return nil
}

// ReadHashes implements tlog.HashReader.
func (b *auditedBatch) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(b.hashes)) {
			return nil, fmt.Errorf("hash %d of %d", x, len(b.hashes))
		}
		out[i] = b.hashes[x]
	}
	return out, nil
}

func (b *auditedBatch) leaf(r *graph.Replayed) {
	b.left--
	if r.Skeleton.Source != b.admit.Source && b.wrong == nil {
		b.wrong = b.finding(string(batch.BadLeaf), "entry %d stands among the leaves of the batch and is of source %q", r.Index, r.Skeleton.Source)
	}
	hashes, err := tlog.StoredHashes(b.count, r.Leaf, b)
	if err != nil && b.wrong == nil {
		b.wrong = b.finding(string(batch.BadRoot), "entry %d: %v", r.Index, err)
	}
	b.count++
	b.hashes = append(b.hashes, hashes...)
}

// close checks the root over the leaves that were read.
func (b *auditedBatch) close() *AuditFinding {
	if b.wrong != nil {
		return b.wrong
	}
	if b.left > 0 {
		return b.finding("NOT_FOLLOWED", "the log ends %d leaves before the batch does", b.left)
	}
	root, err := tlog.TreeHash(b.count, b)
	if err != nil || root.String() != b.admit.Root {
		return b.finding(string(batch.BadRoot), "the leaves that follow do not give the root that the source signed")
	}
	return nil
}
