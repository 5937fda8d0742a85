package index

import (
	"runtime"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Scope restricts what a viewer sees. An entry is in it if its flag [Public] is set, if one of the organisations or
// systems is among its parties, or if it names one of the images in Whole. Entries of the kinds ADMIT, LINK and
// REDACT are the log's own and never in a scope; links are followed all the same.
//
// The parties of an entry are its requester, from and to (organisation and system both), origin, controller and the
// databases that were searched, since each receives the probe. The owner is none: owning an image opens its trail
// (Whole) and not every list. The parties of a claim or declaration of limited visibility are the organisations
// that it names.
//
// The parties of an entry of the access ledger are the organisations of the reader, and as owners those of the images
// opened.
//
// CORRECT, REVIEW and HOLD are in scope wherever an earlier entry is that they relate to, so that whoever sees an
// entry sees what became of it; unless they are of limited visibility themselves.
type Scope struct {
	Organisations, Systems []string           // as they stand in leaves: aliases, parts and systems operated are not expanded here
	Owners                 []string           // entries of the access ledger: organisations that owned an image opened
	Whole                  []event.Denotation // images whose whole trail is open, each with what is linked to it exactly
}

// scope fills in the parties of an entry and whether it is public. Those that the entry itself names are gathered already.
func (h *head) scope(sk *event.Skeleton, at uint32, r *Row) {
	x := h.x
	limited := sk.Visibility != nil && !sk.Visibility.Public
	if limited {
		for _, id := range sk.Visibility.Organisations {
			h.setting.parties = append(h.setting.parties, h.x.intern(dimOrganisation, id))
		}
	}
	switch sk.Kind {
	case event.KindClaim, event.KindDeclare:
		if !limited {
			r.Flags |= Public
		}
	case event.KindCorrect, event.KindReview, event.KindHold:
		for i := range sk.Relates {
			st := x.state.Load()
			if of, ok := st.find(sk.Relates[i].Entry); ok && of < h.base+at && !limited {
				var earlier Row
				st.row(of, &earlier)
				r.Flags |= earlier.Flags & Public
				h.setting.parties = append(h.setting.parties, x.Members(earlier.Setting)...)
			}
			runtime.KeepAlive(st)
		}
	}
	r.Setting = x.internSetting(&h.setting)
}

// own are the kinds of the log's own entries.
var own = func() (set uint32) {
	for _, k := range [...]event.Kind{event.KindAdmit, event.KindLink, event.KindRedact} {
		set |= 1 << kindCodes[k]
	}
	return set
}()

// scope is a [Scope] made ready for one tree size, for one goroutine.
type scope struct {
	names []Name // ascending
	whole []key

	// What is known of settings, by number; one is looked into when it is first met.
	known, inside []uint64
}

// within makes a scope ready.
func (p *plan) within(s *Scope) *scope {
	if s == nil {
		return nil
	}
	out := &scope{whole: p.denoted(dimImage, s.Whole, false)}
	name := make(nameBuffer, 0, 64)
	names := func(d dimension, ids []string) {
		for _, id := range ids {
			if n, ok := p.x.names.find(name.text(d, id)); ok {
				out.names = append(out.names, Name(n))
			}
		}
	}
	names(dimOrganisation, s.Organisations)
	names(dimSystem, s.Systems)
	names(dimOwner, s.Owners)
	slices.Sort(out.names)
	return out
}

// holds reports whether a row of a part is in scope; whole are the part's lists of the images whose trail is open.
func (s *scope) holds(x *Index, whole term, at uint32, r *Row) bool {
	if s == nil {
		return true
	}
	return own>>r.Kind&1 == 0 && (r.Flags&Public != 0 || s.party(x, r.Setting) || whole.has(at))
}

// party reports whether one of the names is in a set.
func (s *scope) party(x *Index, p Setting) bool {
	word, bit := int(p>>6), uint64(1)<<(p&63)
	if word >= len(s.known) {
		grown := word + 1 + word/2
		s.known = append(s.known, make([]uint64, grown-len(s.known))...)
		s.inside = append(s.inside, make([]uint64, grown-len(s.inside))...)
	}
	if s.known[word]&bit == 0 {
		s.known[word] |= bit
		if slices.ContainsFunc(x.Members(p), func(n Name) bool {
			_, ok := slices.BinarySearch(s.names, n)
			return ok
		}) {
			s.inside[word] |= bit
		}
	}
	return s.inside[word]&bit != 0
}
