package ingest

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest/access"
)

// MaxNames is how many names one request may ask about.
const MaxNames = 5000

// maxNamesBytes bounds the text of them.
const maxNamesBytes = 1 << 20

// Names are organisations and systems that events refer to: a source asks which of them are declared before it hands the
// events in. The answer tells it what a refusal would.
type Names struct {
	Names []graph.Name `json:"names"`
}

// Undeclared is the answer: those that are not declared.
type Undeclared struct {
	Source string `json:"source"`
	// Introduces says that the source may name them all the same: they are declared then, and flagged.
	Introduces bool         `json:"introduces"`
	Names      []graph.Name `json:"names"`
}

// Undeclared answers for a source.
func (in *Intake) Undeclared(source string, names []graph.Name) (Undeclared, error) {
	unknown, introduces, err := in.Graph.Undeclared(source, names)
	return Undeclared{source, introduces, unknown}, err
}

func (h *Handler) names(w http.ResponseWriter, r *http.Request) {
	src, ok := source(w, r)
	if !ok {
		return
	}
	var asked Names
	err := json.UnmarshalRead(http.MaxBytesReader(w, r.Body, maxNamesBytes), &asked, json.RejectUnknownMembers(true))
	switch {
	case err != nil:
		access.WriteProblem(w, http.StatusBadRequest, "BAD_REQUEST", `send {"names": [{"id": …, "type": "ORGANISATION" or "SYSTEM"}]}`)
		return
	case len(asked.Names) > MaxNames:
		access.WriteProblem(w, http.StatusBadRequest, "TOO_LARGE", fmt.Sprintf("ask about %d names at a time", MaxNames))
		return
	}
	answer, err := h.Intake.Undeclared(src, asked.Names)
	if err != nil {
		h.fail(&lines{w: w}, r, err)
		return
	}
	writeJSON(w, answer)
}
