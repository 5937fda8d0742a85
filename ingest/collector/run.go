package collector

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/spool"
	"github.com/lichtspur/lichtspur/ingest/syslog"
)

// A batch is what is recorded and acknowledged at once.
const (
	batchMessages = 4096
	batchBytes    = 4 << 20
	groupEvents   = 512 // of one submission; those of a batch are under way at once
)

// What is wrong with a message whose sender the program does not know any more, or whose source takes no events.
const (
	faultSender = "UNKNOWN_SENDER"
	remedy      = "mend the mapping and hand the message in again as an event, or remove it"
)

// Run records what is in the spool until the context ends. It tries again for as long as something cannot be recorded; an
// error is of the spool.
//
// A batch begins where the last one was acknowledged and takes as much as is there, so that after a crash the first has at
// least what it had before: what of it was in quarantine is found there again ([ingest.Quarantine.KeepOnce]).
func (c *Collector) Run(ctx context.Context) error {
	for {
		records, err := c.spool.Read(ctx, batchMessages, batchBytes)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		done := func() error {
			if err := c.record(ctx, records); err != nil {
				return err
			}
			return c.spool.Acknowledge(records[len(records)-1].Position + 1)
		}
		for wait := c.o.Pause; ; wait = min(2*wait, 30*c.o.Pause) {
			err := done()
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return nil
			}
			c.o.Logger.Error("syslog: messages wait, they cannot be recorded", "error", err, "code", ingest.Code(err), "again", wait)
			if !pause(ctx, wait) {
				return nil
			}
		}
	}
}

// share is what a batch has for one source.
type share struct {
	source string
	events []*event.Event
	native [][]byte // text of each event, where it came as such
	refuse []refused
}

// refused is what goes into quarantine, and the position of the message.
type refused struct {
	at   uint64
	item ingest.Item
}

// record records one batch. What is done of it when it fails is done again, to no effect.
func (c *Collector) record(ctx context.Context, records []spool.Record) error {
	shares := map[string]*share{}
	var order []*share
	where := map[*event.Event]spool.Record{}
	ignored := int64(0)
	for _, r := range records {
		m, err := decode(r.Data)
		if err != nil {
			return fmt.Errorf("%w: record %d", err, r.Position)
		}
		s := shares[m.source]
		if s == nil {
			s = &share{source: m.source}
			shares[m.source] = s
			order = append(order, s)
		}
		report := &format.Report{Records: 1}
		made, faults := c.make(r.Position, m, report)
		if len(faults) > 0 {
			s.refuse = append(s.refuse, refused{r.Position, ingest.Item{ID: c.own("syslog", r.Position), Faults: faults, Event: quoted(m.frame.Text)}})
		} else if len(made.Events) == 0 {
			ignored++
		}
		for _, e := range made.Events {
			s.events = append(s.events, e)
			s.native = append(s.native, made.Native)
			where[e] = r
		}
	}
	var accepted, duplicates, kept int64
	for _, s := range order {
		if err := c.submit(ctx, s, where, &accepted, &duplicates); err != nil {
			return err
		}
		if err := c.keep(s, records); err != nil {
			return err
		}
		kept += int64(len(s.refuse))
	}
	c.Counts.Accepted.Add(accepted)
	c.Counts.Duplicates.Add(duplicates)
	c.Counts.Quarantined.Add(kept)
	c.Counts.Ignored.Add(ignored)
	return nil
}

// own names a message for good.
func (c *Collector) own(prefix string, position uint64) string {
	return prefix + "/" + c.spool.ID() + "/" + strconv.FormatUint(position, 10)
}

// make makes the events of a message, and says why there are not all of them.
func (c *Collector) make(position uint64, m message, report *format.Report) (syslog.Made, event.Faults) {
	who := c.senders.named(m.sender, m.source)
	if who == nil {
		return syslog.Made{}, event.Faults{{Code: faultSender, Problem: "the sender " + m.sender + " is not configured any more", Remedy: remedy}}
	}
	made, err := who.maker.Events(syslog.Origin{Own: c.spool.ID() + "/" + strconv.FormatUint(position, 10), Received: m.received}, m.frame, report)
	if err != nil {
		return syslog.Made{}, event.Faults{{Code: format.CodeOf(err), Problem: err.Error(), Remedy: remedy}}
	}
	var faults event.Faults
	for _, g := range report.Gaps() {
		c.notice(m.sender, g)
		if g.Loss == format.LostEvent {
			problem := g.Problem
			if g.Field != "" {
				problem = g.Field + ": " + problem
			}
			faults = append(faults, event.Fault{Code: g.Code, Problem: problem, Remedy: remedy})
		}
	}
	return made, faults
}

// notice logs a gap of a sender the first time that it is met.
func (c *Collector) notice(sender string, g format.Gap) {
	key := sender + "\x00" + g.Code + "\x00" + g.Field
	if c.known[key] || len(c.known) >= format.MostGaps {
		return
	}
	c.known[key] = true
	c.o.Logger.Warn("syslog: something is not mapped", "sender", sender, "code", g.Code, "field", g.Field, "lost", string(g.Loss), "why", g.Problem)
}

// submit records the events of a source. Those that cannot be recorded are added to what goes into quarantine.
func (c *Collector) submit(ctx context.Context, s *share, where map[*event.Event]spool.Record, accepted, duplicates *int64) error {
	var groups []*graph.Pending // nil: the source takes no events
	var ended error
	for at := 0; at < len(s.events); at += groupEvents {
		p, err := c.intake.Graph.Prepare(s.source, s.events[at:min(at+groupEvents, len(s.events))])
		var pending *graph.Pending
		if err == nil {
			pending, err = c.intake.Graph.Submit(ctx, p, true)
		}
		if code := graph.CodeOf(err); code == graph.CodeUnknownSource || code == graph.CodeSourceEnded {
			pending, ended, err = nil, err, nil // it was a source when the messages came
		}
		if err != nil {
			return err
		}
		groups = append(groups, pending)
	}
	for n, pending := range groups {
		at := n * groupEvents
		if pending == nil {
			faults := event.Faults{{Code: graph.CodeOf(ended), Problem: ended.Error(), Remedy: "declare the source anew and hand the event in again, or remove it"}}
			for i := at; i < min(at+groupEvents, len(s.events)); i++ {
				if err := s.refuseEvent(i, where, faults); err != nil {
					return err
				}
			}
			continue
		}
		receipts, _, err := pending.Wait(ctx)
		if err != nil {
			return err
		}
		for i, r := range receipts {
			switch r.Status {
			case graph.Accepted:
				*accepted++
			case graph.Duplicate:
				*duplicates++
			case graph.Rejected:
				if err := s.refuseEvent(at+i, where, r.Faults); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *share) refuseEvent(i int, where map[*event.Event]spool.Record, faults event.Faults) error {
	e, text := s.events[i], s.native[i]
	if text == nil {
		var err error
		if text, err = event.Canonical(e); err != nil {
			return err
		}
	}
	s.refuse = append(s.refuse, refused{where[e].Position, ingest.Item{ID: e.ID, Faults: faults, Event: jsontext.Value(text)}})
	return nil
}

// keep puts into quarantine what could not be recorded, all of it in one group, which goes by the first of these messages.
func (c *Collector) keep(s *share, records []spool.Record) error {
	if len(s.refuse) == 0 {
		return nil
	}
	if c.intake.Quarantine == nil {
		return errors.New("there is no quarantine")
	}
	first := s.refuse[0].at
	items := make([]ingest.Item, len(s.refuse))
	for i, r := range s.refuse {
		first = min(first, r.at)
		items[i] = r.item
	}
	m, err := decode(records[first-records[0].Position].Data)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(c.own(s.source, first)))
	return c.intake.Quarantine.KeepOnce(s.source, m.received, [8]byte(sum[:8]), items)
}

// quoted is a message as JSON.
func quoted(text []byte) jsontext.Value {
	var v any = string(text)
	if !utf8.Valid(text) {
		v = map[string]string{"base64": base64.StdEncoding.EncodeToString(text)}
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // text and nothing else
	}
	return b
}
