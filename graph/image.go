package graph

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// ImageRef names an image: by the digest of the picture's bytes or by a pseudonym of it.
type ImageRef struct {
	Digest    string // "sha256:…"
	Pseudonym event.Pseudonym
}

// KindCount counts entries of a kind.
type KindCount struct {
	Kind  event.Kind
	Count uint64
}

// Sight is when something was first and last seen, by when the entries happened; zero where none is placed in time.
type Sight struct {
	Entries     uint64
	First, Last event.Time
}

func (s *Sight) see(at event.Time) {
	s.Entries++
	if at.IsZero() {
		return
	}
	if s.First.IsZero() || at.Earliest < s.First.Earliest {
		s.First = at
	}
	if s.Last.IsZero() || at.Latest > s.Last.Latest {
		s.Last = at
	}
}

// SystemSight is what a system has to do with an image.
type SystemSight struct {
	System string
	Sight
}

// ImageTrail sums up the entries that name an image, under whatever pseudonym.
type ImageTrail struct {
	Pseudonyms        []event.Denotation // that entries use, by sealer and pseudonym
	Digest            string             // "" where the viewer may not see it or it was redacted: then Absent says why
	Absent            Reason
	Kinds             []KindCount // entries that stand, by kind
	Superseded        uint64
	Systems           []SystemSight // named by its entries in any role, by id
	Owners            []string      // that its entries name, the newest first
	Seen              Sight
	Recorded, Updated time.Time // of its first and last entry
	Exercise          bool      // all of its entries are exercise data
	TreeSize          uint64
	Filter            EventFilter // finds its entries

	cut cut
}

// Cut returns why not all entries were looked at, "" where all were.
func (t *ImageTrail) Cut() string {
	if t.cut.short {
		return reasonOpened
	}
	return ""
}

// Image sums up what is recorded of an image, nil where nothing is that the viewer may see.
func (v *View) Image(ctx context.Context, ref ImageRef, a AsOf) (*ImageTrail, error) {
	if err := v.reads(); err != nil {
		return nil, err
	}
	size, err := v.size(a)
	if err != nil {
		return nil, err
	}
	t := &ImageTrail{TreeSize: size, Exercise: true}
	switch {
	case (ref.Digest != "") == !ref.Pseudonym.IsZero():
		return nil, &Error{Code: CodeBadArgument, Message: "name the image by its digest or by a pseudonym"}
	case ref.Digest != "":
		t.Filter.Digests = []string{ref.Digest}
	default:
		t.Filter.Images = []event.Pseudonym{ref.Pseudonym}
	}
	f, err := v.resolve(t.Filter, size)
	if err != nil {
		return nil, err
	}
	// The pseudonyms that may stand in its entries.
	same := map[event.Denotation]bool{}
	for _, d := range f.Images {
		for _, other := range v.g.head.Equivalent(event.SubjectImage, d, size, false) {
			same[other] = true
		}
	}
	err = v.gather(ctx, t, f, same)
	if err != nil || t.Seen.Entries+t.Superseded == 0 {
		return nil, err
	}
	return t, v.openDigest(ctx, t, ref.Digest)
}

// gather goes through the entries.
func (v *View) gather(ctx context.Context, t *ImageTrail, f index.Filter, same map[event.Denotation]bool) error {
	kinds, systems, used := map[event.Kind]uint64{}, map[string]*Sight{}, map[event.Denotation]bool{}
	superseded := v.superseding(t.TreeSize)
	x := v.lexicon(t.TreeSize, &t.cut)
	for hit, err := range v.scan(ctx, f, &sieve{}, index.Recorded, t.TreeSize, 0, &t.cut) {
		if err != nil {
			return err
		}
		sk, ok := x.open(hit.index)
		if !ok {
			break
		}
		at := time.Unix(0, hit.row.Recorded).UTC()
		if t.Recorded.IsZero() {
			t.Recorded = at
		}
		t.Updated = at
		if sk.Kind != event.KindLink && sk.Kind != event.KindRedact { // the log's own word about a pseudonym
			t.Exercise = t.Exercise && hit.row.Flags&index.Exercise != 0
		}
		for i := range sk.Images {
			if d := (event.Denotation{Sealer: sk.Sealer, Pseudonym: sk.Images[i].Pseudonym}); same[d] {
				used[d] = true
			}
		}
		over, err := superseded(hit.index)
		if err != nil {
			return err
		}
		if over {
			t.Superseded++
			continue
		}
		kinds[sk.Kind]++
		t.Seen.see(sk.Occurred)
		for _, system := range systemsOf(sk, same) {
			if e, ok := x.now.System(system); ok {
				system = e.ID
			}
			s := systems[system]
			if s == nil {
				s = &Sight{}
				systems[system] = s
			}
			s.see(sk.Occurred)
		}
		if sk.Owner != "" {
			t.Owners = slices.DeleteFunc(t.Owners, func(o string) bool { return o == sk.Owner })
			t.Owners = append(t.Owners, strings.Clone(sk.Owner))
		}
	}
	if x.err != nil {
		return x.err
	}
	slices.Reverse(t.Owners)
	for _, k := range event.Kinds() {
		if n := kinds[k]; n > 0 {
			t.Kinds = append(t.Kinds, KindCount{k, n})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(systems)) {
		t.Systems = append(t.Systems, SystemSight{id, *systems[id]})
	}
	t.Pseudonyms = slices.SortedFunc(maps.Keys(used), func(a, b event.Denotation) int {
		return cmp.Or(strings.Compare(a.Sealer, b.Sealer), slices.Compare(a.Pseudonym[:], b.Pseudonym[:]))
	})
	return nil
}

// open reads the leaf of an entry as far as the viewer sees it, within the bound: where it is reached ok is false.
func (x *lexicon) open(i uint64) (sk *event.Skeleton, ok bool) {
	if x.err != nil || x.cut.opened >= MaxOpened {
		x.cut.short = x.cut.short || x.err == nil
		return nil, false
	}
	x.cut.opened++
	if sk, x.err = x.v.g.skeleton(i); x.err == nil && !x.sc.sees(x.v.g.head, i) {
		x.err = x.v.confineEvent(&sk.Event, sk.Sealer, x.sc)
	}
	return sk, x.err == nil
}

// systemsOf lists the systems that an entry names and that have to do with the image: of a candidate the database that
// returned it, and no other candidate's.
func systemsOf(sk *event.Skeleton, same map[event.Denotation]bool) []string {
	var out []string
	add := func(id string) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, strings.Clone(id))
		}
	}
	candidate := true // and nothing else
	for i := range sk.Images {
		img := &sk.Images[i]
		if same[event.Denotation{Sealer: sk.Sealer, Pseudonym: img.Pseudonym}] {
			add(img.System)
			candidate = candidate && img.Role == event.RoleCandidate
		}
	}
	add(sk.From.System)
	add(sk.To.System)
	if !candidate {
		for i := range sk.Databases {
			add(sk.Databases[i].System)
		}
	}
	return out
}

// openDigest opens entries of the image until one shows its digest.
func (v *View) openDigest(ctx context.Context, t *ImageTrail, known string) error {
	if t.Digest = known; known != "" {
		return nil
	}
	page, err := v.Events(ctx, t.Filter, index.Recorded, Pagination{First: 5, AsOf: AsOf{Size: &t.TreeSize}})
	if err != nil {
		return err
	}
	t.Absent = Empty
	for _, e := range page.Entries {
		for i := range e.Event.Images {
			img := &e.Event.Images[i]
			if !slices.Contains(t.Pseudonyms, event.Denotation{Sealer: e.Sealer, Pseudonym: img.Pseudonym}) {
				continue
			}
			if img.Digest != "" {
				t.Digest, t.Absent = img.Digest, ""
				return nil
			}
			t.Absent = e.Absent(fmt.Sprintf("/images/%d/digest", i))
		}
	}
	return nil
}
