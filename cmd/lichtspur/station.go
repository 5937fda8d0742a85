package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/ingest"
)

// station is an open data directory with the intake in front of it.
type station struct {
	graph  *graph.Graph
	intake *ingest.Intake
}

// graphOptions are the options of the graph in the data directory.
func (a *app) graphOptions() graph.Options {
	return graph.Options{KeysDir: a.set.Keys, Clock: a.now, Random: a.random, Logger: a.log}
}

// openStation opens a data directory for writing and reading. Reading the log into the index is shown on a terminal.
func (a *app) openStation(dir string) (*station, error) {
	o := a.graphOptions()
	m := a.meter("read the log", "entries", -1)
	o.Progress = func(done, total uint64) { m.set(int64(done), int64(total)) }
	g, err := graph.Open(dir, o)
	m.done()
	if errors.Is(err, ledger.ErrLocked) {
		return nil, fmt.Errorf("%s: %w; a running server takes commands with --server", dir, err)
	}
	if err != nil {
		return nil, err
	}
	box, err := g.Vault().Box("quarantine")
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	q, err := ingest.OpenQuarantine(filepath.Join(dir, "quarantine"), box, a.now, 0, 0)
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	g.CountRefusals(q)
	return &station{graph: g, intake: &ingest.Intake{Graph: g, Quarantine: q}}, nil
}

func (s *station) close() error { return s.graph.Close() }
