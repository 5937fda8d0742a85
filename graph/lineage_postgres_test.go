package graph_test

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// PostgreSQL is asked for a lineage with a recursive query over one table, in which every move of every entry is a row. It
// has what such a query can use: an index that holds all columns asked for, so that the table itself is not read; a
// prepared statement; more memory than the table has; nothing else to do. It finds hops and when they can have been, and
// leaves out what takes most of a lineage's time here: pairs of sent and received, corrections, links, claims, consent.
// pgbench runs it and measures over a socket of the same machine, as a client would.
const (
	schemaSQL = `CREATE TABLE moves (entry bigint, kind text, image uuid, child uuid, source text COLLATE "C", destination text COLLATE "C",
earliest bigint, latest bigint, purpose text, owner text, reference text)`
	indexSQL = `CREATE INDEX ON moves (image, source) INCLUDE (child, destination, earliest, latest, entry, kind, purpose, owner, reference)`
	walkSQL  = `WITH RECURSIVE way AS (
SELECT entry, kind, image, child, source, destination, earliest, latest, purpose, owner, reference, 0 AS depth, earliest AS arrived
FROM moves WHERE image = '%[1]s' AND source IS NULL
UNION ALL
SELECT m.entry, m.kind, m.image, m.child, m.source, m.destination, m.earliest, m.latest, m.purpose, m.owner, m.reference, w.depth + 1, greatest(w.arrived, m.earliest)
FROM way w JOIN moves m ON m.image = coalesce(w.child, w.image) AND m.source = w.destination
WHERE m.latest >= w.arrived AND w.depth < 16
) SELECT * FROM way`
)

// postgresDir is where the programs of Debian's newest PostgreSQL are, "" where there is none.
func postgresDir() string {
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if len(all) == 0 {
		return ""
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	return filepath.Dir(slices.MaxFunc(all, func(a, b string) int { return cmp.Compare(version(a), version(b)) }))
}

// relation is the table's rows in a file, until PostgreSQL reads it.
type relation struct {
	file *os.File
	w    *bufio.Writer
	line []byte
}

func newRelation(b *testing.B) *relation {
	f, err := os.CreateTemp("", "moves")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close(); _ = os.Remove(f.Name()) })
	return &relation{file: f, w: bufio.NewWriterSize(f, 1<<20)}
}

// add adds an event of a way.
func (r *relation) add(b *testing.B, at uint64, e *event.Event) {
	if r == nil {
		return
	}
	image, child := uuidOf(e.Images[0].Digest), `\N`
	if e.Kind == event.KindDerive {
		child = uuidOf(e.Images[1].Digest)
	}
	r.row(b, at, e, image, child)
}

// again adds an entry of the traffic in a round.
func (r *relation) again(b *testing.B, at uint64, p *pattern, round int) {
	if r == nil {
		return
	}
	for i := range p.sk.Images {
		image := renamed(p.sk.Images[i].Pseudonym, round)
		r.row(b, at, &p.sk.Event, fmt.Sprintf("%x", image[:]), `\N`)
	}
}

func (r *relation) row(b *testing.B, at uint64, e *event.Event, image, child string) {
	text := func(s string) string { return cmp.Or(s, `\N`) }
	reference := ""
	if e.Transfer != nil {
		reference = e.Transfer.Reference
	}
	r.line = fmt.Appendf(r.line[:0], "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", at, e.Kind, image, child, text(cmp.Or(e.From.System, e.From.Organisation)),
		text(cmp.Or(e.To.System, e.To.Organisation)), e.Occurred.Earliest, e.Occurred.Latest, text(e.Purpose), text(e.Owner), text(reference))
	if _, err := r.w.Write(r.line); err != nil {
		b.Fatal(err)
	}
}

// uuidOf is the last half of a picture's digest.
func uuidOf(digest string) string { return digest[len(digest)-32:] }

// follow lets PostgreSQL read the rows and follow the ways.
func (r *relation) follow(b *testing.B) {
	if err := r.w.Flush(); err != nil {
		b.Fatal(err)
	}
	pg := startPostgres(b)
	if err := os.Chmod(r.file.Name(), 0o644); err != nil {
		b.Fatal(err)
	}
	for _, sql := range []string{schemaSQL, fmt.Sprintf(`\copy moves FROM '%s'`, r.file.Name()), indexSQL, "VACUUM (ANALYZE) moves", "CHECKPOINT"} {
		pg.run(b, "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql)
	}
	var scripts []string
	for n := range benchWays {
		walk := fmt.Sprintf(walkSQL, uuidOf(picture(n, 0)))
		if got := pg.run(b, "psql", "-qAtX", "-c", "SELECT count(*) FROM ("+walk+") x"); got != strconv.Itoa(benchCopies) {
			b.Fatalf("PostgreSQL finds %s hops of %d", got, benchCopies)
		}
		path := filepath.Join(pg.dir, fmt.Sprintf("walk%d.sql", n))
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(walk, "\n", " ")+";\n"), 0o644); err != nil {
			b.Fatal(err)
		}
		scripts = append(scripts, "-f", path)
	}
	pg.bench(b, 5, scripts) // warm
	walk := pg.bench(b, 10, scripts)
	nothing := filepath.Join(pg.dir, "nothing.sql")
	if err := os.WriteFile(nothing, []byte("SELECT 1;\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	least := pg.bench(b, 2, []string{"-f", nothing})
	b.ReportMetric(0, "ns/op") // pgbench has measured
	b.ReportMetric(float64(walk[len(walk)/2]), "µs-p50")
	b.ReportMetric(float64(walk[len(walk)*99/100]), "µs-p99")
	b.ReportMetric(float64(least[len(least)/2]), "µs-select-1")
}

// cluster is a PostgreSQL of the benchmark's own, on a socket in its directory.
type cluster struct {
	bin, dir string
	as       *syscall.Credential // nil: whoever runs the benchmark
}

// startPostgres makes a cluster and starts it; it is gone when the benchmark ends.
func startPostgres(b *testing.B) *cluster {
	pg := &cluster{bin: postgresDir()}
	var err error
	if pg.dir, err = os.MkdirTemp("", "lspg"); err != nil { // short: it holds a socket
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(pg.dir) })
	if os.Getuid() == 0 { // PostgreSQL does not run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			b.Fatal(err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		pg.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(pg.dir, uid, gid); err != nil {
			b.Fatal(err)
		}
	}
	data := filepath.Join(pg.dir, "data")
	pg.run(b, "initdb", "-D", data, "-U", "bench", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
	settings := "listen_addresses = ''\nunix_socket_directories = '" + pg.dir + "'\nshared_buffers = 3GB\nwork_mem = 64MB\n" +
		"maintenance_work_mem = 512MB\nfsync = off\nfull_page_writes = off\nmax_wal_size = 8GB\nautovacuum = off\njit = off\nrandom_page_cost = 1.1\n"
	if err := os.WriteFile(filepath.Join(data, "postgresql.auto.conf"), []byte(settings), 0o600); err != nil {
		b.Fatal(err)
	}
	pg.run(b, "pg_ctl", "-D", data, "-w", "-l", filepath.Join(pg.dir, "log"), "start")
	b.Cleanup(func() { pg.run(b, "pg_ctl", "-D", data, "-m", "immediate", "stop") })
	return pg
}

// run runs one of PostgreSQL's programs and returns what it prints.
func (pg *cluster) run(b *testing.B, program string, args ...string) string {
	c := exec.Command(filepath.Join(pg.bin, program), args...)
	c.Dir = pg.dir
	c.Env = append(os.Environ(), "PGHOST="+pg.dir, "PGUSER=bench", "PGDATABASE=postgres", "LC_ALL=C")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: pg.as}
	var out, failed strings.Builder
	c.Stdout, c.Stderr = &out, &failed
	if program == "pg_ctl" {
		c.Stdout, c.Stderr = nil, nil // the server would keep a pipe open
	}
	if err := c.Run(); err != nil {
		b.Fatalf("%s: %v: %s", program, err, failed.String())
	}
	return strings.TrimSpace(out.String())
}

// bench runs scripts in turn at random, prepared, for some seconds, and returns how long each took in µs, ascending.
func (pg *cluster) bench(b *testing.B, seconds int, scripts []string) (took []int) {
	prefix := filepath.Join(pg.dir, "took")
	pg.run(b, "pgbench", append([]string{"-n", "-M", "prepared", "-c", "1", "-T", strconv.Itoa(seconds), "-l", "--log-prefix", prefix}, scripts...)...)
	logs, err := filepath.Glob(prefix + ".*")
	if err != nil || len(logs) != 1 {
		b.Fatalf("pgbench wrote %q: %v", logs, err)
	}
	text, err := os.ReadFile(logs[0])
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		us, err := strconv.Atoi(strings.Fields(line)[2]) // client, transaction, µs, script …
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, us)
	}
	slices.Sort(took)
	if err := os.Remove(logs[0]); err != nil || len(took) == 0 {
		b.Fatalf("pgbench measured nothing: %v", err)
	}
	return took
}
