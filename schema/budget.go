package schema

import (
	"fmt"
	"sync/atomic"
)

// budget counts what a request asks for.
type budget struct {
	rows, text atomic.Int64
	stop       func() // ends the request
}

// spendText is called for each long text that is answered. Where it is too much the request ends: else there would be an
// error for each that follows.
func (b *budget) spendText(bytes int) error {
	if b.text.Add(int64(bytes)) > MaxText {
		b.stop()
		return errText
	}
	return nil
}

var errText = &coded{codeTooCostly, fmt.Sprintf("the entries asked for as json have more than %d bytes, which is what a request gets; ask for less at a time", MaxText)}

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
