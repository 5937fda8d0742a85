package ledger

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head is one state of the log.
type Head struct {
	Size       uint64
	Root       tlog.Hash
	Recorded   time.Time // the greatest recorded time of an entry below Size; zero for none
	Checkpoint []byte    // C2SP tlog-checkpoint, a signed note over origin, Size and Root
}

// ErrCheckpoint is wrapped by every error about a checkpoint's text or signature.
var ErrCheckpoint = errors.New("not a valid checkpoint of this log")

// signCheckpoint makes the checkpoint (https://c2sp.org/tlog-checkpoint) for a size and root.
func signCheckpoint(origin string, size uint64, root tlog.Hash, signer note.Signer) ([]byte, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(root[:]))
	return note.Sign(&note.Note{Text: text}, signer)
}

// ParseCheckpoint verifies a checkpoint of the given origin and returns its size and root. Signatures by keys other than
// v's are ignored, extension lines are allowed, as C2SP has it.
func ParseCheckpoint(checkpoint []byte, origin string, v note.Verifier) (Head, error) {
	n, err := note.Open(checkpoint, note.VerifierList(v))
	if err != nil {
		return Head{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != origin {
		return Head{}, fmt.Errorf("%w: origin is not %q", ErrCheckpoint, origin)
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil || strconv.FormatUint(size, 10) != lines[1] || size > maxSize {
		return Head{}, fmt.Errorf("%w: tree size %q", ErrCheckpoint, lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Head{}, fmt.Errorf("%w: root %q", ErrCheckpoint, lines[2])
	}
	return Head{Size: size, Root: tlog.Hash(root), Checkpoint: bytes.Clone(checkpoint)}, nil
}

// checkHead verifies that a stored head's checkpoint is signed and says what the head says.
func checkHead(h Head, origin string, v note.Verifier) error {
	c, err := ParseCheckpoint(h.Checkpoint, origin, v)
	if err != nil {
		return err
	}
	if c.Size != h.Size || c.Root != h.Root {
		return fmt.Errorf("%w: it is for size %d, root %v, the head says %d, %v", ErrCheckpoint, c.Size, c.Root, h.Size, h.Root)
	}
	return nil
}
