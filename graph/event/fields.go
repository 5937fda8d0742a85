package event

// Class says where a field's value stands.
type Class string

// The classes of fields.
const (
	FieldPublic       Class = "PUBLIC"       // in the leaf, in the clear
	FieldPseudonymous Class = "PSEUDONYMOUS" // in the leaf, standing for a subject that only the vault can name
	FieldSealed       Class = "SEALED"       // in the leaf only as a salted digest
)

// Field is one row of the field table.
type Field struct {
	Pointer   string // JSON pointer; "*" stands for any place in a list
	Class     Class
	Seen      string // who may see it
	Redaction string // what redaction does to it
}

// Fields is the field table.
var Fields []Field
