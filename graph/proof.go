package graph

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/ledger"
)

// Proof is an inclusion proof of one entry.
type Proof struct {
	Index       uint64
	Size        uint64    // of the tree: that of Head
	Hash        tlog.Hash // RFC 6962 hash of the leaf
	Leaf        []byte    // nil where it names what the viewer may not see
	Disclosures []string  // encoded, of the personal values that the viewer may see: event.Open puts them into the leaf's event
	Path        []tlog.Hash
	Head        ledger.Head
}

// Prove returns the proof that an entry is in the tree of the newest checkpoint.
func (v *View) Prove(ctx context.Context, id string) (*Proof, error) {
	e, err := v.Event(ctx, id)
	if err != nil {
		return nil, err
	}
	head := v.g.ledger.Head()
	path, err := v.g.ledger.InclusionProof(e.Index, head.Size)
	if err != nil {
		return nil, err
	}
	p := &Proof{Index: e.Index, Size: head.Size, Hash: e.LeafHash, Leaf: e.Leaf, Path: path, Head: head}
	if p.Leaf == nil {
		return p, nil // the disclosures would tell what the leaf does not
	}
	for _, d := range e.disclosures {
		name, err := disclosed(d)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", e.Index, err)
		}
		if _, closed := e.Closed[name]; !closed {
			p.Disclosures = append(p.Disclosures, d)
		}
	}
	return p, nil
}

// disclosed returns the JSON pointer of what a disclosure discloses.
func disclosed(encoded string) (string, error) {
	plain, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return "", fmt.Errorf("a disclosure: %w", err)
	}
	var parts [3]string
	if err := json.Unmarshal(plain, &parts); err != nil {
		return "", fmt.Errorf("a disclosure: %w", err)
	}
	return parts[1], nil
}

// proofHeader is the first line of a C2SP tlog-proof.
const proofHeader = "c2sp.org/tlog-proof@v1"

// proofExtra is the opaque part of a proof: what the entry itself says, so that the proof stands alone. The leaf is
// authenticated by the path, the disclosures by their digests in the leaf.
type proofExtra struct {
	Leaf        string   `json:"leaf"`
	Disclosures []string `json:"disclosures,omitzero"`
}

// Text writes the proof as C2SP tlog-proof has it (https://c2sp.org/tlog-proof). Its extra line holds, in base64, a JSON
// object with the leaf as text and the disclosures: it holds personal values where the viewer sees any.
func (p *Proof) Text() ([]byte, error) {
	extra, err := json.Marshal(proofExtra{string(p.Leaf), p.Disclosures}, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", proofHeader, base64.StdEncoding.EncodeToString(extra), p.Index)
	for _, h := range p.Path {
		b.WriteString(h.String())
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.Write(p.Head.Checkpoint)
	return b.Bytes(), nil
}

// ParseProof reads what [Proof.Text] wrote and checks it offline: the checkpoint is signed by the log with this
// verifier, and the leaf is in its tree at this index. That the disclosures belong to the leaf is for event.Open to say.
func ParseProof(text []byte, log note.Verifier) (*Proof, error) {
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || lines[0] != proofHeader {
		return nil, fmt.Errorf("this is no proof: its first line is not %s, or it has no checkpoint", proofHeader)
	}
	lines = lines[1:]
	var extra proofExtra
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "extra ") {
		return nil, fmt.Errorf("the proof does not hold its entry: the line \"extra\" is missing")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(lines[0][len("extra "):])
	if err == nil {
		err = json.Unmarshal(raw, &extra, json.RejectUnknownMembers(true)) // disclosures under another name are not passed over
	}
	if err != nil {
		return nil, fmt.Errorf("the line \"extra\" of the proof: %w", err)
	}
	p := &Proof{Hash: tlog.RecordHash([]byte(extra.Leaf)), Leaf: []byte(extra.Leaf), Disclosures: extra.Disclosures}
	if len(lines) < 2 || !strings.HasPrefix(lines[1], "index ") {
		return nil, fmt.Errorf("the proof names no index")
	}
	number := lines[1][len("index "):]
	if p.Index, err = strconv.ParseUint(number, 10, 63); err != nil || strconv.FormatUint(p.Index, 10) != number {
		return nil, fmt.Errorf("the proof names the index %q, which is none", number)
	}
	for _, line := range lines[2:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return nil, fmt.Errorf("a hash of the proof: %w", err)
		}
		p.Path = append(p.Path, h)
	}
	if p.Head, err = ledger.ParseCheckpoint(checkpoint, log.Name(), log); err != nil {
		return nil, err
	}
	p.Size = p.Head.Size
	if p.Index >= p.Size {
		return nil, fmt.Errorf("the proof is of entry %d, and its checkpoint has %d", p.Index, p.Head.Size)
	}
	if err := tlog.CheckRecord(p.Path, int64(p.Head.Size), p.Head.Root, int64(p.Index), p.Hash); err != nil {
		return nil, fmt.Errorf("the leaf is not in the tree of the checkpoint: %w", err)
	}
	return p, nil
}
