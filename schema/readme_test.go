package schema_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The bodies that README sends with curl are answered, as curl sends them: what it reads from standard input it joins
// to one line, what stands on the command line it leaves as it is.
func TestReadmeQuestionsAreAnswered(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, m := range regexp.MustCompile(`(?s)-d @- <<'END'\n(.*?)\nEND\n`).FindAllStringSubmatch(string(text), -1) {
		bodies = append(bodies, strings.ReplaceAll(m[1], "\n", ""))
	}
	for _, m := range regexp.MustCompile(`(?s)-d '(\{.*?\})'`).FindAllStringSubmatch(string(text), -1) {
		bodies = append(bodies, m[1])
	}
	if all := strings.Count(string(text), "/graphql -H"); len(bodies) == 0 || len(bodies) != all {
		t.Fatalf("README has %d requests and %d bodies were found", all, len(bodies))
	}
	w := theWorld(t)
	for _, body := range bodies {
		if strings.Contains(body, "subscription") {
			r := w.post(t, body)
			r.Header.Set("Accept", "text/event-stream")
			s := w.stream(t, "auditor", r)
			s.notice()
			if n := s.notice(); n.Data == nil || n.Data.Events.Event == nil {
				t.Errorf("%s\nis answered\n%+v", body, n)
			}
			continue
		}
		if a := w.send(t, "auditor", w.post(t, body)); a.code() != "" || a.status != http.StatusOK {
			t.Errorf("%s\nis answered\n%s", body, a.body)
		}
	}
}
