package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// corrected is an entry that a CORRECT stands for.
type corrected struct {
	index uint64    // of the CORRECT
	of    uint64    // of the entry that was made first
	row   index.Row // of the CORRECT, with the kind of that entry
}

// replacements yields what corrections put in the place of entries that they supersede, so that a transfer that was put
// right is still a transfer, to where it went. It goes as far as a scan of the entries themselves did, which c says. Where
// the filter names the kind CORRECT these are asked for as what they are, and none is yielded. Corrections are few; where more
// match than may be opened it is too costly.
func (v *View) replacements(ctx context.Context, filter EventFilter, size uint64, from index.Position, c *cut, yield func(*corrected) error) error {
	kinds := filter.Kinds
	if slices.Contains(kinds, event.KindCorrect) || filter.Superseded != nil && *filter.Superseded {
		return nil
	}
	filter.Kinds = []event.Kind{event.KindCorrect}
	f, err := v.resolve(filter, size)
	if err != nil {
		return err
	}
	sv, err := v.sieve(&filter, size)
	if err != nil {
		return err
	}
	t, own := v.tracer(size), cut{}
	for hit, err := range v.scan(ctx, f, sv, index.Recorded, size, from, &own) {
		if err != nil {
			return err
		}
		if c.short && hit.index > c.last {
			return nil
		}
		if own.opened++; own.opened > MaxOpened {
			break
		}
		var first uint64
		var kind event.Kind
		var ok bool
		if err := t.ask(func(t *trace.Tracer) (err error) {
			first, kind, ok, err = t.StandsFor(hit.index)
			return err
		}); err != nil {
			return err
		}
		if !ok || !slices.Contains(kinds, kind) {
			continue
		}
		hit.row.Kind = v.g.head.Row(first).Kind
		if err := yield(&corrected{hit.index, first, hit.row}); err != nil {
			return err
		}
	}
	if own.short || own.opened > MaxOpened {
		return &Error{Code: CodeTooCostly, Message: fmt.Sprintf("more than %d corrections match the filter, each of which has to be opened; narrow it", MaxOpened)}
	}
	return nil
}
