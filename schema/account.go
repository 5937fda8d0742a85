package schema

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

// accountTime is how long an answer waits for its entry in the access ledger, which takes milliseconds.
const accountTime = 15 * time.Second

// account writes the entry of a question in the access ledger. It stands between an answer that is made and its first
// byte: where it fails nothing goes out.
func (h *Handler) account(ctx context.Context, v *graph.View, r Request, bytes int) error {
	err := account(ctx, v, graph.Access{Way: event.WayQuestion, Operation: operationOf(r), Document: documentOf(r.Query), Bytes: int64(bytes)})
	if err != nil {
		h.logger.Error("a question could not be accounted for; its answer was withheld", "error", err)
		return &internal{err}
	}
	return nil
}

// account does so whether anybody still waits for the answer or not: it was read.
func account(ctx context.Context, v *graph.View, a graph.Access) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), accountTime)
	defer cancel()
	return v.Account(ctx, a)
}

// operationOf returns the name of the operation asked for: the one that the request names, else that of the document.
// What is no name of GraphQL is none.
func operationOf(r Request) string {
	name := r.OperationName
	if name == "" {
		text := strings.TrimLeft(withoutStrings(r.Query), " \t\r\n,\ufeff")
		for _, word := range []string{"query", "subscription"} {
			if rest, ok := strings.CutPrefix(text, word); ok {
				rest = strings.TrimLeft(rest, " \t\r\n,")
				name = rest[:len(rest)-len(strings.TrimLeftFunc(rest, func(c rune) bool { return c < 0x80 && nameByte(byte(c)) }))]
			}
		}
	}
	for i := range len(name) {
		if !nameByte(name[i]) {
			return ""
		}
	}
	return name
}

// documentOf returns the digest of a document. What stands in its strings is left out, since a picture's digest written
// there could be confirmed by that of the document; so are comments. A document without either, as all are that
// take what is personal from variables, has the digest of its text.
func documentOf(text string) string {
	sum := sha256.Sum256([]byte(withoutStrings(text)))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// withoutStrings leaves out of a document what stands between the quotes of its strings, and comments (GraphQL
// specification, section 2.1).
func withoutStrings(text string) string {
	if !strings.ContainsAny(text, `"#`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		switch {
		case text[i] == '#':
			for i < len(text) && text[i] != '\n' && text[i] != '\r' {
				i++
			}
		case strings.HasPrefix(text[i:], `"""`):
			b.WriteString(`""""""`)
			for i += 3; i < len(text) && !strings.HasPrefix(text[i:], `"""`); i++ {
				if strings.HasPrefix(text[i:], `\"""`) {
					i += 3
				}
			}
			i += 3
		case text[i] == '"':
			b.WriteString(`""`)
			for i++; i < len(text) && text[i] != '"' && text[i] != '\n'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			i++
		default:
			b.WriteByte(text[i])
			i++
		}
	}
	return b.String()
}
