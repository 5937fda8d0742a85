package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// A scope is what a viewer sees as of a tree size. Every way to read goes through one, so that a viewer is answered
// as by a log without the entries that are out of its scope: what it does not see it does not find, count or pay for.
//
// Oversight sees everything. A dpo sees the entries in which one of its organisations took part (package index says
// what that means), and what is public. Its organisations are, as of the tree size asked for, those that it belongs to
// with all their names, what is part of them at any depth, and the systems that these operate with their parts.
// Declarations that a source introduced and the operator has not confirmed widen no scope: else a source could let
// its own organisation see into another's.
//
// Besides, a dpo follows an image that its organisation owns: see owner.go.
type scope struct {
	size    uint64
	catalog *catalog.View // what is declared, as far as the viewer sees it
	limits  *index.Scope  // nil: everything
	own     map[party]bool
}

// party is an organisation or a system as it stands in leaves.
type party struct {
	id     string
	system bool
}

// scope returns what the viewer sees as of a tree size. A view works it out once.
func (v *View) scope(size uint64) *scope {
	v.mu.Lock()
	defer v.mu.Unlock()
	sc := v.scopes[size]
	if sc == nil {
		sc = v.widen(size)
		if v.scopes == nil {
			v.scopes = map[uint64]*scope{}
		}
		v.scopes[size] = sc
	}
	return sc
}

func (v *View) widen(size uint64) *scope {
	if v.viewer.Role != DPO {
		return &scope{size: size, catalog: v.g.catalog.AsOf(size)}
	}
	sc := &scope{size: size, limits: &index.Scope{}, own: map[party]bool{}}
	for _, id := range v.viewer.Organisations {
		sc.own[party{id: id}] = true
	}
	// A declaration may be limited to organisations that belong to the viewer by another declaration that is limited
	// itself. So the scope is widened until it stays as it is; it only ever grows.
	for {
		before := len(sc.own)
		sc.catalog = v.g.catalog.Seen(sc.name(), size, func(i uint64) bool { return sc.took(v.g.head, i) })
		sc.include(v.viewer.Organisations)
		if len(sc.own) == before {
			break
		}
	}
	for _, p := range sc.sorted() {
		if p.system {
			sc.limits.Systems = append(sc.limits.Systems, p.id)
		} else {
			sc.limits.Organisations = append(sc.limits.Organisations, p.id)
		}
	}
	return sc
}

// include adds what belongs to some organisations.
func (sc *scope) include(names []string) {
	now := sc.catalog
	within := func(t event.DeclarationType, ids []string, each func(id string)) {
		seen := map[string]bool{}
		for queue := ids; len(queue) > 0; queue = queue[1:] {
			id := queue[0]
			if seen[id] {
				continue
			}
			seen[id] = true
			sc.own[party{id, t == event.DeclareSystem}] = true
			for _, name := range now.Synonyms(t, id) {
				sc.own[party{name, t == event.DeclareSystem}] = true
			}
			if each != nil {
				each(id)
			}
			for part := range now.Parts(t, id) {
				if !unconfirmed(part) {
					queue = append(queue, part.ID)
				}
			}
		}
	}
	var organisations, systems []string
	for _, name := range names {
		if e, ok := belongs(now, name); ok {
			organisations = append(organisations, e.ID)
		}
	}
	within(event.DeclareOrganisation, organisations, func(id string) {
		for s := range now.Operated(id) {
			if !unconfirmed(s) {
				systems = append(systems, s.ID)
			}
		}
	})
	within(event.DeclareSystem, systems, nil)
}

// belongs finds an organisation that a viewer says it belongs to. One that is not confirmed is found by its id alone:
// it might have taken another's name.
func belongs(now *catalog.View, name string) (*catalog.Entry, bool) {
	e, ok := now.Organisation(name)
	if !ok || unconfirmed(e) && e.ID != name {
		return nil, false
	}
	return e, true
}

func unconfirmed(e *catalog.Entry) bool {
	return e.Organisation != nil && e.Organisation.Flagged || e.System != nil && e.System.Flagged
}

// sorted lists what belongs to the viewer, in a fixed order.
func (sc *scope) sorted() []party {
	all := make([]party, 0, len(sc.own))
	for p := range sc.own {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b party) int {
		return cmp.Or(falseFirst(a.system, b.system), strings.Compare(a.id, b.id))
	})
	return all
}

// falseFirst orders false before true.
func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// name tells scopes of different organisations and systems apart.
func (sc *scope) name() string {
	var b strings.Builder
	for _, p := range sc.sorted() {
		if p.system {
			b.WriteByte('/')
		}
		b.WriteString(p.id)
		b.WriteByte(' ')
	}
	return b.String()
}

// took reports whether something of the viewer's is among the parties of an entry.
func (sc *scope) took(h *index.Index, i uint64) bool {
	row := h.Row(i)
	return slices.ContainsFunc(h.Members(row.Setting), func(n index.Name) bool {
		return sc.own[party{h.Name(n), h.System(n)}]
	})
}

// sees reports whether an entry is in scope by itself, not by the image that it was asked by.
func (sc *scope) sees(h *index.Index, i uint64) bool {
	if sc.limits == nil {
		return true
	}
	row := h.Row(i)
	return !ofTheLog(row.Kind) && (row.Flags&index.Public != 0 || sc.took(h, i))
}

// ofTheLog reports whether a kind of entry is the log's own bookkeeping, which is for oversight only.
func ofTheLog(k index.KindCode) bool {
	switch k.Kind() {
	case event.KindAdmit, event.KindLink, event.KindRedact:
		return true
	}
	return false
}
