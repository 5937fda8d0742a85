package collector_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/collector"
)

const senders = `
senders:
  - name: local
    source: gateway
    from: [tcp]
    mapping: gate.yaml
    set: {agency: bka}
`

// place is a real log with a collector on it.
type place struct {
	t      testing.TB
	dir    string
	graph  *graph.Graph
	intake *ingest.Intake
}

func newPlace(t testing.TB) *place {
	t.Helper()
	p := &place{t: t, dir: filepath.Join(t.TempDir(), "data")}
	if err := graph.Create(p.dir, "log.example/collector", graph.Options{}); err != nil {
		t.Fatal(err)
	}
	p.open()
	t.Cleanup(func() { p.graph.Close() })
	for _, d := range []*event.Declaration{
		{Type: event.DeclareOrganisation, ID: "bka", Name: event.Text{DE: "BKA"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}},
		{Type: event.DeclareSystem, ID: "ifrs", Name: event.Text{EN: "IFRS"}, System: &event.SystemDeclaration{Operator: "bka"}},
		{Type: event.DeclareSystem, ID: "inpol", Name: event.Text{EN: "INPOL"}, System: &event.SystemDeclaration{Operator: "bka"}},
		{Type: event.DeclareSource, ID: "gateway", Name: event.Text{EN: "gateway"}, Source: &event.SourceDeclaration{Organisation: "bka"}},
	} {
		e := &event.Event{ID: "declare/" + d.ID, Kind: event.KindDeclare, Occurred: event.At(time.Now().UTC().Truncate(time.Second)), Declaration: d}
		r, _, err := p.graph.Record(t.Context(), graph.LogID, e)
		if err != nil || r[0].Status != graph.Accepted {
			t.Fatalf("%v %+v", err, r)
		}
	}
	return p
}

func (p *place) open() {
	p.t.Helper()
	var err error
	if p.graph, err = graph.Open(p.dir, graph.Options{}); err != nil {
		p.t.Fatal(err)
	}
	box, err := p.graph.Vault().Box("quarantine")
	if err != nil {
		p.t.Fatal(err)
	}
	q, err := ingest.OpenQuarantine(filepath.Join(p.dir, "quarantine"), box, nil, 0, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	p.intake = &ingest.Intake{Graph: p.graph, Quarantine: q}
}

func (p *place) collector(text string, o collector.Options) *collector.Collector {
	p.t.Helper()
	s, err := collector.ParseSenders([]byte(text), "../syslog/testdata")
	if err != nil {
		p.t.Fatal(err)
	}
	box, err := p.graph.Vault().Box("spool")
	if err != nil {
		p.t.Fatal(err)
	}
	c, err := collector.New(filepath.Join(p.dir, "spool"), box, s, p.intake, o)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// listen runs a collector's Serve and, if it is to record, Run; the returned function ends both.
func listen(t testing.TB, c *collector.Collector, config *tls.Config, record bool) (addr string, end func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- c.Serve(ctx, l, config) }()
	if record {
		go func() { done <- c.Run(ctx) }()
	} else {
		done <- nil
	}
	return l.Addr().String(), func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// send writes to a connection, closes its side and waits for the end: then all of it is in the spool.
func send(t testing.TB, addr, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Fatal(err)
	}
}

func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("waited in vain: " + what)
}

func native(id, requester string) string {
	return `<134>1 2026-05-01T09:00:02Z gate viewer - - - {"id":"` + id + `","kind":"CONSULT","occurred":"2026-05-01T09:00:00Z","requester":"` + requester + `","from":{"organisation":"bka"},"actor":{"id":"u1"},"images":[{"digest":"sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962"}]}` + "\n"
}

func search(id string) string {
	return `<134>1 2026-05-01T09:00:00Z gate facesearch - - - CEF:0|Example|Face Search|4.1|search|Face search|3|externalId=` + id + ` rt=1777626000000 suser=u4711 cs2Label=Probe cs2=014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962 cs3Label=Databases cs3=ifrs,inpol outcome=hit` + "\n"
}

func (p *place) items() []ingest.Item {
	p.t.Helper()
	var out []ingest.Item
	for it, err := range p.intake.Quarantine.Items("") {
		if err != nil {
			p.t.Fatal(err)
		}
		out = append(out, it)
	}
	return out
}

// Every message is recorded or in quarantine, with a reason; and again after it was handed in once more.
func TestMessages(t *testing.T) {
	p := newPlace(t)
	c := p.collector(senders, collector.Options{})
	addr, end := listen(t, c, nil, true)
	send(t, addr, native("n1", "bka")+search("1")+native("n2", "nobody")+"nonsense\n"+native("", "bka")+search("1")+"<134>1 - - - - - - {\xff\n"+"half a mess")
	wait(t, "8 messages", func() bool { st := c.Spool(); return st.Acknowledged == 8 })
	end()
	if a, d, q := c.Counts.Accepted.Load(), c.Counts.Duplicates.Load(), c.Counts.Quarantined.Load(); a != 2 || d != 1 || q != 5 {
		t.Errorf("%d accepted, %d duplicates, %d in quarantine", a, d, q)
	}
	items := p.items()
	got := map[string]string{}
	for _, it := range items {
		got[it.Faults[0].Code] = string(it.Event)
		if it.Source != "gateway" || it.ID != "n2" && it.Event.Kind() == '"' && !strings.HasPrefix(it.ID, "syslog/") {
			t.Errorf("%+v", it)
		}
	}
	for code, want := range map[string]string{"UNDECLARED_ORGANISATION": `"id":"n2"`, "NO_RULE": `"nonsense"`, "REQUIRED": `"kind":"CONSULT"`, "ENCODING": `{"base64":`, "CUT_OFF": `"half a mess"`} {
		if !strings.Contains(got[code], want) {
			t.Errorf("%s: %s in %v", code, got[code], got)
		}
	}
	if len(items) != 5 {
		t.Errorf("%d items", len(items))
	}
}

// A crash after recording and before acknowledging: all of it is handed in again, and nothing is there twice.
func TestHandedInAgain(t *testing.T) {
	p := newPlace(t)
	c := p.collector(senders, collector.Options{})
	addr, end := listen(t, c, nil, false) // not recorded
	var text strings.Builder
	for i := range 50 {
		text.WriteString(search(fmt.Sprint(i)) + "nonsense\n" + native(fmt.Sprint("n", i), []string{"bka", "nobody"}[i%2]))
	}
	send(t, addr, text.String())
	end()
	state := filepath.Join(p.dir, "spool", "state")
	before := read(t, state)
	segments, _ := filepath.Glob(filepath.Join(p.dir, "spool", "*.spool"))
	kept := map[string][]byte{}
	for _, f := range segments {
		kept[f] = read(t, f)
	}
	for range 3 {
		write(t, state, before) // as if the acknowledgement had never come to disk
		for f, b := range kept {
			write(t, f, b)
		}
		c := p.collector(senders, collector.Options{})
		_, end := listen(t, c, nil, true)
		wait(t, "150 messages", func() bool { return c.Spool().Acknowledged == 150 })
		end()
	}
	if n := len(p.items()); n != 75 {
		t.Errorf("%d items in quarantine, not 75", n)
	}
	if n := p.graph.Checkpoint().Size; n < 75 || n > 85 {
		t.Errorf("%d entries", n)
	}
}

// Where the log stands still the spool fills, and then senders wait; nothing is lost.
func TestBackPressure(t *testing.T) {
	p := newPlace(t)
	c := p.collector(senders, collector.Options{Limit: 1 << 20})
	addr, end := listen(t, c, nil, false)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	pad := strings.Repeat(" ", 60<<10)
	sent := 0
	for ; sent < 2000; sent++ {
		_ = conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		line := strings.TrimSuffix(native(fmt.Sprint("b", sent), "bka"), "\n") + pad
		if _, err := fmt.Fprintf(conn, "%d %s", len(line), line); err != nil {
			break
		}
	}
	if sent == 2000 {
		t.Fatal("120 MB went into a spool of 1 MiB")
	}
	if st := c.Spool(); st.Bytes > st.Limit {
		t.Errorf("%+v", st)
	}
	got := c.Counts.Received.Load()
	conn.Close()
	end()
	// What was read is in the spool, and is recorded now.
	c = p.collector(senders, collector.Options{Limit: 1 << 20})
	_, end = listen(t, c, nil, true)
	wait(t, "the spool is empty", func() bool { st := c.Spool(); return st.End > 0 && st.Acknowledged == st.End })
	end()
	if n := c.Counts.Accepted.Load() + c.Counts.Duplicates.Load() + c.Counts.Quarantined.Load(); n < got {
		t.Errorf("%d of %d messages", n, got)
	}
}

// Where the quarantine is full the stream stops rather than that anything is dropped, and goes on when there is room.
func TestFullQuarantine(t *testing.T) {
	p := newPlace(t)
	box, err := p.graph.Vault().Box("quarantine")
	if err != nil {
		t.Fatal(err)
	}
	if p.intake.Quarantine, err = ingest.OpenQuarantine(filepath.Join(p.dir, "quarantine"), box, nil, 1500, 0); err != nil {
		t.Fatal(err)
	}
	c := p.collector(senders, collector.Options{Pause: 10 * time.Millisecond})
	addr, end := listen(t, c, nil, true)
	many, full := 0, false
	for ; !full && many < 100; many++ {
		send(t, addr, fmt.Sprintf("nonsense %d\n", many))
		for n := 0; c.Spool().Acknowledged <= uint64(many) && !full; n++ {
			time.Sleep(5 * time.Millisecond)
			full = n > 200
		}
	}
	if !full {
		t.Fatalf("1500 bytes were enough for %d messages", many)
	}
	send(t, addr, native("after", "bka"))
	seen := map[string]bool{}
	wait(t, "all of it", func() bool {
		for _, it := range p.items() {
			if seen[it.ID] {
				t.Errorf("%s is there twice", it.ID)
			}
			seen[it.ID] = true
			if err := p.intake.Quarantine.Remove(it.Quarantine); err != nil {
				t.Error(err)
			}
		}
		return c.Spool().Acknowledged == uint64(many)+1
	})
	for _, it := range p.items() {
		seen[it.ID] = true
	}
	end()
	if len(seen) != many {
		t.Errorf("%d of %d messages were in quarantine", len(seen), many)
	}
}

// A certificate says who speaks: by its fingerprint, or by its name under a CA.
func TestCertificates(t *testing.T) {
	p := newPlace(t)
	ca, caKey := certificate(t, "ca", nil, nil)
	server, serverKey := certificate(t, "log.example", ca, caKey)
	known, knownKey := certificate(t, "gate.example", ca, caKey)
	other, otherKey := certificate(t, "other.example", ca, caKey)
	self, selfKey := certificate(t, "gate.example", nil, nil) // the name alone says nothing
	listed, listedKey := certificate(t, "anything", nil, nil)
	sum := sha256.Sum256(listed.Raw)
	text := strings.Replace(senders, "[tcp]", `[gate.example, "sha256:`+strings.ToUpper(hex.EncodeToString(sum[:]))+`"]`, 1)
	c := p.collector(text, collector.Options{})
	s, err := collector.ParseSenders([]byte(text), "../syslog/testdata")
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AddCert(ca)
	addr, end := listen(t, c, s.TLS(tls.Certificate{Certificate: [][]byte{server.Raw}, PrivateKey: serverKey}, clients), true)
	for i, x := range []struct {
		name string
		cert *x509.Certificate
		key  *ecdsa.PrivateKey
		ok   bool
	}{{"by name", known, knownKey, true}, {"by fingerprint", listed, listedKey, true}, {"another name", other, otherKey, false}, {"a name without the CA", self, selfKey, false}, {"none", nil, nil, false}} {
		config := &tls.Config{RootCAs: clients, ServerName: "log.example"}
		if x.cert != nil {
			// Whatever the server asks for.
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &tls.Certificate{Certificate: [][]byte{x.cert.Raw}, PrivateKey: x.key}, nil
			}
		}
		before := c.Counts.Received.Load()
		conn, err := tls.Dial("tcp", addr, config)
		if err == nil {
			line := strings.TrimSuffix(native(fmt.Sprint("t", i), "bka"), "\n")
			_, err = fmt.Fprintf(conn, "%d %s", len(line), line)
			if err == nil {
				err = conn.CloseWrite()
			}
			if err == nil {
				_, err = io.Copy(io.Discard, conn)
			}
			conn.Close()
		}
		if got := c.Counts.Received.Load() - before; (err == nil) != x.ok || (got == 1) != x.ok {
			t.Errorf("%s: %v, %d messages", x.name, err, got)
		}
	}
	end()
	// A certificate is no way in over plain TCP.
	c = p.collector(text, collector.Options{})
	addr, end = listen(t, c, nil, true)
	if conn, err := net.Dial("tcp", addr); err != nil {
		t.Error(err)
	} else {
		_, _ = io.WriteString(conn, native("t9", "bka")) // it may be closed by now
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
	}
	end()
	if c.Counts.Received.Load() != 0 {
		t.Error("plain TCP was taken for a sender with a certificate")
	}
}

func certificate(t testing.TB, name string, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IsCA: parent == nil, BasicConstraintsValid: true,
	}
	if parent == nil {
		parent, signer = c, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return out, key
}

func TestSendersAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "there are none",
		"senders: [{name: A b}]":          "name of its own",
		"senders: [{name: a}]":            "source",
		"senders: [{name: a, source: s}]": "from says who",
		"senders: [{name: a, source: s, from: [tcp], what: x}]":                           "what",
		"senders: [{name: a, source: s, from: [\"sha256:12\"]}]":                          "64 hex digits",
		"senders: [{name: a, source: s, from: [tcp], mapping: nowhere}]":                  "nowhere",
		"senders: [{name: a, source: s, from: [tcp], mapping: gate.yaml}]":                "wants the parameter",
		"senders: [{name: a, source: s, from: [tcp], others: drop}]":                      "quarantine or ignore",
		"senders: [{name: a, source: s, from: [tcp]}, {name: b, source: s, from: [TCP]}]": "both from",
	} {
		if _, err := collector.ParseSenders([]byte(text), "../syslog/testdata"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func BenchmarkCollector(b *testing.B) {
	p := newPlace(b)
	c := p.collector(senders, collector.Options{})
	addr, end := listen(b, c, nil, true)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	begin := time.Now() // the loop's clock stops before all of it is done
	for b.Loop() {
		line := search(fmt.Sprint(n))
		if n == 0 {
			b.SetBytes(int64(len(line)))
		}
		if _, err := io.WriteString(conn, line); err != nil {
			b.Fatal(err)
		}
		if n++; n%1000 == 0 && n > 20_000 { // not so far ahead that the log takes long to follow
			wait(b, "the log", func() bool { return c.Spool().Acknowledged > uint64(n-20_000) })
		}
	}
	conn.Close()
	wait(b, "all of it", func() bool { return c.Spool().Acknowledged == uint64(n) })
	b.ReportMetric(float64(n)/time.Since(begin).Seconds(), "events/s")
	end()
	if got := c.Counts.Accepted.Load(); got != int64(n) {
		b.Fatalf("%d of %d", got, n)
	}
}
