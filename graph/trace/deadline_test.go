package trace_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// fuse is a context that ends when it was asked so many times whether it has.
type fuse struct {
	context.Context
	left, asked int
}

func (f *fuse) Err() error {
	f.asked++
	if f.left--; f.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestEveryQuestionEndsWithItsContext asks about an image with many entries, and ends the context at every sort of moment:
// the answer is its error, at once, whether the entries are still to be read or are remembered.
func TestEveryQuestionEndsWithItsContext(t *testing.T) {
	w := newWorld()
	w.abc()
	r := rand.New(rand.NewPCG(1, 2))
	systems := []string{"a", "b", "c", "d"}
	const entries = 600
	for n := range entries {
		from, to := systems[r.IntN(4)], systems[r.IntN(4)]
		then := time.Date(2025, 1, 1, n, 0, 0, 0, time.UTC).Format(time.RFC3339)
		switch {
		case n%5 == 0:
			w.say("src-a", &event.Event{Kind: event.KindConsult, Occurred: when(then), Requester: "org-a", From: at(from), Actor: &event.Actor{ID: fmt.Sprint(n)}, Images: pictures("p")})
		case from != to:
			w.say("src-a", moved(event.KindDisclose, then, from, to, fmt.Sprint(n), "p"))
		}
	}
	images := []event.Denotation{Image(pic("p"))}
	for name, ask := range map[string]func(*trace.Tracer, context.Context) error{
		"lineage": func(t *trace.Tracer, ctx context.Context) error {
			_, err := t.Lineage(ctx, trace.LineageQuery{Images: images, Direction: trace.Down, Depth: 9, At: event.Beginning})
			return err
		},
		"exposure": func(t *trace.Tracer, ctx context.Context) error {
			_, err := t.Exposure(ctx, images, trace.Budget{})
			return err
		},
		"reach": func(t *trace.Tracer, ctx context.Context) error {
			_, err := t.Reach(ctx, trace.ReachQuery{From: trace.Origin{Images: images}, To: "d", By: event.End})
			return err
		},
		"reach of anybody's": func(t *trace.Tracer, ctx context.Context) error {
			_, err := t.Reach(ctx, trace.ReachQuery{From: trace.Origin{Country: "XX"}, To: "d", By: event.End})
			return err
		},
	} {
		for _, remembered := range []bool{false, true} {
			made := func() *trace.Tracer {
				tr := w.Tracer()
				if remembered {
					if err := ask(tr, context.Background()); err != nil {
						t.Fatal(err)
					}
				}
				return tr
			}
			long := &fuse{Context: context.Background(), left: 1 << 40}
			if err := ask(made(), long); err != nil {
				t.Fatal(name, err)
			}
			if !remembered && long.asked < entries/2 {
				t.Errorf("%s over %d entries looked %d times whether its time is over", name, entries, long.asked)
			}
			for moment := 0; moment < long.asked; moment += 1 + long.asked/40 {
				short := &fuse{Context: context.Background(), left: moment}
				err := ask(made(), short)
				if !errors.Is(err, context.Canceled) || short.asked != moment+1 {
					t.Errorf("%s, remembered %v, over at look %d of %d: %v after %d looks", name, remembered, moment, long.asked, err, short.asked)
				}
			}
		}
	}
}
