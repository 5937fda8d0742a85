package index

import (
	"runtime"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// link is one LINK entry: its two ends denote the same subject.
//
// What is the same is worked out for each question, by walking from end to end over the links below the tree size
// asked for that have not been superseded below it. A union-find would be faster and could not be asked about an
// earlier size, nor could a link be taken back; the classes are small, as their members are the sealers that met
// the subject, and again after each redaction.
type link struct {
	a, b  end
	at    uint32 // the entry
	exact bool   // rests on equal digests, not on a method and a score
}

// end is a denotation.
type end struct {
	pseudonym event.Pseudonym
	sealer    uint32
}

// methodDigest is the method of an exact link.
const methodDigest = "digest"

// link takes in what a LINK entry links.
func (h *head) takeLink(l *event.Link, at uint32) {
	of := dimensionOf(l.Subject)
	if of == 0 || l.A.Pseudonym.IsZero() || l.B.Pseudonym.IsZero() {
		return
	}
	n, k := h.links.append()
	k.a = end{l.A.Pseudonym, h.x.sealerOf(l.A.Sealer)}
	k.b = end{l.B.Pseudonym, h.x.sealerOf(l.B.Sealer)}
	k.at, k.exact = at, l.Method == methodDigest
	h.linked.Store(n + 1)
	for _, e := range [...]end{k.a, k.b} {
		h.subject(of, e.pseudonym, e.sealer, at)
		h.subject(linksOf(of), e.pseudonym, e.sealer, at)
	}
}

// Equivalent returns d and everything that LINK entries below asOf say denotes the same subject: d first, then in
// the order found, which is the same for the same log. A LINK that an entry below asOf of the same source corrects
// does not count. inferred follows links that rest on a method and a score, too.
func (x *Index) Equivalent(kind event.SubjectKind, d event.Denotation, asOf uint64, inferred bool) []event.Denotation {
	limit, st := x.limit(asOf)
	defer runtime.KeepAlive(st)
	return x.equivalent(st, dimensionOf(kind), d, limit, inferred)
}

func (x *Index) equivalent(st *state, of dimension, d event.Denotation, limit uint32, inferred bool) []event.Denotation {
	all := []event.Denotation{d}
	sealer, ok := x.names.find(make(nameBuffer, 0, 64).text(dimSealer, d.Sealer))
	if of == 0 || !ok {
		return all
	}
	found := []end{{d.Pseudonym, sealer}}
	for i := 0; i < len(found); i++ {
		k := subjectKey(linksOf(of), found[i].pseudonym, found[i].sealer)
		for _, p := range st.parts {
			if p.begin() >= limit {
				break
			}
			links := p.list(&k, limit-p.begin())
			if links.n == 0 {
				continue
			}
			for w := (walker{numbers: links}); ; w.i++ {
				at, ok := w.seek(0)
				if !ok {
					break
				}
				l := p.link(at)
				other := l.a
				if other == found[i] {
					other = l.b
				}
				if slices.Contains(found, other) || !l.exact && !inferred || x.superseded(st, p, at, limit) {
					continue
				}
				found = append(found, other)
				all = append(all, event.Denotation{Sealer: x.Name(Name(other.sealer)), Pseudonym: other.pseudonym})
			}
		}
	}
	return all
}

// superseded reports whether an entry below limit of the same source corrects this one. Another source's
// correction only annotates.
func (x *Index) superseded(st *state, of part, at, limit uint32) bool {
	k := entryKey(dimSuperseded, of.id(at))
	var this, by Row
	of.row(at, &this)
	for _, p := range st.parts {
		if p.begin() >= limit {
			break
		}
		l := p.list(&k, limit-p.begin())
		if l.n == 0 {
			continue
		}
		for w := (walker{numbers: l}); ; w.i++ {
			i, ok := w.seek(0)
			if !ok {
				break
			}
			if p.row(i, &by); by.Source == this.Source {
				return true
			}
		}
	}
	return false
}
