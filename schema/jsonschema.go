package schema

import _ "embed" // of the JSON Schema

// EventJSONSchema is the JSON Schema (draft 2020-12) of a native event: what a source hands in, an object each. It is
// written by hand, to be read; tests hold it to the Go type and to the table of kinds. What it cannot say, event.Validate does:
// fields that contradict each other, repeated members, limits in bytes.
//
//go:embed event.schema.json
var EventJSONSchema []byte
