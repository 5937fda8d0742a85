package access

import (
	"net/http"

	"github.com/go-json-experiment/json"
)

// refusal is why a request was not let in.
type refusal struct {
	status       int
	code, detail string
}

func (p *refusal) write(w http.ResponseWriter) {
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="lichtspur"`)
	}
	WriteProblem(w, p.status, p.code, p.detail)
}

// Problem is the body of a refused request (RFC 9457). Code is stable and is what a client acts on.
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitzero"`
}

// WriteProblem answers with a problem document.
func WriteProblem(w http.ResponseWriter, status int, code, detail string) {
	body, err := json.Marshal(Problem{http.StatusText(status), status, code, detail})
	if err != nil { // detail is not UTF-8
		body = []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
