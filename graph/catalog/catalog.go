// Package catalog is what the log declares: organisations, systems, sources and their keys, agreements, purposes,
// retention rules, documents and collections.
package catalog

import (
	"iter"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Catalog is a fold over the DECLARE and CORRECT entries of a log.
type Catalog struct{}

// New returns the catalog of an empty log.
func New() *Catalog { return &Catalog{} }

// Apply folds in one entry; entries come in order of their index, of other kinds than DECLARE and CORRECT may be
// left out. It is called by one goroutine at a time.
func (c *Catalog) Apply(index uint64, sk *event.Skeleton) { panic("api") }

// View returns the catalog as it is now.
func (c *Catalog) View() *View { panic("api") }

// AsOf returns the catalog as of a tree size: what the entries below size declare.
func (c *Catalog) AsOf(size uint64) *View { panic("api") }

// Changed returns a channel that is closed when something of this type is declared, changed or withdrawn.
func (c *Catalog) Changed(t event.DeclarationType) <-chan struct{} { panic("api") }

// View is the catalog as of a tree size. It never changes and may be used by any goroutine.
type View struct{}

// Entry is one thing declared, as it stands in a view.
type Entry struct {
	event.Declaration
	Index      uint64          // of the entry that declares it so
	Entry      event.Pseudonym // id of that entry
	Source     string          // who handed that entry in
	Exercise   bool
	Visibility *event.Visibility // who may see it; nil: everybody
	First      uint64            // index of the first declaration of this id
	From       uint64            // it stands so for tree sizes above this …
	Until      uint64            // … and up to this, [Standing] where nothing has superseded it
}

// Standing is the end of what still stands.
const Standing = ^uint64(0)

// Organisation finds an organisation by id, alias or name, in any case.
func (v *View) Organisation(name string) (*Entry, bool) { return v.Find(event.DeclareOrganisation, name) }

// System finds a system by id, alias or name, in any case.
func (v *View) System(name string) (*Entry, bool) { return v.Find(event.DeclareSystem, name) }

// Source finds a source by its id.
func (v *View) Source(id string) (*Entry, bool) { return v.Get(event.DeclareSource, id) }

// Key finds a key by its id.
func (v *View) Key(id string) (*Entry, bool) { return v.Get(event.DeclareKey, id) }

// Get finds an entry by its id.
func (v *View) Get(t event.DeclarationType, id string) (*Entry, bool) { panic("api") }

// Find finds an entry by id, alias or name, in any case.
func (v *View) Find(t event.DeclarationType, name string) (*Entry, bool) { panic("api") }

// Known reports whether an organisation or system is declared under this id or an alias.
func (v *View) Known(t event.DeclarationType, name string) bool { panic("api") }

// Synonyms returns the id and all aliases of an entry that events may name it by, the id first.
func (v *View) Synonyms(t event.DeclarationType, name string) []string { panic("api") }

// Within returns the ids of a system (or organisation) and of everything that is, at any depth, part of it.
func (v *View) Within(t event.DeclarationType, id string) []string { panic("api") }

// Parts lists what is directly part of a system or organisation, by id.
func (v *View) Parts(t event.DeclarationType, id string) iter.Seq[*Entry] { panic("api") }

// KeysOf lists the keys declared for a source, by id.
func (v *View) KeysOf(source string) iter.Seq[*Entry] { panic("api") }

// KeyAt tells how a key stands at a time.
func (v *View) KeyAt(id string, at time.Time) (*Entry, KeyState) { panic("api") }

// KeyState is how a key stands at a time.
type KeyState uint8

// The states of a key.
const (
	KeyUnknown KeyState = iota
	KeyValid
	KeyNotYetValid
	KeyExpired
	KeyRevoked
)

// Criteria narrow a listing; their zero values do not.
type Criteria struct {
	Country  string               // of organisations
	Class    event.RecipientClass // of organisations
	Operator string               // of systems
	Vendor   string               // of systems
	Type     string               // of systems
	PartOf   string               // of organisations and systems
	Flagged  *bool                // of organisations and systems
	Text     string               // part of the id, a name or an alias, in any case
}

// Organisations lists organisations by id, those after the given id.
func (v *View) Organisations(after string, c Criteria) iter.Seq[*Entry] {
	return v.List(event.DeclareOrganisation, after, c)
}

// Systems lists systems by id, those after the given id.
func (v *View) Systems(after string, c Criteria) iter.Seq[*Entry] {
	return v.List(event.DeclareSystem, after, c)
}

// List lists entries of a type by id, those after the given id.
func (v *View) List(t event.DeclarationType, after string, c Criteria) iter.Seq[*Entry] { panic("api") }

// Collision is a label that several entries of one type claim.
type Collision struct {
	Type  event.DeclarationType
	Label string
	IDs   []string // the first is the one it resolves to
}

// Collisions lists the labels that several entries claim, by type and label.
func (v *View) Collisions() []Collision { panic("api") }
