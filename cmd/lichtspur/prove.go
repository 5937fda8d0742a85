package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/schema"
)

func (a *app) proveCommand() *cobra.Command {
	var accesses bool
	c := &cobra.Command{
		Use:   "prove ENTRY",
		Short: "Write the proof that an entry is in the log",
		Long: `Writes what proves that an entry, by its id or its index, is in the log: the leaf, the personal values that you may see,
the path to the root and the signed checkpoint, as a C2SP tlog-proof. Anybody checks it without this server and without
the log: lichtspur verify FILE. It holds personal values where you may see any.

A proof shows that an entry is in the log. It does not show that a list is complete, nor that what the entry says is true.`,
		Example: `  lichtspur prove 4959 -o entry.tlog-proof --purpose "CRIMINAL_PROCEEDING; file 12/26"
  lichtspur verify entry.tlog-proof --key log.pub`,
		Args: cobra.ExactArgs(1),
	}
	out := outFlag(c, "the proof")
	c.RunE = func(c *cobra.Command, args []string) error {
		field := "proof(event: $id)"
		if accesses {
			field = "accessProof(access: $id)"
		}
		answer, err := a.ask(c.Context(), schema.Request{
			Query: "query Prove($id: ID!) { proof: " + field + " { text } }", Variables: map[string]any{"id": args[0]}})
		if err != nil {
			return err
		}
		if len(answer.Errors) > 0 {
			return a.complain(answer)
		}
		var data struct {
			Proof *struct {
				Text *string `json:"text"`
			} `json:"proof"`
		}
		if err := json.Unmarshal(answer.Data, &data); err != nil {
			return err
		}
		switch {
		case data.Proof == nil:
			return &failure{exitNotFound, fmt.Errorf("there is no entry %q that you may see", args[0])}
		case data.Proof.Text == nil:
			return &failure{exitNoAccess, errors.New("the leaf of this entry names what you may not see, and a proof needs the leaf")}
		}
		return a.write(*out, func(w io.Writer) error {
			_, err := io.WriteString(w, *data.Proof.Text)
			return err
		})
	}
	c.Flags().BoolVar(&accesses, "access", false, "of an entry of the access ledger")
	return c
}

// verifyFile checks a proof offline.
func (a *app) verifyFile(path, key string) error {
	f, _, err := a.open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxProof+1))
	if err != nil {
		return err
	}
	if len(text) > maxProof {
		return fmt.Errorf("%s: longer than %d bytes, which no proof is", path, maxProof)
	}
	verifier, err := a.verifier(key, text)
	if err != nil {
		return err
	}
	p, err := graph.ParseProof(text, verifier)
	if err != nil {
		if _, unsigned := errors.AsType[*note.UnverifiedNoteError](err); unsigned {
			return &failure{exitSignature, fmt.Errorf("%s: %w", path, err)}
		}
		if _, wrong := errors.AsType[*note.InvalidSignatureError](err); wrong {
			return &failure{exitSignature, fmt.Errorf("%s: %w", path, err)}
		}
		return &failure{exitProof, fmt.Errorf("%s: %w", path, err)}
	}
	sk, err := event.ParseSkeleton(p.Leaf)
	if err != nil {
		return &failure{exitProof, fmt.Errorf("%s: the leaf: %w", path, err)}
	}
	e, err := event.Open(sk, p.Disclosures)
	if err != nil {
		return &failure{exitProof, fmt.Errorf("%s: a value that is disclosed is not the one that the leaf was made with: %w", path, err)}
	}
	whole, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return err
	}
	if a.set.Output == "text" {
		fmt.Fprintln(a.out, a.paint(a.outTTY, green, "verified"))
	}
	return a.show("origin", verifier.Name(), "index", p.Index, "size", p.Size, "root", p.Head.Root.String(), "leafHash", p.Hash.String(), "id", sk.Entry.String(),
		"kind", string(e.Kind), "disclosed", len(p.Disclosures), "event", jsontext.Value(whole))
}

// maxProof bounds the file of a proof: a leaf has its limit, and so have its values.
const maxProof = 16 << 20

// verifier is that of the log which a proof is of: the given one, or that of the data directory.
func (a *app) verifier(key string, proof []byte) (note.Verifier, error) {
	var text string
	switch {
	case key != "":
		b, err := os.ReadFile(key)
		if err != nil {
			return nil, err
		}
		text = strings.TrimSpace(string(b))
	case a.set.Data == "" || !exists(a.set.Data):
		return nil, usage(errors.New("whose signature? name the log's verifier with --key FILE (its log.pub), or the data directory with --data"))
	default:
		of := graph.VerifierKey
		if _, checkpoint, ok := bytes.Cut(proof, []byte("\n\n")); ok && graph.OfAccesses(checkpoint) {
			of = graph.AccessVerifierKey
		}
		var err error
		if text, err = of(a.set.Data, a.graphOptions()); err != nil {
			return nil, err
		}
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("the log's verifier: %w", err)
	}
	return v, nil
}
