package ingest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/vault"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/ingest/batch"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// BenchmarkHandIn compares the ways of handing in over HTTP, with the same exercise events, into a data directory of its
// own each: an operation is one event that is durable and has its receipt. Server, clients and sources share the
// processors of this machine. x-single is how many times faster than one event a request from one client; cpu-ns/event is
// the time of all processors together, which is what holds on a machine that is busy with other things.
func BenchmarkHandIn(b *testing.B) {
	single := 0.0 // events a second
	var began time.Duration
	start := func(b *testing.B) {
		b.ReportAllocs()
		began = cpu(b)
		b.ResetTimer()
	}
	report := func(b *testing.B) {
		b.ReportMetric(float64((cpu(b)-began).Nanoseconds())/float64(b.N), "cpu-ns/event")
		rate := float64(b.N) / b.Elapsed().Seconds()
		b.ReportMetric(rate, "events/s")
		if single > 0 {
			b.ReportMetric(rate/single, "x-single")
		}
	}
	for _, clients := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("node-sealed/single/clients=%d", clients), func(b *testing.B) {
			events, s := exerciseLines(b, b.N), newExerciseStation(b)
			start(b)
			s.singles(b, events, clients)
			b.StopTimer()
			if clients == 1 {
				single = float64(b.N) / b.Elapsed().Seconds()
			}
			report(b)
		})
	}
	b.Run("node-sealed/stream", func(b *testing.B) {
		events, s := exerciseLines(b, b.N), newExerciseStation(b)
		start(b)
		s.stream(b, events, "ACCEPTED")
		b.StopTimer()
		report(b)
	})
	b.Run("node-sealed/stream/repeated", func(b *testing.B) {
		events, s := exerciseLines(b, b.N), newExerciseStation(b)
		s.stream(b, events, "ACCEPTED")
		start(b)
		s.stream(b, events, "DUPLICATE")
		b.StopTimer()
		report(b)
	})
	b.Run("sealed/submit", func(b *testing.B) {
		events, s := exerciseLines(b, b.N), newExerciseStation(b)
		src := newSealingSource(b, s)
		src.seal(b, events)
		start(b)
		src.submit(b, s, len(events))
		b.StopTimer()
		report(b)
	})
	b.Run("sealed/seal+submit", func(b *testing.B) {
		events, s := exerciseLines(b, b.N), newExerciseStation(b)
		src := newSealingSource(b, s)
		start(b)
		src.seal(b, events)
		src.submit(b, s, len(events))
		b.StopTimer()
		report(b)
	})
}

func cpu(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// exerciseLines is n events of an exercise, as lines.
func exerciseLines(b *testing.B, n int) [][]byte {
	b.Helper()
	var text bytes.Buffer
	if _, err := exercise.Write(&text, exercise.Options{Events: n, Seed: 7}); err != nil {
		b.Fatal(err)
	}
	return bytes.SplitAfter(bytes.TrimSuffix(text.Bytes(), []byte("\n")), []byte("\n"))
}

// newExerciseStation is a station in which the public record and the catalog of the exercise are recorded. Its token is of
// the source that hands in the whole exercise.
func newExerciseStation(b *testing.B) *station {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "data")
	if err := graph.Create(dir, "log.example/exercise", graph.Options{}); err != nil {
		b.Fatal(err)
	}
	g, err := graph.Open(dir, graph.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = g.Close() })
	for _, events := range [][]*event.Event{record.Events(), exercise.Declarations()} {
		receipts, _, err := g.Record(context.Background(), graph.LogID, events...)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range receipts {
			if r.Status != graph.Accepted {
				b.Fatal(r.ID, r.Faults)
			}
		}
	}
	tokens, err := access.Open(filepath.Join(dir, "tokens.json"))
	if err != nil {
		b.Fatal(err)
	}
	token, _, err := tokens.Create(time.Now(), rand.Reader, exercise.Source, access.Scope{Source: exercise.Source}, time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	h := ingest.NewHandler(&ingest.Intake{Graph: g}, slog.New(slog.DiscardHandler))
	server := httptest.NewServer((&access.Door{Tokens: tokens}).Handler(h))
	b.Cleanup(server.Close)
	return &station{g: g, server: server, tokens: tokens, token: token}
}

// hand sends one request and returns how many receipts of a status came back.
func (s *station) hand(client *http.Client, path string, body io.Reader, status string) (int, error) {
	req, err := http.NewRequest(http.MethodPost, s.server.URL+path, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || !bytes.Contains(text, []byte(`{"summary":`))) {
		err = fmt.Errorf("%d: %.500s", resp.StatusCode, text)
	}
	return bytes.Count(text, []byte(`"status":"`+status+`"`)), err
}

// singles hands in each event by a request of its own, from several clients at once.
func (s *station) singles(b *testing.B, events [][]byte, clients int) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var next, accepted atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(events) {
					return
				}
				n, err := s.hand(client, "/v1/events", bytes.NewReader(events[i]), "ACCEPTED")
				if err != nil {
					b.Error(err)
					return
				}
				accepted.Add(int64(n))
			}
		})
	}
	wg.Wait()
	if int(accepted.Load()) != len(events) {
		b.Fatalf("%d of %d events accepted", accepted.Load(), len(events))
	}
}

// stream hands in all events by one request.
func (s *station) stream(b *testing.B, events [][]byte, status string) {
	b.Helper()
	n, err := s.hand(http.DefaultClient, "/v1/events", bytes.NewReader(bytes.Join(events, nil)), status)
	if err != nil || n != len(events) {
		b.Fatalf("%d of %d events answered %s: %v", n, len(events), status, err)
	}
}

// sealingSource is a source that seals what it hands in: its own vault, key and outbox.
type sealingSource struct {
	vault  *vault.Vault
	signer *keys.Signer
	box    *batch.Outbox
}

func newSealingSource(b *testing.B, s *station) *sealingSource {
	b.Helper()
	v, signer := newVault(b, exercise.Source), newSigner(b)
	box, err := batch.OpenOutbox(filepath.Join(b.TempDir(), "outbox"), exercise.Source, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = box.Close() })
	text, err := keys.PublicPEM(signer.Public())
	if err != nil {
		b.Fatal(err)
	}
	receipts, _, err := s.g.Record(context.Background(), graph.LogID, &event.Event{ID: "key", Kind: event.KindDeclare,
		Declaration: &event.Declaration{Type: event.DeclareKey, ID: signer.ID(), Key: &event.KeyDeclaration{Source: exercise.Source, Use: event.KeySign, PEM: string(text)}}})
	if err != nil || receipts[0].Status != graph.Accepted {
		b.Fatal(receipts, err)
	}
	return &sealingSource{v, signer, box}
}

// seal seals events on two goroutines and puts them into durable batches, as the program does.
func (s *sealingSource) seal(b *testing.B, events [][]byte) {
	b.Helper()
	const chunk = 256
	type part struct {
		sealed []*event.Sealed
		err    error
	}
	parts := make([]chan part, (len(events)+chunk-1)/chunk)
	for i := range parts {
		parts[i] = make(chan part, 1)
	}
	for w := range 2 {
		go func() {
			for n := w; n < len(parts); n += 2 {
				var p part
				for _, text := range events[n*chunk : min(len(events), (n+1)*chunk)] {
					e, err := event.Parse(text)
					if err == nil {
						if faults := e.Validate(); len(faults) > 0 {
							err = faults
						}
					}
					var sealed *event.Sealed
					if err == nil {
						sealed, err = event.Seal(e, exercise.Source, s.vault, rand.Reader, nil)
					}
					p.err = errors.Join(p.err, err)
					p.sealed = append(p.sealed, sealed)
				}
				parts[n] <- p
			}
		}()
	}
	builder, err := batch.NewBuilder(exercise.Source, batch.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	flush := func() {
		if _, err := s.box.Seal(context.Background(), builder, s.signer, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range parts {
		p := <-c
		if p.err != nil {
			b.Fatal(p.err)
		}
		for _, sealed := range p.sealed {
			err := builder.Add(sealed)
			if errors.Is(err, batch.ErrFull) {
				flush()
				err = builder.Add(sealed)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	if builder.Len() > 0 {
		flush()
	}
}

// submit hands in the batches that wait, one request each, one after the other.
func (s *sealingSource) submit(b *testing.B, st *station, want int) {
	b.Helper()
	waiting, err := s.box.Pending()
	if err != nil {
		b.Fatal(err)
	}
	accepted := 0
	for _, p := range waiting {
		f, err := os.Open(p.Path)
		if err != nil {
			b.Fatal(err)
		}
		n, err := st.hand(http.DefaultClient, "/v1/batches", f, "ACCEPTED")
		if err != nil {
			b.Fatal(err)
		}
		accepted += n
		if err := s.box.Accepted(p.Sequence); err != nil {
			b.Fatal(err)
		}
	}
	if accepted != want {
		b.Fatalf("%d of %d events accepted", accepted, want)
	}
}
