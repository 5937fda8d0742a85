package graph

import (
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Question is one line of a questionnaire: what an oversight body asks, and where the answer is to be looked for. It
// says nothing of the answer itself, which [View.Answer] computes from the claims in the log.
type Question struct {
	ID     string     `json:"id"` // "BT-1a"
	Text   event.Text `json:"text"`
	Bodies []string   `json:"bodies"` // whose stance is the status: organisations that were asked, or the report itself
	Parts  []Part     `json:"parts"`
	Reach  *Route     `json:"reach,omitzero"` // a question to the claimed flows, whose verdict stands beside
}

// Part is one proposition of a question. All that it names are ids of propositions.
type Part struct {
	Name        event.Text `json:"part,omitzero"` // none where the question has one part
	Proposition string     `json:"proposition"`   // the status is what the bodies say to this one
	At          event.Time `json:"at,omitzero"`   // the time that is asked about; a claim on another time is no answer
	Details     []string   `json:"details,omitzero"`
	Sum         bool       `json:"sum,omitzero"`    // the quantities of the details are disjoint and add up
	Extent      []string   `json:"extent,omitzero"` // quantities that add up to what the part is about
	Beside      []string   `json:"beside,omitzero"` // what is to be shown beside the answer
	See         string     `json:"see,omitzero"`    // the question that says more
}

// NotInRecord is the status of a proposition on which none of the bodies asked said anything. It is computed and never
// claimed, therefore it is no member of the vocabulary of stances.
const NotInRecord event.Stance = "NOT_IN_RECORD"

// How says how a status is known.
type How string

// The ways to know a status, in falling order.
const (
	Answered How = "ANSWERED" // it was answered to this very question
	Stated   How = "STATED"   // the body said it itself, elsewhere or earlier
	Reported How = "REPORTED" // somebody else gives the body's word, which is never its answer
	Unsaid   How = "UNSAID"   // it said nothing
)

// statement is what one entry says to a proposition.
type statement struct {
	index    uint64
	claim    *event.Claim
	said     event.Time
	about    event.Pseudonym // of a CORRECT that annotates: the entry annotated
	note     bool            // annotates, takes no claim's place
	exercise bool
}

// counts reports whether a statement can decide or contest anything: what stands in exercise data nobody ever said.
func (s *statement) counts() bool { return !s.exercise }

// rank orders the statements of the bodies on one proposition.
type rank struct {
	answers bool // this very question
	itself  bool
	literal bool
	says    bool
	said    int64 // latest moment at which it can have been said
}

func (s *statement) rank(question string) rank {
	r := rank{
		answers: question != "" && s.claim.Question == question && s.claim.Reporter == "",
		itself:  s.claim.Reporter == "",
		literal: !s.claim.Reading,
		says:    s.claim.Stance != event.StanceReferred,
		said:    event.Beginning,
	}
	if !s.said.IsZero() {
		r.said = s.said.Latest
	}
	return r
}

func (r rank) below(s rank) bool {
	switch {
	case r.answers != s.answers:
		return s.answers
	case r.itself != s.itself:
		return s.itself
	case r.literal != s.literal:
		return s.literal
	case r.says != s.says:
		return s.says
	}
	return r.said < s.said
}

func (r rank) how() How {
	switch {
	case r.answers:
		return Answered
	case r.itself:
		return Stated
	}
	return Reported
}

// ruling is the status of a proposition, and what it rests on.
type ruling struct {
	status   event.Stance
	how      How
	deciding []*statement // alike in rank and stance, in order of recording
}

// rule computes the status of a proposition from statements on it, in order of recording. The status is the stance of the
// bodies that were asked. In falling order:
//
//  1. what they answered to this very question, over what they said elsewhere or earlier. A statement that somebody else
//     reports of them ("X, per Y") is never their answer;
//  2. what they said themselves, over what somebody else reports of them;
//  3. their wording, over a reading of it;
//  4. what says something, over a reference to another answer;
//  5. what was said later, over what was said before; of what was said at the same time, what was recorded last.
//
// If they said nothing on the proposition, the status is [NotInRecord], whatever others say. A nil list of bodies stands for
// everybody.
func rule(bodies []string, question string, said []*statement) ruling {
	out := ruling{status: NotInRecord, how: Unsaid}
	var best rank
	for _, s := range said {
		if !s.counts() || s.note || bodies != nil && !slices.Contains(bodies, s.claim.Claimant) {
			continue
		}
		r := s.rank(question)
		switch {
		case out.deciding == nil || best.below(r):
			out.deciding, best = []*statement{s}, r
		case r == best:
			out.deciding = append(out.deciding, s)
		}
	}
	if n := len(out.deciding); n > 0 {
		out.status, out.how = out.deciding[n-1].claim.Stance, best.how()
		out.deciding = slices.DeleteFunc(out.deciding, func(s *statement) bool { return s.claim.Stance != out.status })
	}
	return out
}

// contested reports whether somebody asserts and somebody denies. Nothing else contests, whoever was asked.
func contested(said []*statement) bool {
	has := func(stance event.Stance) bool {
		return slices.ContainsFunc(said, func(s *statement) bool { return s.counts() && s.claim.Stance == stance })
	}
	return has(event.StanceAsserted) && has(event.StanceDenied)
}
