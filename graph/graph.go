// Package graph is the provenance graph: a signed, append-only log of what happened to facial images, and the
// views through which it is read.
//
// A [Graph] is one data directory: the ledger (package ledger) holds the log, the vault (package vault) the keys
// of personal values, and an index and a catalog, both pure folds of the log, answer questions. Writing goes
// through [Graph.Prepare] and [Graph.Submit] for events that the node seals itself, and through [Graph.Admit] for
// batches that a source sealed and signed. [Graph.Redact] destroys the keys of a subject. Reading goes through [Graph.As] and nothing else, and is accounted for with [View.Account].
//
// Layout of a data directory:
//
//	ledger/       the log, Badger
//	accesses/     the access ledger: who read what, a log of its own, Badger
//	index/        blocks of the index of the log; what is not there is made again from the log
//	accesses.index/  those of the access ledger
//	vault/        look-ups and the state of the key tree, encrypted
//	quarantine/   what was handed in and could not be recorded, encrypted (package ingest)
//	tokens.json   hashed tokens (package ingest/access)
//
// and, by default beside it so that a copy of the data alone opens nothing and a copy set back is noticed:
//
//	DIR.keys/root.key   the root key of the vault, mode 0600
//	DIR.keys/log.key    the log's signing key, mode 0600
//	DIR.keys/log.pub    its verifier, to be handed to whoever checks
//	DIR.keys/head       the last signed head
//	DIR.keys/accesses.head  that of the access ledger
package graph

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/graph/vault"
)

// LogID is the sealer id of the node and the source of its own entries: the operator's declarations, ADMIT, LINK.
const LogID = "log"

// RootEnv is the environment variable that may hand in the vault's root key instead of a file.
const RootEnv = "LICHTSPUR_ROOT_KEY"

// Options configure a graph. The zero value of each field is a sane default.
type Options struct {
	KeysDir string           // default: DIR.keys
	Clock   func() time.Time // default: time.Now; gives recorded times
	Random  io.Reader        // default: crypto/rand; gives salts
	Logger  *slog.Logger     // default: discards
	// Progress is told while Open folds entries of the log that no block of the index holds.
	Progress func(done, total uint64)
	// OnCommit is told the size of the log after each commit, before its receipts go out; the next commit waits for it.
	OnCommit func(size uint64)
	// QueueBytes and QueueEntries bound what waits for the ledger; zero: the ledger's defaults.
	QueueBytes, QueueEntries int
	BlockEntries             int // of the smallest blocks of the indexes; zero: [index.BlockEntries]. Smaller ones are for tests
}

// Graph is an open data directory. Its methods may be called from any goroutine.
type Graph struct {
	dir    string
	opts   Options
	origin string

	ledger      *ledger.Ledger
	journal     *journal // the access ledger
	vault       *vault.Vault
	head        *index.Index     // written by the ledger's writer goroutine only
	catalog     *catalog.Catalog // likewise
	submissions *submissions     // likewise
	decisions   decisions        // worked out when they are asked for
	leaves      leaves           // read lately
	grounds     grounds          // of what was traced lately
	tables      keptTables       // that were added up lately
	refusals    Refusals         // nil: not known; set before anybody reads

	mu       sync.Mutex // guards what follows; held over check, reservation and queueing, never over a commit
	flying   map[event.Pseudonym]*flight
	naming   map[event.Denotation]int // pseudonyms in flight
	declared map[string]int           // ids of declarations in flight
	sources  map[string]*sync.Mutex   // one submission of sealed batches a source at a time
	// redactions counts them since Open, and changes under mu: what was sealed under another count may name what is gone.
	redactions atomic.Uint64

	committed sync.Cond // its lock is cmu; broadcast after each commit
	cmu       sync.Mutex
	growth    chan struct{} // closed after the next commit; nil: nobody waits. Guarded by cmu
}

func (o *Options) fill(dir string) {
	if o.KeysDir == "" {
		o.KeysDir = strings.TrimRight(dir, "/") + ".keys"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Create makes a new data directory and its keys. origin names the log in its checkpoints (C2SP tlog-checkpoint):
// a host and path that the operator controls, without a scheme. It fails where either directory already holds one.
func Create(dir, origin string, o Options) error {
	o.fill(dir)
	if origin == "" || strings.ContainsAny(origin, " \t\r\n+") {
		return fmt.Errorf("origin %q: a log is named by something like a host and path, without spaces or plus signs", origin)
	}
	if _, err := os.Stat(filepath.Join(dir, "ledger")); err == nil {
		return fmt.Errorf("%s already holds a log; open it, or choose another directory", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	if err := os.MkdirAll(o.KeysDir, 0o700); err != nil {
		return fmt.Errorf("make keys directory: %w", err)
	}
	if _, err := os.Stat(filepath.Join(o.KeysDir, "log.key")); err == nil {
		return fmt.Errorf("%s already holds the keys of a log; they are never overwritten: choose another keys directory", o.KeysDir)
	}
	root, err := vault.RootFromEnv(RootEnv)
	if errors.Is(err, vault.ErrNoRoot) {
		root, err = vault.NewRoot(filepath.Join(o.KeysDir, "root.key"))
	}
	if err != nil {
		return err
	}
	if err := vault.Create(filepath.Join(dir, "vault"), root, LogID); err != nil {
		return err
	}
	skey, vkey, err := note.GenerateKey(o.Random, origin)
	if err != nil {
		return fmt.Errorf("make the log's key: %w", err)
	}
	if err := writeNew(filepath.Join(o.KeysDir, "log.key"), skey+"\n", 0o600); err != nil {
		return err
	}
	if err := writeNew(filepath.Join(o.KeysDir, "log.pub"), vkey+"\n", 0o644); err != nil {
		return err
	}
	lo, err := ledgerOptions(o)
	if err != nil {
		return err
	}
	if err := ledger.Create(filepath.Join(dir, "ledger"), lo); err != nil {
		return err
	}
	return createJournal(dir, o)
}

func writeNew(path, text string, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// ledgerOptions reads the log's keys.
func ledgerOptions(o Options) (lo ledger.Options, err error) {
	path := filepath.Join(o.KeysDir, "log.key")
	info, err := os.Stat(path)
	if err != nil {
		return lo, fmt.Errorf("the log's signing key: %w (make a data directory with `lichtspur init`, or name the keys directory)", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return lo, fmt.Errorf("%s has mode %04o: only its owner may read the log's signing key (chmod 600)", path, info.Mode().Perm())
	}
	skey, err := os.ReadFile(path)
	if err != nil {
		return lo, err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(skey)))
	if err != nil {
		return lo, damaged(path, err)
	}
	verifier, err := loadVerifier(o)
	if err != nil {
		return lo, err
	}
	if verifier.Name() != signer.Name() || verifier.KeyHash() != signer.KeyHash() {
		return lo, damaged(filepath.Join(o.KeysDir, "log.pub"), fmt.Errorf("it is not the verifier of %s", path))
	}
	return ledger.Options{
		Origin: signer.Name(), Signer: signer, Verifier: verifier,
		HeadFile: filepath.Join(o.KeysDir, "head"), Logger: o.Logger,
		QueueBytes: o.QueueBytes, QueueEntries: o.QueueEntries,
	}, nil
}

func loadVerifier(o Options) (note.Verifier, error) {
	path := filepath.Join(o.KeysDir, "log.pub")
	vkey, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the log's verifier: %w", err)
	}
	v, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return nil, damaged(path, err)
	}
	return v, nil
}

// damaged says that a file of the log's keys is not what was written.
func damaged(path string, err error) error {
	return &ledger.Damage{What: ledger.DamagedFile, File: path, Err: err}
}

// VerifierKey returns the text of the log's verifier (C2SP signed-note, "vkey").
func VerifierKey(dir string, o Options) (string, error) {
	o.fill(dir)
	b, err := os.ReadFile(filepath.Join(o.KeysDir, "log.pub"))
	return strings.TrimSpace(string(b)), err
}

// Open opens a data directory for writing and reading. What no block of the index holds is folded from the log, and a
// redaction that was cut short is finished.
func Open(dir string, o Options) (*Graph, error) {
	o.fill(dir)
	if _, err := os.Stat(filepath.Join(dir, "ledger")); err != nil {
		return nil, fmt.Errorf("%s holds no log: %w (make one with `lichtspur init --data %s`)", dir, err, dir)
	}
	g := &Graph{
		dir: dir, opts: o,
		catalog: catalog.New(), submissions: newSubmissions(),
		flying: map[event.Pseudonym]*flight{}, naming: map[event.Denotation]int{},
		declared: map[string]int{}, sources: map[string]*sync.Mutex{},
	}
	g.committed.L = &g.cmu
	root, err := vault.RootFromEnv(RootEnv)
	if errors.Is(err, vault.ErrNoRoot) {
		root, err = vault.LoadRoot(filepath.Join(o.KeysDir, "root.key"))
	}
	if err != nil {
		return nil, err
	}
	lo, err := ledgerOptions(o)
	if err != nil {
		return nil, err
	}
	g.origin = lo.Origin
	lo.OnCommit = g.onCommit
	if g.ledger, err = ledger.Open(filepath.Join(dir, "ledger"), lo); err != nil {
		return nil, err
	}
	if g.vault, err = vault.Open(filepath.Join(dir, "vault"), root); err != nil {
		return nil, errors.Join(err, g.ledger.Close())
	}
	if g.journal, err = openJournal(dir, o); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	if err := g.openIndex(); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	if err := g.finishRedactions(); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

// Close finishes what is queued and closes the stores.
func (g *Graph) Close() error {
	var errs []error
	if g.head != nil {
		errs = append(errs, g.head.Close()) // asks the ledger for roots
	}
	if g.ledger != nil {
		errs = append(errs, g.ledger.Close())
	}
	errs = append(errs, g.journal.close())
	if g.vault != nil {
		errs = append(errs, g.vault.Close())
	}
	return errors.Join(errs...)
}

// Origin returns the name of the log.
func (g *Graph) Origin() string { return g.origin }

// Dir returns the data directory.
func (g *Graph) Dir() string { return g.dir }

// Now returns the time that the graph records by.
func (g *Graph) Now() time.Time { return g.opts.Clock().UTC().Truncate(time.Microsecond) }

// Stats returns the counts of the ledger.
func (g *Graph) Stats() ledger.Stats { return g.ledger.Stats() }

// Vault gives the intake access to the encryption of its own files.
func (g *Graph) Vault() *vault.Vault { return g.vault }

// onCommit runs on the ledger's writer goroutine after a commit is durable and before its receipts go out, so that
// a reader sees every acknowledged entry.
func (g *Graph) onCommit(c ledger.Commit) {
	sks := make([]*event.Skeleton, len(c.Entries))
	for i, e := range c.Entries {
		if sk, ok := e.Parsed.(*event.Skeleton); ok {
			sks[i] = sk
			continue
		}
		sk, err := event.ParseSkeleton(e.Leaf)
		if err != nil {
			panic(fmt.Sprintf("graph: entry %d was sealed here and does not parse: %v", c.First+uint64(i), err))
		}
		sks[i] = sk
	}
	if err := g.fold(c.First, sks); err != nil {
		panic(fmt.Sprintf("graph: the ledger's commits do not follow each other: %v", err))
	}
	g.cmu.Lock()
	g.committed.Broadcast()
	g.grew()
	g.cmu.Unlock()
	if g.opts.OnCommit != nil {
		g.opts.OnCommit(c.Head.Size)
	}
}
