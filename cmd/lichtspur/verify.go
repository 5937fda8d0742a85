package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/ingest"
)

func (a *app) verifyCommand() *cobra.Command {
	var from, key string
	c := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check a data directory: every leaf, hash, head and signature; or a proof",
		Long: `With a FILE it checks a proof that lichtspur prove wrote, without the log: the checkpoint's signature, the path from the
leaf to its root, and that each disclosed value is the one that the leaf was made with. --key is the log's verifier, its
log.pub, which you get by another way than the proof. Exit code 10 says that the signature does not hold, 12 that the
rest does not.

Without one it reads the whole log, without changing anything and without opening it for writing, and checks every leaf against its
hash, every hash against the tree, every signed head against tree and key, and the last head kept outside of the data
directory. Then every signature of a source: the envelope of each sealed batch against the key that the log declares for
it, valid at the recorded time, and against the leaves that follow. The access ledger is checked likewise. With --from it is also held to a checkpoint that somebody kept: the log must contain what that one signed.

Findings name what is wrong and where: leaf, tile, tree size, or the range between two heads. Exit code 12 says that
there are some in the log, 10 that a source's signature does not hold.`,
		Example: `  lichtspur verify --data data
  lichtspur verify --data data --from checkpoint-2026-01.txt -o json
  lichtspur verify entry.tlog-proof --key log.pub`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				if from != "" {
					return usage(errors.New("--from is a checkpoint that a data directory is held to; a proof has its own"))
				}
				return a.verifyFile(args[0], key)
			}
			if key != "" {
				return usage(errors.New("--key is for a proof; a data directory has its key"))
			}
			dir, err := a.directory()
			if err != nil {
				return err
			}
			var kept []byte
			if from != "" {
				if kept, err = os.ReadFile(from); err != nil {
					return err
				}
			}
			if !exists(dir) {
				return &failure{exitNotFound, fmt.Errorf("%s: there is no such data directory", dir)}
			}
			ch, err := a.check(c.Context(), dir, kept)
			if err != nil {
				return err
			}
			if err := a.showFindings(ch); err != nil {
				return err
			}
			if a.set.Output == "text" {
				fmt.Fprint(a.out, a.paint(a.outTTY, green, "verified")+"\n")
			}
			return a.show("entries", ch.log.Size, "commits", ch.log.Commits, "root", ch.log.Head.Root.String(), "recorded", ch.log.Head.Recorded,
				"batches", ch.audit.Batches, "signed", ch.audit.Leaves, "forks", ch.audit.Forks, "accesses", ch.accesses.Size)
		},
	}
	c.Flags().StringVar(&key, "key", "", "`file` with the log's verifier, for a proof")
	c.Flags().StringVar(&from, "from", "", "`file` with a checkpoint that was kept; the log is held to it")
	return c
}

// checked is what a check of a data directory found. audit is nil where the log itself is not what it was.
type checked struct {
	log, accesses *ledger.Report
	audit         *ingest.Audit
}

// check reads the whole log and the access ledger, and every signature of a source. kept is a checkpoint of one of them
// that it is held to, or nil.
func (a *app) check(ctx context.Context, dir string, kept []byte) (*checked, error) {
	var keptLog, keptAccesses []byte
	if graph.OfAccesses(kept) {
		keptAccesses = kept
	} else {
		keptLog = kept
	}
	m := a.meter("verify", "entries", -1)
	progress := func(done, total uint64) { m.set(int64(done), int64(total)) }
	ch := &checked{}
	var err error
	if ch.log, err = graph.Verify(dir, a.graphOptions(), keptLog, progress); err == nil {
		ch.accesses, err = graph.VerifyAccesses(dir, a.graphOptions(), keptAccesses, progress)
	}
	m.done()
	if err != nil {
		return nil, err
	}
	if ch.accesses == nil {
		if keptAccesses != nil {
			return nil, &failure{exitNotFound, fmt.Errorf("%s holds no access ledger, and the checkpoint is of one", dir)}
		}
		ch.accesses = &ledger.Report{}
	}
	if len(ch.log.Findings)+len(ch.accesses.Findings) == 0 {
		ch.audit, err = a.audit(ctx, dir)
	}
	return ch, err
}

// showFindings prints what a check found and returns the exit code of it as an error; nil where all holds.
func (a *app) showFindings(ch *checked) error {
	if ch.audit != nil && len(ch.audit.Findings) > 0 {
		return a.showAudit(ch.audit)
	}
	if len(ch.log.Findings)+len(ch.accesses.Findings) == 0 {
		return nil
	}
	l := a.list("ledger", "what", "from", "to", "tile", "file", "problem")
	for name, r := range map[string]*ledger.Report{"log": ch.log, "accesses": ch.accesses} {
		for _, f := range r.Findings {
			if err := l.add(name, f.What, f.From, f.To, f.Tile, f.File, f.Error()); err != nil {
				return err
			}
		}
	}
	if err := l.close(); err != nil {
		return err
	}
	if ch.log.More || ch.accesses.More {
		fmt.Fprintln(a.err, "further findings were left out")
	}
	return said(exitProof)
}

func (a *app) audit(ctx context.Context, dir string) (*ingest.Audit, error) {
	m := a.meter("signatures", "entries", -1)
	defer m.done()
	return ingest.AuditSources(ctx, dir, a.graphOptions(), func(done, total uint64) { m.set(int64(done), int64(total)) })
}

func (a *app) showAudit(audit *ingest.Audit) error {
	l := a.list("entry", "source", "code", "problem")
	for _, f := range audit.Findings {
		if err := l.add(f.Index, f.Source, f.Code, f.Problem); err != nil {
			return err
		}
	}
	if err := l.close(); err != nil {
		return err
	}
	return said(exitSignature)
}
