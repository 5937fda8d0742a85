package graph

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
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
}

// As returns the graph as a viewer sees it. It fails with [CodeNoRole] or [CodeNoPurpose].
func (g *Graph) As(v Viewer) (*View, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	return &View{g: g, viewer: v}, nil
}

// Viewer returns who reads.
func (v *View) Viewer() Viewer { return v.viewer }

// Origin returns the name of the log.
func (v *View) Origin() string { return v.g.origin }

// oversee refuses what only oversight may see.
func (v *View) oversee() error {
	if v.viewer.Role != Oversight {
		return &Error{Code: CodeForbidden, Message: fmt.Sprintf("role %q does not see this; it needs role %q", v.viewer.Role, Oversight)}
	}
	return nil
}

// AsOf says which state of the log a question is about: a tree size, or the last state at or before a time. Zero: now.
type AsOf struct {
	Size *uint64
	At   time.Time
}

// size returns the tree size that an AsOf stands for.
func (v *View) size(a AsOf) (uint64, error) {
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
	if i >= v.g.head.Size() {
		return nil, absent
	}
	e, err := v.g.entry(i)
	if err != nil {
		return nil, err
	}
	if v.viewer.Role == Reporter && (e.Source != v.viewer.Source || e.Sealer == LogID && e.Event.Kind == event.KindAdmit) {
		return nil, absent
	}
	return e, nil
}

// Receipt answers what became of a source's own event id. A reporter sees those of its source.
func (v *View) Receipt(ctx context.Context, source, id string) (Receipt, error) {
	if v.viewer.Role == Reporter && source != v.viewer.Source {
		return Receipt{}, &Error{Code: CodeForbidden, Message: "a reporter sees the receipts of its own source only"}
	}
	for _, sealer := range []event.Pseudonym{v.g.vault.Entry(source, id)} {
		if i, ok := v.g.head.Entry(sealer); ok {
			e, err := v.g.entry(i)
			if err != nil {
				return Receipt{}, err
			}
			return e.receipt(Accepted), nil
		}
	}
	return Receipt{}, &Error{Code: CodeNotFound, Message: fmt.Sprintf("source %q has no recorded event %q", source, id)}
}

// Catalog returns what is declared, as of a state. Declarations of this version are public to every role that may
// read events.
func (v *View) Catalog(a AsOf) (*catalog.View, error) {
	if err := v.oversee(); err != nil {
		return nil, err
	}
	size, err := v.size(a)
	if err != nil {
		return nil, err
	}
	return v.g.catalog.AsOf(size), nil
}

// Chain returns how far a source's sequence of sealed batches has come.
func (v *View) Chain(source string) (Chain, error) {
	if v.viewer.Role == Reporter && source != v.viewer.Source {
		return Chain{}, &Error{Code: CodeForbidden, Message: "a reporter sees its own source only"}
	}
	return v.g.Chain(source), nil
}

// Proof is an inclusion proof of one entry.
type Proof struct {
	Index uint64
	Size  uint64
	Leaf  []byte
	Path  []tlog.Hash
	Head  ledger.Head
}

// Prove returns the proof that an entry is in the tree of the newest checkpoint.
func (v *View) Prove(ctx context.Context, id string) (*Proof, error) {
	e, err := v.Event(ctx, id)
	if err != nil {
		return nil, err
	}
	head := v.g.ledger.Head()
	path, err := v.g.ledger.InclusionProof(e.Index, head.Size)
	if err != nil {
		return nil, err
	}
	return &Proof{Index: e.Index, Size: head.Size, Leaf: e.Leaf, Path: path, Head: head}, nil
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

// resolve turns a filter into the index's terms, as of a tree size.
func (v *View) resolve(f EventFilter, size uint64) (index.Filter, error) {
	out := index.Filter{
		Kinds: f.Kinds, Sources: f.Sources, Purposes: f.Purposes, Transfers: f.Transfers, Targets: f.Targets,
		Collections: f.Collections, Documents: f.Documents,
		Occurred: f.Occurred, Recorded: f.Recorded, Exercise: f.Exercise, Missing: f.Missing,
	}
	now := v.g.catalog.AsOf(size)
	if f.Systems != nil {
		out.Systems = []string{}
		for _, name := range f.Systems {
			if f.Parts {
				if e, ok := now.System(name); ok {
					out.Systems = append(out.Systems, now.Within(event.DeclareSystem, e.ID)...)
					continue
				}
			}
			out.Systems = append(out.Systems, now.Synonyms(event.DeclareSystem, name)...)
		}
	}
	if f.Organisations != nil {
		out.Organisations = []string{}
		for _, name := range f.Organisations {
			out.Organisations = append(out.Organisations, now.Synonyms(event.DeclareOrganisation, name)...)
		}
	}
	if f.Owners != nil {
		out.Owners = []string{}
		for _, name := range f.Owners {
			out.Owners = append(out.Owners, now.Synonyms(event.DeclareOrganisation, name)...)
		}
	}
	f.lead(now, &out)
	if f.Digests != nil || f.Images != nil {
		out.Images = []event.Denotation{}
		for _, digest := range f.Digests {
			if !event.ValidDigest(digest) {
				return out, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("%q is no digest of a picture: write sha256: and 64 lower-case hex digits", digest)}
			}
			known, err := v.g.vault.Lookup(event.SubjectImage, "", digest)
			if err != nil {
				return out, err
			}
			out.Images = append(out.Images, known...)
		}
		out.Images = append(out.Images, v.denotations(f.Images, now)...)
	}
	var err error
	if out.Actors, err = v.identities(event.SubjectActor, f.Actors, now); err != nil {
		return out, err
	}
	if out.Persons, err = v.identities(event.SubjectPerson, f.Persons, now); err != nil {
		return out, err
	}
	if out.Cases, err = v.identities(event.SubjectCase, f.Cases, now); err != nil {
		return out, err
	}
	out.Records, err = v.identities(event.SubjectRecord, f.Records, now)
	return out, err
}

// denotations pairs pseudonyms with every sealer that may have given them: the node and each declared source.
func (v *View) denotations(ps []event.Pseudonym, now *catalog.View) []event.Denotation {
	var out []event.Denotation
	for _, p := range ps {
		out = append(out, event.Denotation{Sealer: LogID, Pseudonym: p})
		for s := range now.List(event.DeclareSource, "", catalog.Criteria{}) {
			out = append(out, event.Denotation{Sealer: s.ID, Pseudonym: p})
		}
	}
	return out
}

func (v *View) identities(kind event.SubjectKind, ids []Identity, now *catalog.View) ([]event.Denotation, error) {
	if ids == nil {
		return nil, nil
	}
	out := []event.Denotation{}
	for _, id := range ids {
		switch {
		case !id.Pseudonym.IsZero() && (id.Source != "" || id.Identifier != ""):
			return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("name the %s by its pseudonym or by its identifier, not by both", strings.ToLower(string(kind)))}
		case !id.Pseudonym.IsZero():
			out = append(out, v.denotations([]event.Pseudonym{id.Pseudonym}, now)...)
		case id.Identifier == "":
			return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("name the %s by its pseudonym or by its identifier", strings.ToLower(string(kind)))}
		default:
			sources := []string{id.Source}
			if id.Source == "" {
				sources = []string{LogID}
				for s := range now.List(event.DeclareSource, "", catalog.Criteria{}) {
					sources = append(sources, s.ID)
				}
			}
			for _, s := range sources {
				known, err := v.g.vault.Lookup(kind, s, id.Identifier)
				if err != nil {
					return nil, err
				}
				out = append(out, known...)
			}
		}
	}
	return out, nil
}

// LeafHash returns the RFC 6962 hash of the leaf.
func (p *Proof) LeafHash() tlog.Hash { return tlog.RecordHash(p.Leaf) }
