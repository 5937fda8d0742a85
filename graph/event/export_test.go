package event

// The two readers of a leaf, for the tests that hold one to the other.
var (
	ReadLeaf  = readLeaf
	ParseLeaf = parseLeaf
)
