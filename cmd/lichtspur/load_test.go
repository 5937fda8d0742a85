package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/schema"
)

var (
	loadEvents = flag.Int("load-events", 20_000, "how many exercise events BenchmarkLoad asks about")
	loadData   = flag.String("load-data", "", "data directory that BenchmarkLoad serves instead of one of its own")
	loadTime   = flag.Duration("load-time", 10*time.Second, "how long each part of BenchmarkLoad takes")
)

// loadDeadline is when a request must have been answered or refused: the time it has, and that of its entry in the access
// ledger.
const loadDeadline = schema.MaxTime + 5*time.Second

// ordinary questions, as a page asks them.
var ordinary = []string{
	`query($d: [String!]) { events(filter: {digests: $d}, order: OCCURRED) { treeSize nodes { id index kind occurred from { system { id } } to { system { id } } purpose } } }`,
	`{ events(first: 50, order: RECORDED_DESC, filter: {systems: ["inpol"]}) { treeSize nodes { id index kind occurred requester { id } actor { pseudonym } } pageInfo { endCursor hasNextPage } } }`,
	`{ events(first: 50, filter: {occurred: "2025-06"}, order: OCCURRED) { treeSize nodes { id kind occurred } } }`,
	`{ event(id: "1000") { id index kind json images { digest { value } } signature { attested } } }`,
	`{ claims(first: 20, filter: {subjects: ["ifrs"]}) { nodes { stance text { en } proposition { id contested } } } }`,
	`{ systems(first: 50) { nodes { id name { en } operator { id } } } }`,
}

// costliest questions that are permitted, each of another kind of work.
var costliest = []string{
	`{ a: events(first: 500, filter: {exercise: true}) { nodes { ...e } } b: events(first: 490, order: OCCURRED_DESC) { nodes { ...e } } }
	 fragment e on Event { id index kind operation standing exercise occurred recorded source purpose basis urgent input mode method json
	   requester { id name { en de } aliases } from { system { id name { en } parts operator { id } } } to { system { id name { en } parts operator { id } } }
	   actor { pseudonym id { value } name { value } } images { role pseudonym digest { value } } case { reference { value } } justification { value } }`,
	`{ events(first: 500, filter: {words: "nowhere to be found"}) { nodes { id } } }`,
	`{ events(first: 500, filter: {offences: ["none"]}, order: OCCURRED_DESC) { nodes { id } } }`,
	`{ a: counts(by: [ACTOR], first: 300) { total rows { count keys { value actor { id { value } } } } } b: counts(by: [ORGANISATION, MONTH, PURPOSE], first: 300) { total rows { count keys { value } } } }`,
	`{ flows(by: SYSTEM, interval: DAY, split: [KIND, PURPOSE], first: 500) { groups rows { count from { value } to { value } } } }`,
	`query($one: String) { exposure(image: {digest: $one}) { __typename } lineage(image: {digest: $one}, direction: DOWN, depth: 64) { __typename } image(digest: $one) { entries } }`,
	`{ sources { id entries gaps { seconds } } difference(from: {size: 0}) { added kinds { kind count } superseded { index } } }`,
}

// loader sends questions and keeps how long each took.
type loader struct {
	url     string
	digests []string

	mu      sync.Mutex
	took    []time.Duration
	refused map[string]int // by code
	late    int
	failed  string
}

func (l *loader) send(ctx context.Context, query string) {
	one := l.digests[rand.IntN(len(l.digests))]
	body, err := json.Marshal(schema.Request{Query: query, Variables: map[string]any{"d": []string{one}, "one": one}})
	if err != nil {
		panic(err)
	}
	r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, l.url, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	begun := time.Now()
	res, err := http.DefaultClient.Do(r)
	var text []byte
	if err == nil {
		text, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	took := time.Since(begun)
	var answer struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err == nil {
		err = json.Unmarshal(text, &answer, json.MatchCaseInsensitiveNames(true))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if took > loadDeadline {
		l.late++
	}
	switch {
	case err != nil:
		l.failed = err.Error()
	case len(answer.Errors) > 0:
		code := answer.Errors[0].Extensions.Code
		if l.refused[code]++; code != "BUSY" && code != "TIMEOUT" {
			l.failed = fmt.Sprintf("%s: %s\n%s", code, answer.Errors[0].Message, query)
		}
	default:
		l.took = append(l.took, took)
	}
}

func (l *loader) percentile(p float64) float64 {
	slices.Sort(l.took)
	if len(l.took) == 0 {
		return 0
	}
	return float64(l.took[int(p*float64(len(l.took)-1))].Microseconds()) / 1000
}

// run lets clients ask until the time is over, each with a pause after an answer, and waits for the last answers.
func (l *loader) run(wg *sync.WaitGroup, clients int, pause, d time.Duration, queries []string) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	for k := range clients {
		wg.Go(func() {
			for i := k; ctx.Err() == nil; i++ {
				l.send(ctx, queries[i%len(queries)])
				select {
				case <-ctx.Done():
				case <-time.After(time.Duration(rand.Int64N(int64(2*pause) + 1))):
				}
			}
		})
	}
	wg.Go(func() { <-ctx.Done(); cancel() })
}

// memory reads what a process has resident, in MiB: all, and what of it is its own and not the page cache's.
func memory(pid int) (resident, own float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		kib, _ := strconv.ParseFloat(f[1], 64)
		switch f[0] {
		case "VmRSS:":
			resident = kib / 1024
		case "RssAnon:":
			own = kib / 1024
		}
	}
	return resident, own
}

// BenchmarkLoad serves a log to 64 clients in a process of its own: one ordinary one by itself, 48 of them, and these
// with 16 that send the costliest permitted questions one after the other. Each request must be answered or refused in
// time. Times are milliseconds.
//
//	go test ./cmd/lichtspur -run '^$' -bench Load -benchtime 1x -load-events 1000000 -load-time 60s
func BenchmarkLoad(b *testing.B) {
	dir := *loadData
	if dir == "" {
		dir = filepath.Join(b.TempDir(), "data")
		in := filepath.Dir(dir)
		program(b, in, "init", "--data", dir)
		program(b, in, "record", "-o", "record.ndjson")
		program(b, in, "ingest", "--data", dir, "--source", "log", "record.ndjson")
		program(b, in, "simulate", "--declarations", "-o", "declarations.ndjson")
		program(b, in, "ingest", "--data", dir, "--source", "log", "declarations.ndjson")
		program(b, in, "simulate", "--events", fmt.Sprint(*loadEvents), "-o", "exercise.ndjson")
		program(b, in, "ingest", "--data", dir, "--source", "exercise", "exercise.ndjson")
	}
	s := startServer(b, filepath.Dir(dir), dir, "--demo")
	digests := someDigests(b, s.url)
	var peak, peakOwn float64
	watched, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			resident, own := memory(s.process.Process.Pid)
			peak, peakOwn = max(peak, resident), max(peakOwn, own)
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	newLoader := func() *loader { return &loader{url: s.url + "/graphql", digests: digests, refused: map[string]int{}} }
	alone, usual, loaded, costly := newLoader(), newLoader(), newLoader(), newLoader()
	for b.Loop() {
		var wg sync.WaitGroup
		alone.run(&wg, 1, time.Millisecond, *loadTime, ordinary)
		wg.Wait()
		usual.run(&wg, 48, 200*time.Millisecond, *loadTime, ordinary)
		wg.Wait()
		loaded.run(&wg, 48, 200*time.Millisecond, *loadTime, ordinary)
		costly.run(&wg, 16, 0, *loadTime, costliest)
		wg.Wait()
	}
	close(stop)
	<-watched
	for _, l := range []*loader{alone, usual, loaded, costly} {
		if l.failed != "" || l.late > 0 {
			b.Errorf("%d requests were late; one failed: %s", l.late, l.failed)
		}
	}
	b.ReportMetric(0, "ns/op")
	for name, l := range map[string]*loader{"alone": alone, "of48": usual, "loaded": loaded, "costly": costly} {
		b.ReportMetric(l.percentile(0.5), name+"-p50-ms")
		b.ReportMetric(l.percentile(0.99), name+"-p99-ms")
		b.ReportMetric(float64(len(l.took)), name+"-answers")
	}
	b.ReportMetric(float64(costly.refused["BUSY"]+costly.refused["TIMEOUT"]), "costly-refused")
	b.ReportMetric(float64(loaded.refused["BUSY"]+loaded.refused["TIMEOUT"]), "loaded-refused")
	b.ReportMetric(peak, "resident-MiB")
	b.ReportMetric(peakOwn, "own-MiB")
}

// someDigests are pictures that the log knows.
func someDigests(b *testing.B, url string) (digests []string) {
	res, err := http.Post(url+"/graphql", "application/json", strings.NewReader(`{"query":"{ events(first: 300, order: RECORDED_DESC, filter: {exercise: true}) { nodes { images { digest { value } } } } }"}`))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Data struct {
			Events struct {
				Nodes []struct {
					Images []struct{ Digest struct{ Value string } }
				}
			}
		}
	}
	if err := json.UnmarshalRead(res.Body, &answer, json.MatchCaseInsensitiveNames(true)); err != nil {
		b.Fatal(err)
	}
	for _, n := range answer.Data.Events.Nodes {
		for _, i := range n.Images {
			if i.Digest.Value != "" {
				digests = append(digests, i.Digest.Value)
			}
		}
	}
	if len(digests) < 20 {
		b.Fatalf("the log has %d pictures", len(digests))
	}
	return digests
}
