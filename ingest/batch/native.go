package batch

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// SignedEvent is a plain native event and the envelope it came in, verified.
type SignedEvent struct {
	Event    *event.Event
	Digest   string // of the signed payload
	Key      string // id of the key that verified
	Envelope []byte // as handed in
}

// Event verifies an envelope around a plain native event that source hands in at the time at. The event is parsed and
// validated; the caller seals it and keeps the envelope among its sealed values. A refusal is an [*Error].
func (v *Verifier) Event(ctx context.Context, text []byte, source string, at time.Time) (*SignedEvent, error) {
	if most := v.Limits.orDefault().Envelope; len(bytes.TrimRight(text, "\r\n")) > most {
		return nil, refuse(TooLarge, "an envelope of %d bytes; at most %d", len(text), most)
	}
	text = bytes.TrimSpace(text)
	envelope, payload, err := ParseEnvelope(text)
	if err != nil {
		return nil, err
	}
	native, subjects, err := plainEvent(envelope.PayloadType, payload)
	if err != nil {
		return nil, err
	}
	key, err := envelope.verify(ctx, v.Keys, source, at)
	if err != nil {
		return nil, err
	}
	e, err := event.Parse(native)
	if err != nil {
		return nil, refuse(InvalidEvent, "the signed event cannot be read").because(err)
	}
	if faults := e.Validate(); len(faults) > 0 {
		return nil, &Error{Code: InvalidEvent, Message: "the signed event has faults", Faults: faults, Err: faults}
	}
	if subjects != nil {
		if err := sameImages(subjects, e); err != nil {
			return nil, err
		}
	}
	return &SignedEvent{e, Digest(payload), key, text}, nil
}

// EventID returns the id of the plain event in an envelope, or "". It does not check anything else.
func EventID(text []byte) string {
	envelope, payload, err := ParseEnvelope(text)
	if err != nil {
		return ""
	}
	native, _, err := plainEvent(envelope.PayloadType, payload)
	if err != nil {
		return ""
	}
	e, err := event.Parse(native)
	if err != nil {
		return ""
	}
	return e.ID
}

// IsSignedEvent reports whether text is an envelope around a plain native event rather than around a sealed batch or
// leaf, so that a caller who is handed either knows which way it goes. It does not check anything else.
func IsSignedEvent(text []byte) bool {
	envelope, payload, err := ParseEnvelope(text)
	if err != nil {
		return false
	}
	_, _, err = plainEvent(envelope.PayloadType, payload)
	return err == nil
}

// plainEvent returns the native event in a payload, and the subjects where a statement names them.
func plainEvent(payloadType string, payload []byte) ([]byte, []resource, error) {
	switch payloadType {
	case PayloadEvent:
		return payload, nil, nil
	case PayloadInToto:
		st, err := parseInToto(payload)
		if err != nil {
			return nil, nil, err
		}
		if st.PredicateType != PredicateEvent {
			return nil, nil, refuse(Unsupported, "predicate type %.100q; signed plain events have %q", st.PredicateType, PredicateEvent)
		}
		if len(st.Subject) == 0 {
			return nil, nil, refuse(BadStatement, "the statement has no subject")
		}
		return st.Predicate, st.Subject, nil
	}
	return nil, nil, refuse(Unsupported, "payload type %.100q; signed plain events have %q or %q", payloadType, PayloadEvent, PayloadInToto)
}

// sameImages checks that the subjects of a statement are the event's images, no more and no fewer. An event without
// images may have any subject.
func sameImages(subjects []resource, e *event.Event) error {
	if len(e.Images) == 0 {
		return nil
	}
	named := map[string]bool{}
	for _, s := range subjects {
		named[s.Digest[digestPlain]] = true
	}
	of := map[string]bool{}
	for _, img := range e.Images {
		digest := strings.TrimPrefix(img.Digest, "sha256:")
		if of[digest] = true; !named[digest] {
			return refuse(SubjectsMismatch, "an image of the event is not among the statement's subjects")
		}
	}
	if len(named) != len(of) {
		return refuse(SubjectsMismatch, "the statement has %d subjects, the event %d images", len(named), len(of))
	}
	return nil
}
