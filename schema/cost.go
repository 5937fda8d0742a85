package schema

import (
	"fmt"
	"sync/atomic"
)

// budget counts what a request asks for.
type budget struct{ rows, text atomic.Int64 }

// spendText is called for each long text that is answered.
func (b *budget) spendText(bytes int) error {
	if n := b.text.Add(int64(bytes)); n > MaxText {
		return &coded{codeTooCostly, fmt.Sprintf("the entries asked for as json have %d bytes or more, and a request gets %d; ask for less at a time", n, MaxText)}
	}
	return nil
}

// spendRows is called by each list before it is read.
func (b *budget) spendRows(rows int) error {
	if n := b.rows.Add(int64(max(rows, 0))); n > MaxRows {
		return &coded{codeTooCostly, fmt.Sprintf("the lists of this request ask for %d entries or more, and a request gets %d; ask for less at a time", n, MaxRows)}
	}
	return nil
}

// recursion refuses queries of the schema itself that lead from types to types again and again: their answers grow
// with the power of the depth. Fragments cannot contain themselves, so each step needs a word of its own in the text.
func recursion(text string) error {
	counts := map[string]int{"fields": 0, "inputFields": 0, "interfaces": 0, "possibleTypes": 0}
	for i := 0; i < len(text); {
		if !nameByte(text[i]) {
			i++
			continue
		}
		from := i
		for i < len(text) && nameByte(text[i]) {
			i++
		}
		word := text[from:i]
		n, ok := counts[word]
		if !ok {
			continue
		}
		if n == maxRecursion {
			return &coded{codeTooCostly, fmt.Sprintf("the query has %q more than %d times: a query of the schema may go from type to type once", word, maxRecursion)}
		}
		counts[word] = n + 1
	}
	return nil
}

func nameByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}
