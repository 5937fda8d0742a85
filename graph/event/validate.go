package event

// Validate returns everything that is wrong with a native event.
func (e *Event) Validate() Faults { return e.validate(false) }

func (e *Event) validate(sealed bool) Faults {
	if !e.Kind.Valid() {
		return Faults{{FaultUnknownKind, "/kind", "there is no such kind", "use one of the kinds"}}
	}
	return nil
}
