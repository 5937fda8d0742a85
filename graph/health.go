package graph

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// Refused is what a source handed in that could not be recorded and is kept apart.
type Refused struct {
	Events int
	Newest time.Time // when the last of them was kept
}

// Refusals counts what was refused, by source. The intake keeps it, since it is not in the log.
type Refusals interface {
	Refused() (map[string]Refused, error)
}

// CountRefusals makes what was refused part of the health of sources. It is called before anybody reads.
func (g *Graph) CountRefusals(r Refusals) { g.refusals = r }

// Silence is a time between two signs of life of a source that is longer than its declared heartbeat.
type Silence struct{ From, To time.Time }

// maxSilences is how many silences of a source are listed, the newest.
const maxSilences = 100

// SourceHealth is how well a source reports. A sign of life is an entry or a sealed batch, an empty one too, by the
// time at which the log recorded it. The numbers of a source's batches have no gaps, since a batch out of sequence is
// refused: what is missing shows as silence.
type SourceHealth struct {
	ID           string
	Name         event.Text
	Organisation string
	Declared     bool // false: the log itself, or a source of which only entries are known
	Ended        bool
	Exercise     bool          // it is declared for exercise data
	Heartbeat    time.Duration // longest silence expected; 0: none is declared

	Entries  uint64
	Last     uint64 // index of its last entry, where there are any
	LastSign time.Time

	Batches   uint64
	Sequence  int64  // of its last batch, 0 before the first
	Statement string // digest of it
	LastBatch time.Time
	Forks     int // second statements under a used number, kept as evidence

	Silences []Silence // the newest; the one that lasts is not among them
	Silent   time.Duration
	Overdue  bool // it is silent for longer than it declared

	Operations           uint64 // entries that the law wants to be complete, LED Art. 25(1)
	WithoutJustification uint64
	WithoutCase          uint64
	WithoutActor         uint64 // nobody is named as having acted, nor a process, nor is it withheld

	Refused *Refused // nil: not known here
}

// Sources returns the health of each source, by id, and the tree size that it holds for. Silence is measured up to
// now, or of an earlier state up to when the last entry of it was recorded.
func (v *View) Sources(ctx context.Context, a AsOf) ([]*SourceHealth, uint64, error) {
	size, err := v.size(a)
	if err != nil {
		return nil, 0, err
	}
	if err := v.serves(Oversight, Operator); err != nil {
		return nil, 0, err
	}
	until := v.g.Now()
	if a.Size != nil || !a.At.IsZero() {
		until = a.At
		if size > 0 {
			until = v.g.recordedAt(size - 1)
		}
	}
	all := v.declaredSources(size)
	if err := v.signsOfLife(ctx, size, all); err != nil {
		return nil, 0, err
	}
	var refused map[string]Refused
	if v.g.refusals != nil {
		if refused, err = v.g.refusals.Refused(); err != nil {
			return nil, 0, err
		}
	}
	var out []*SourceHealth
	for _, id := range slices.Sorted(maps.Keys(all)) {
		s := all[id]
		if !s.LastSign.IsZero() {
			s.Silent = max(until.Sub(s.LastSign), 0)
			s.Overdue = !s.Ended && s.Heartbeat > 0 && s.Silent > s.Heartbeat
		}
		if v.g.refusals != nil {
			r := refused[id]
			s.Refused = &r
		}
		out = append(out, s)
	}
	return out, size, nil
}

// sign takes note of a sign of life; they come in order of time.
func (s *SourceHealth) sign(at time.Time) {
	if !s.LastSign.IsZero() && s.Heartbeat > 0 && at.Sub(s.LastSign) > s.Heartbeat {
		if len(s.Silences) == maxSilences {
			s.Silences = s.Silences[1:]
		}
		s.Silences = append(s.Silences, Silence{s.LastSign, at})
	}
	if at.After(s.LastSign) {
		s.LastSign = at
	}
}

func (v *View) declaredSources(size uint64) map[string]*SourceHealth {
	all := map[string]*SourceHealth{}
	for e := range v.g.catalog.AsOf(size).List(event.DeclareSource, "", catalog.Criteria{}) {
		s := &SourceHealth{ID: e.ID, Name: e.Name, Organisation: e.Declaration.Source.Organisation, Declared: true, Ended: e.Declaration.Source.Ended, Exercise: e.Exercise}
		if d, err := time.ParseDuration(e.Declaration.Source.Heartbeat); err == nil && d > 0 {
			s.Heartbeat = d
		}
		all[e.ID] = s
	}
	return all
}

// signsOfLife goes through all entries below size, and the batches among them, in order.
func (v *View) signsOfLife(ctx context.Context, size uint64, all map[string]*SourceHealth) error {
	of := func(id string) *SourceHealth {
		s := all[id]
		if s == nil {
			s = &SourceHealth{ID: id}
			all[id] = s
		}
		return s
	}
	f, err := v.resolve(EventFilter{}, size)
	if err != nil {
		return err
	}
	batches := v.g.submissions.below(size)
	admitted := func(before uint64) {
		for len(batches) > 0 && batches[0].index < before {
			b := batches[0]
			batches = batches[1:]
			s, at := of(b.source), time.Unix(0, b.recorded).UTC()
			s.Batches++
			s.Sequence, s.Statement, s.LastBatch = b.sequence, b.statement, at
			s.sign(at)
		}
	}
	bySource := map[index.Name]*SourceHealth{}
	for hit, err := range v.scan(ctx, f, &sieve{}, index.Recorded, size, 0, &cut{}) {
		if err != nil {
			return err
		}
		admitted(hit.index)
		r := &hit.row
		s := bySource[r.Source]
		if s == nil {
			s = of(v.g.head.Name(r.Source))
			bySource[r.Source] = s
		}
		s.Entries++
		s.Last = hit.index
		s.sign(time.Unix(0, r.Recorded).UTC())
		if r.Kind.Kind().Operation() == "" {
			continue
		}
		s.Operations++
		for _, m := range [...]struct {
			flag index.Flags
			n    *uint64
		}{{index.MissingJustification, &s.WithoutJustification}, {index.MissingCase, &s.WithoutCase}, {index.MissingActor, &s.WithoutActor}} {
			if r.Flags&m.flag != 0 {
				*m.n++
			}
		}
	}
	admitted(size)
	for id, n := range v.g.submissions.forksBelow(size) {
		of(id).Forks = n
	}
	return nil
}

// recordedAt is when an entry was recorded.
func (g *Graph) recordedAt(i uint64) time.Time { return time.Unix(0, g.head.Row(i).Recorded).UTC() }
