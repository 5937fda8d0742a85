package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// View is the one way to read: the graph as one viewer may see it, for one purpose.
type View struct {
	g      *Graph
	viewer Viewer

	mu     sync.Mutex // guards what follows: what a view has worked out already
	scopes map[uint64]*scope
	owners map[ownership]bool
	// by tree size
	tracers map[uint64]*tracer

	reading reading
}

// As returns the graph as a viewer sees it. It fails with [CodeNoRole], also where a dpo belongs to an organisation that
// is not declared, or [CodeNoPurpose].
func (g *Graph) As(v Viewer) (*View, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	out := &View{g: g, viewer: v}
	if err := out.belongs(); err != nil {
		return nil, err
	}
	return out, nil
}

// Viewer returns who reads.
func (v *View) Viewer() Viewer { return v.viewer }

// Origin returns the name of the log.
func (v *View) Origin() string { return v.g.origin }

// oversee refuses what only oversight may see, since no scope can be applied to it.
func (v *View) oversee() error { return v.serves(Oversight) }

// reads refuses who reads no entries. What is then answered is in the viewer's scope.
func (v *View) reads() error { return v.serves(Oversight, DPO) }

// declares refuses who reads nothing of the catalog. What is then answered is in the viewer's scope.
func (v *View) declares() error { return v.serves(Oversight, DPO, Operator) }

// serves refuses all but some roles.
func (v *View) serves(roles ...Role) error {
	if slices.Contains(roles, v.viewer.Role) {
		return nil
	}
	return &Error{Code: CodeForbidden, Message: fmt.Sprintf("role %q does not see this; it is for %s", v.viewer.Role, roleList(roles))}
}

// AsOf says which state of the log a question is about: a tree size, or the last state at or before a time. Zero: now.
type AsOf struct {
	Size *uint64
	At   time.Time
}

// size returns the tree size that an AsOf stands for, which the answer then holds for.
func (v *View) size(a AsOf) (size uint64, err error) {
	defer func() {
		if err == nil {
			v.reading.hold(size)
		}
	}()
	now := v.g.head.Size()
	switch {
	case a.Size != nil && !a.At.IsZero():
		return 0, &Error{Code: CodeBadArgument, Message: "asOf names a size and a date; name one"}
	case a.Size != nil && *a.Size > now:
		return 0, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("asOf names tree size %d, but the log has %d entries", *a.Size, now)}
	case a.Size != nil:
		return *a.Size, nil
	case !a.At.IsZero():
		h, err := v.before(a.At)
		return min(h.Size, now), err
	}
	return now, nil
}

// TreeSize returns the tree size that an AsOf stands for. Sizes of the tree are public.
func (v *View) TreeSize(a AsOf) (uint64, error) { return v.size(a) }

// before returns the last head at or before a time.
func (v *View) before(at time.Time) (ledger.Head, error) {
	h, err := v.g.ledger.HeadBefore(at)
	if errors.Is(err, ledger.ErrNotFound) {
		err = &Error{Code: CodeNotFound, Message: "the log has no state as early as " + at.UTC().Format(time.RFC3339)}
	}
	return h, err
}

// Checkpoint returns the signed head: the newest, or the last one at or before a time. Checkpoints are public.
func (v *View) Checkpoint(at time.Time) (ledger.Head, error) {
	if at.IsZero() {
		return v.g.ledger.Head(), nil
	}
	return v.before(at)
}

// Event returns an entry by its id (22 characters) or its index (decimal). What the viewer may not see looks absent.
func (v *View) Event(ctx context.Context, id string) (*Entry, error) {
	e, err := v.event(id, v.g.head.Size())
	if err != nil {
		return nil, err
	}
	return e, v.touchesEntry(e)
}

// Acted is Event as of a tree size for who wants to know no more of an entry than who acted: of its subjects that one
// alone is opened.
func (v *View) Acted(ctx context.Context, index, size uint64) (*Entry, error) {
	e, err := v.event(strconv.FormatUint(index, 10), min(size, v.g.head.Size()))
	if err != nil || e.Event.Actor == nil {
		return e, err
	}
	return e, v.reading.touch(event.SubjectActor, event.Denotation{Sealer: e.Sealer, Pseudonym: e.Event.Actor.Pseudonym})
}

func (v *View) event(id string, size uint64) (*Entry, error) {
	if err := v.serves(Oversight, DPO, Reporter); err != nil {
		return nil, err
	}
	absent := &Error{Code: CodeNotFound, Message: fmt.Sprintf("no entry %q", id)}
	i, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		p, err := event.ParsePseudonym(id)
		if err != nil {
			return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("%q is neither the id of an entry (22 characters) nor an index", id)}
		}
		var ok bool
		if i, ok = v.g.head.Entry(p); !ok {
			return nil, absent
		}
	}
	if i >= size {
		return nil, absent
	}
	sc := v.scope(size)
	if ok, err := v.finds(i, sc); err != nil || !ok {
		return nil, cmp.Or(err, error(absent))
	}
	e, err := v.opened(i, sc)
	if err != nil {
		return nil, err
	}
	if v.viewer.Role == Reporter && (e.Source != v.viewer.Source || e.Sealer == LogID && e.Event.Kind == event.KindAdmit) {
		return nil, absent
	}
	return e, nil
}

// Receipt answers what became of a source's own event id. A reporter sees those of its source, a dpo those of entries
// whose own id is in its scope.
func (v *View) Receipt(ctx context.Context, source, id string) (Receipt, error) {
	if err := v.serves(Oversight, DPO, Reporter); err != nil {
		return Receipt{}, err
	}
	if v.viewer.Role == Reporter && source != v.viewer.Source {
		return Receipt{}, &Error{Code: CodeForbidden, Message: "a reporter sees the receipts of its own source only"}
	}
	_, i, ok, err := v.g.recordedAs(source, v.g.vault.Entry(source, id))
	if err != nil {
		return Receipt{}, err
	}
	if ok && v.scope(v.g.head.Size()).sees(v.g.head, i) {
		e, err := v.g.entry(i)
		if err != nil {
			return Receipt{}, err
		}
		v.reading.gave(1)
		return e.receipt(Accepted), nil
	}
	return Receipt{}, &Error{Code: CodeNotFound, Message: fmt.Sprintf("source %q has no recorded event %q", source, id)}
}

// Catalog returns what is declared, as of a state, as far as the viewer may see it: a dpo sees public declarations and
// those limited to its organisations, and of what others would replace the public state before it.
func (v *View) Catalog(a AsOf) (*catalog.View, error) {
	if err := v.declares(); err != nil {
		return nil, err
	}
	size, err := v.size(a)
	if err != nil {
		return nil, err
	}
	return v.scope(size).catalog, nil
}

// Chain returns how far a source's sequence of sealed batches has come. A batch is of everything that a source hands in,
// so no dpo sees it.
func (v *View) Chain(source string) (Chain, error) {
	if err := v.serves(Oversight, Reporter, Operator); err != nil {
		return Chain{}, err
	}
	if v.viewer.Role == Reporter && source != v.viewer.Source {
		return Chain{}, &Error{Code: CodeForbidden, Message: "a reporter sees its own source only"}
	}
	return v.g.Chain(source), nil
}

// EntryBundle returns leaves as C2SP tlog-tiles has them: unscoped, therefore for oversight only.
func (v *View) EntryBundle(n uint64, width int) ([]byte, error) {
	if err := v.oversee(); err != nil {
		return nil, err
	}
	return v.g.ledger.EntryBundle(n, width)
}

// Checkpoint returns the newest signed head. It is public: it names no entry.
func (g *Graph) Checkpoint() ledger.Head { return g.ledger.Head() }

// HashTile returns a tile of hashes as C2SP tlog-tiles has it. It is public: a hash of a leaf with salted digests
// confirms nothing.
func (g *Graph) HashTile(t tlog.Tile) ([]byte, error) { return g.ledger.HashTile(t) }

// EventFilter says which entries are wanted; see [index.Filter] for how its fields combine. Names of organisations and
// systems may be ids or aliases.
type EventFilter struct {
	Kinds         []event.Kind
	Digests       []string // of pictures, "sha256:…"
	Images        []event.Pseudonym
	Systems       []string
	Parts         bool // a system stands for its parts, too
	Organisations []string
	Actors        []Identity // who acted, verified or authorised
	Persons       []Identity // whom the entry is about
	Cases         []Identity
	Records       []Identity
	Sources       []string
	Collections   []string
	Documents     []string // cited
	Purposes      []string
	Transfers     []string
	Targets       []event.Pseudonym
	Occurred      event.Time
	Recorded      event.Time
	Exercise      *bool
	Missing       index.Flags
	Owners        []string // whose consent governs
	Particulars            // what the index has no list of
}

// Identity names a person, case or record: by pseudonym, or by the identifier that a source uses for it. Where Source is empty
// every declared source is tried.
type Identity struct {
	Pseudonym  event.Pseudonym
	Source     string
	Identifier string
}
