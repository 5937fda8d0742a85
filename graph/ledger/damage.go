package ledger

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of the ledger. Use errors.Is.
var (
	// ErrNotLedger says that a directory holds no ledger, or one of another origin or format.
	ErrNotLedger = errors.New("not a ledger")
	// ErrExists says that Create found something in the directory.
	ErrExists = errors.New("a ledger exists already")
	// ErrLocked says that another process writes to the ledger.
	ErrLocked = errors.New("the ledger is in use by another process")
	// ErrDamaged is what every *Damage is.
	ErrDamaged = errors.New("the ledger is damaged")
	// ErrFull says that the queue has no room. Nothing of the group was taken; come back later.
	ErrFull = errors.New("the ledger's queue is full")
	// ErrTooLarge says that a group or a leaf is larger than a commit takes. It comes as a *TooLarge.
	ErrTooLarge = errors.New("too large for one commit")
	// ErrNoSpace says that the file system has too little room for another commit.
	ErrNoSpace = errors.New("no space left for another commit")
	// ErrStopped says that the ledger takes no more entries: it was closed, or an earlier commit failed and its outcome
	// is known only after the ledger is opened again.
	ErrStopped = errors.New("the ledger takes no more entries")
	// ErrReadOnly says that the ledger was opened for reading.
	ErrReadOnly = errors.New("the ledger is open for reading only")
	// ErrClosed says that the ledger was closed while it was read.
	ErrClosed = errors.New("the ledger is closed")
	// ErrNotFound says that there is no such entry, head or tile, yet.
	ErrNotFound = errors.New("not in the log")
)

// TooLarge is the error of a group that no commit can take. It is ErrTooLarge.
type TooLarge struct {
	What      string // "leaf", "entries" or "bytes"
	Got, Most int
}

func (e *TooLarge) Error() string {
	return fmt.Sprintf("%v: %s %d, at most %d", ErrTooLarge, e.What, e.Got, e.Most)
}

// Is makes e an ErrTooLarge.
func (e *TooLarge) Is(target error) bool { return target == ErrTooLarge }

// Codes of a Damage.
const (
	DamagedLeaf   = "LEAF"      // the leaf From has not the bytes its hash was made of
	DamagedSealed = "SEALED"    // the sealed value of leaf From
	DamagedHash   = "HASH"      // a stored hash of Tile
	DamagedHead   = "HEAD"      // the head of tree size To: bytes, signature or root
	DamagedCommit = "COMMIT"    // a value of the commit [From, To) cannot be read
	DamagedFile   = "FILE"      // a file of the store
	Missing       = "MISSING"   // the commits of [From, To) are not there
	Shorter       = "SHORTER"   // the log has From entries, a kept head says To
	Rewritten     = "REWRITTEN" // entries in [From, To) are not those that a kept head of size To signed
	HeadFileBad   = "HEAD_FILE" // the head file is no checkpoint of this log
)

// Damage says what is wrong with a ledger and where. It is ErrDamaged.
type Damage struct {
	What     string // one of the codes above
	From, To uint64 // leaf indexes or tree sizes, see the code
	Tile     string // C2SP coordinate, as "tile/0/x001/067"
	File     string // the damaged file, if one is known
	Offset   int64  // where in File, if known
	SetAside string // directory with the files as they were found, after an open that refused
	Err      error
}

func (d *Damage) Error() string {
	var b strings.Builder
	switch d.What {
	case DamagedLeaf:
		fmt.Fprintf(&b, "leaf %d is not what was hashed", d.From)
	case DamagedSealed:
		fmt.Fprintf(&b, "sealed value of leaf %d is damaged", d.From)
	case DamagedHash:
		fmt.Fprintf(&b, "a stored hash of %s is damaged (leaves %d to %d)", d.Tile, d.From, d.To-1)
	case DamagedHead:
		fmt.Fprintf(&b, "the head of tree size %d is damaged", d.To)
	case DamagedCommit:
		fmt.Fprintf(&b, "the commit of leaves %d to %d cannot be read", d.From, d.To-1)
	case DamagedFile:
		fmt.Fprintf(&b, "a file of the store is damaged")
	case Missing:
		fmt.Fprintf(&b, "the commits of leaves %d to %d are missing", d.From, d.To-1)
	case Shorter:
		fmt.Fprintf(&b, "the log ends at size %d, but a signed head of size %d was kept", d.From, d.To)
	case Rewritten:
		fmt.Fprintf(&b, "entries from %d to %d are not those of the kept head of size %d", d.From, d.To-1, d.To)
	case HeadFileBad:
		fmt.Fprintf(&b, "the head file is not a checkpoint of this log")
	default:
		b.WriteString(d.What)
	}
	if d.File != "" {
		fmt.Fprintf(&b, ", file %s", d.File)
		if d.Offset > 0 {
			fmt.Fprintf(&b, " at byte %d", d.Offset)
		}
	}
	if d.Err != nil {
		fmt.Fprintf(&b, ": %v", d.Err)
	}
	if d.SetAside != "" {
		fmt.Fprintf(&b, " (nothing was changed; the files as found are kept in %s)", d.SetAside)
	}
	return b.String()
}

// Is makes d an ErrDamaged.
func (d *Damage) Is(target error) bool { return target == ErrDamaged }

// Unwrap returns the cause.
func (d *Damage) Unwrap() error { return d.Err }
