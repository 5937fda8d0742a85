package index

import "github.com/lichtspur/lichtspur/graph/event"

// KindCode is a [event.Kind] in one byte; zero is a kind this package does not know.
type KindCode uint8

// kinds gives each kind its code, its position here plus one. New kinds are appended. Those up to the last one
// before RELEASE have an operation of LED Art. 25(1).
var kinds = [...]event.Kind{
	event.KindCapture, event.KindEnrol, event.KindDerive, event.KindQuery, event.KindConsult, event.KindDisclose,
	event.KindReceive, event.KindCompare, event.KindMatch, event.KindTrain, event.KindErase,
	event.KindRelease, event.KindRestrict, event.KindAdmit, event.KindLink, event.KindRedact, event.KindClaim,
	event.KindDeclare, event.KindCorrect, event.KindReview, event.KindHold,
}

var kindCodes = func() map[event.Kind]KindCode {
	m := make(map[event.Kind]KindCode, len(kinds))
	for i, k := range kinds {
		m[k] = KindCode(i + 1)
	}
	return m
}()

// Kind returns the kind, "" for an unknown one.
func (c KindCode) Kind() event.Kind {
	if c == 0 || int(c) > len(kinds) {
		return ""
	}
	return kinds[c-1]
}

// operation reports whether the kind is an operation that LED Art. 25(1) wants logged, so that a missing
// justification or basis means something.
func (c KindCode) operation() bool { return c != 0 && c <= kindCodes[event.KindErase] }
