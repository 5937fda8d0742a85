package ingest_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
)

// faulty is an event that parses and that nobody declared the requester of.
func faulty(id string) string {
	return strings.Replace(native(id), `"requester":"bka"`, `"requester":"lka"`, 1)
}

// ward lists a source's quarantine over HTTP.
func (s *station) ward(t testing.TB, token string) []ingest.Item {
	t.Helper()
	status, answer := s.send(t, "GET", "/v1/quarantine", token, nil)
	if status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	var out []ingest.Item
	for line := range strings.Lines(answer) {
		var it ingest.Item
		if err := json.Unmarshal([]byte(line), &it); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, it)
	}
	return out
}

// refuse hands in events that are going to be kept, in one request.
func (s *station) refuse(t testing.TB, natives ...string) []ingest.ReceiptLine {
	t.Helper()
	_, answer := s.post(t, []byte(strings.Join(natives, "\n")))
	var out []ingest.ReceiptLine
	for line := range strings.Lines(answer) {
		var l ingest.Line
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Receipt != nil {
			if l.Receipt.Status != graph.Rejected {
				t.Fatalf("%+v", l.Receipt)
			}
			out = append(out, *l.Receipt)
		}
	}
	return out
}

func (s *station) sheets(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "quarantine", "*.sealed"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestMending(t *testing.T) {
	s := newStation(t, 0)
	kept := s.refuse(t, faulty("q1"), faulty("q2"), faulty("q3"))
	for _, file := range s.sheets(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"q1", "user-1", "lka", "CONSULT"} {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%s holds %q in the clear", file, word)
			}
		}
	}
	mend := func(id, text string) (int, string) {
		return s.send(t, "POST", "/v1/quarantine/"+id, s.token, []byte(text))
	}
	for _, c := range []struct {
		name, id, text string
		status         int
		want           string
		left           int
	}{
		{"mended", kept[0].Quarantine, native("q1"), 200, `"status":"ACCEPTED"`, 2},
		{"mended again", kept[0].Quarantine, native("q1"), 404, "NOT_FOUND", 2},
		{"as it is", kept[1].Quarantine, "", 200, `"status":"REJECTED"`, 2},
		{"with another fault", kept[1].Quarantine, strings.Replace(native("q2"), "CONSULT", "QUERY", 1), 200, `"status":"REJECTED"`, 2},
		{"what does not parse", kept[1].Quarantine, native("q2")[:40], 400, "TRUNCATED", 2},
		{"what is no event", kept[1].Quarantine, `{"colour":"red"}`, 422, "UNKNOWN_NAME", 2},
		{"what is too long", kept[1].Quarantine, native(strings.Repeat("q", event.MaxBytes)), 413, "TOO_LARGE", 2},
	} {
		status, answer := mend(c.id, c.text)
		if status != c.status || !strings.Contains(answer, c.want) {
			t.Errorf("%s: %d %.500s, want %d %s", c.name, status, answer, c.status, c.want)
		}
		if left := len(s.ward(t, s.token)); left != c.left {
			t.Errorf("%s: %d items are left, want %d", c.name, left, c.left)
		}
	}
	// Once the operator has declared what was missing, it can be recorded as it is.
	s.declare(t, &event.Declaration{Type: event.DeclareOrganisation, ID: "lka", Name: event.Text{DE: "LKA"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}})
	if status, answer := mend(kept[1].Quarantine, ""); status != 200 || !strings.Contains(answer, "ACCEPTED") {
		t.Errorf("after the declaration: %d %s", status, answer)
	}
	if status, answer := s.send(t, "DELETE", "/v1/quarantine/"+kept[2].Quarantine, s.token, nil); status != http.StatusNoContent {
		t.Errorf("removed: %d %s", status, answer)
	}
	if files := s.sheets(t); len(files) != 0 {
		t.Errorf("with all its items gone the file is still there: %v", files)
	}
	if used, _ := s.q.Used(); used != 0 {
		t.Errorf("%d bytes are counted", used)
	}
}

// An item of another source looks as one that is not there, whatever is tried with it.
func TestQuarantineOfAnother(t *testing.T) {
	s := newStation(t, 0)
	other := s.source(t, "other")
	mine := s.refuse(t, faulty("q1"))[0].Quarantine
	if list := s.ward(t, other); len(list) != 0 {
		t.Errorf("another source sees %+v", list)
	}
	nothing := "20200101T000000.000000000Z-0000000000000000.0"
	for _, method := range []string{"GET", "POST", "DELETE"} {
		status, answer := s.send(t, method, "/v1/quarantine/"+mine, other, []byte(native("q1")))
		wantStatus, want := s.send(t, method, "/v1/quarantine/"+nothing, other, []byte(native("q1")))
		if status != 404 || status != wantStatus || answer != want || problemOf(t, answer).Code != "NOT_FOUND" {
			t.Errorf("%s of another's item: %d %s; of none: %d %s", method, status, answer, wantStatus, want)
		}
	}
	for _, odd := range []string{"x", "a.b", "..%2f..%2ftokens.json.0", "%2e%2e.0", mine + "9", strings.TrimSuffix(mine, ".0") + ".-1"} {
		if status, answer := s.send(t, "GET", "/v1/quarantine/"+odd, s.token, nil); status != 404 {
			t.Errorf("%s: %d %s", odd, status, answer)
		}
	}
	if list := s.ward(t, s.token); len(list) != 1 || list[0].ID != "q1" || list[0].Faults[0].Code != graph.FaultUndeclaredOrg {
		t.Errorf("the source itself sees %+v", list)
	}
}

// A full quarantine keeps nothing more and says so by leaving out the item's id; the faults are answered all the same. What
// is removed makes room.
func TestQuotaOfQuarantine(t *testing.T) {
	const quota = 16 << 10
	s := newStation(t, quota)
	var ids []string
	for n := 0; ; n++ {
		r := s.refuse(t, faulty("q"))[0]
		if len(r.Faults) != 1 || r.Faults[0].Code != graph.FaultUndeclaredOrg {
			t.Fatalf("%+v", r)
		}
		if r.Quarantine == "" {
			break
		}
		if ids = append(ids, r.Quarantine); n > 100 {
			t.Fatal("the quota does not hold")
		}
	}
	on := int64(0)
	for _, file := range s.sheets(t) {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		on += info.Size()
	}
	if used, most := s.q.Used(); used != on || used > quota || most != quota || len(ids) < 10 {
		t.Errorf("%d bytes are counted, %d are there, %d may be; %d items", used, on, most, len(ids))
	}
	s.restart(t)
	if used, _ := s.q.Used(); used != on {
		t.Errorf("after a restart %d bytes are counted, %d are there", used, on)
	}
	if r := s.refuse(t, faulty("q"))[0]; r.Quarantine != "" {
		t.Error("after a restart there is room")
	}
	if status, answer := s.send(t, "DELETE", "/v1/quarantine/"+ids[0], s.token, nil); status != http.StatusNoContent {
		t.Fatal(status, answer)
	}
	if r := s.refuse(t, faulty("q"))[0]; r.Quarantine == "" {
		t.Error("what was removed made no room")
	}
}

func TestRetentionOfQuarantine(t *testing.T) {
	var ahead atomic.Int64
	s := newStationWith(t, 0, graph.Options{Clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	old := s.refuse(t, faulty("old"))[0].Quarantine
	ahead.Store(int64(ingest.DefaultRetention - time.Hour))
	s.refuse(t, faulty("young"))
	if list := s.ward(t, s.token); len(list) != 2 {
		t.Errorf("before its time is over there are %+v", list)
	}
	ahead.Store(int64(ingest.DefaultRetention + time.Hour))
	if status, answer := s.send(t, "POST", "/v1/quarantine/"+old, s.token, []byte(native("old"))); status != 404 {
		t.Errorf("an item whose time is over: %d %s", status, answer)
	}
	if list := s.ward(t, s.token); len(list) != 1 || list[0].ID != "young" || len(s.sheets(t)) != 1 {
		t.Errorf("after its time there are %+v", list)
	}
}

// A file that was altered, cut, or given another's name is said to be damaged, by the code alone to the source; a list does
// not pass over it.
func TestTamperedQuarantine(t *testing.T) {
	for name, tamper := range map[string]func(t *testing.T, s *station){
		"altered": func(t *testing.T, s *station) {
			file := s.sheets(t)[1]
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text[len(text)/2] ^= 1
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"cut": func(t *testing.T, s *station) {
			if err := os.Truncate(s.sheets(t)[1], 5); err != nil {
				t.Fatal(err)
			}
		},
		"exchanged": func(t *testing.T, s *station) {
			files := s.sheets(t)
			if err := os.Rename(files[0], files[1]); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t, 0)
			s.refuse(t, faulty("q1"))
			second := s.refuse(t, faulty("q2"))[0].Quarantine
			tamper(t, s)
			status, answer := s.send(t, "GET", "/v1/quarantine/"+second, s.token, nil)
			if status != 500 || problemOf(t, answer).Code != "QUARANTINE_DAMAGED" || strings.Contains(answer, second) {
				t.Errorf("the item: %d %s", status, answer)
			}
			status, answer = s.send(t, "POST", "/v1/quarantine/"+second, s.token, nil)
			if status != 500 || problemOf(t, answer).Code != "QUARANTINE_DAMAGED" {
				t.Errorf("mending it: %d %s", status, answer)
			}
			req, err := http.NewRequest("GET", s.server.URL+"/v1/quarantine", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+s.token)
			resp, err := http.DefaultClient.Do(req)
			if err == nil {
				var text bytes.Buffer
				_, err = text.ReadFrom(resp.Body)
				resp.Body.Close()
				if err == nil && (resp.StatusCode != 500 || problemOf(t, text.String()).Code != "QUARANTINE_DAMAGED") {
					t.Errorf("the list looks whole: %d %s", resp.StatusCode, text.String())
				}
			}
			// What is wrong there does not stop the intake.
			if status, answer := s.post(t, []byte(native("n1"))); status != 200 || !strings.Contains(answer, "ACCEPTED") {
				t.Errorf("an event: %d %s", status, answer)
			}
		})
	}
}
