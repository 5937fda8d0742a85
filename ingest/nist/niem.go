package nist

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/lichtspur/lichtspur/ingest/format"
)

// rootXML is the root of a transaction in NIEM-XML.
const rootXML = "NISTBiometricInformationExchangePackage"

// TransactionsXML reads one transaction in the NIEM-XML encoding, as [Transactions] does. Elements are known by their local
// names, so that those of ANSI/NIST-ITL 2-2008 and of every later version are read, whatever their namespaces.
func TransactionsXML(r io.Reader, report *format.Report) iter.Seq2[*Transaction, error] {
	return func(yield func(*Transaction, error) bool) {
		if report == nil {
			report = new(format.Report)
		}
		sum := sha256.New()
		d := &niem{markup: newMarkup(io.TeeReader(r, sum)), t: &Transaction{Records: map[int]int{}}}
		d.note = func(code, field, problem string, loss format.Loss) {
			report.Add(code, field, problem, loss, report.Records+1)
		}
		done := false
		each(func() (*Transaction, error) {
			if done {
				return nil, io.EOF
			}
			done = true
			if err := d.document(); err != nil {
				return nil, err
			}
			sum.Sum(d.t.Digest[:0])
			return d.t, nil
		}, report, yield)
	}
}

// niem reads a document.
type niem struct {
	*markup
	note func(code, field, problem string, loss format.Loss)
	t    *Transaction

	leaf []byte // text of the innermost element, as far as it is kept
	long bool
	data *picture // of the BinaryBase64Object that is being read, nil otherwise

	kind         int // of the record that is being read
	header       bool
	img          Image
	had          bool // a header was there
	major, minor string
	counted      int
	named        string // 1.013
	version      string
}

func (d *niem) document() error {
	for {
		tok, name, text, err := d.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch tok {
		case tokenStart:
			err = d.start(name)
		case tokenText:
			d.words(text)
		case tokenEnd:
			err = d.finish(name)
		}
		if err != nil {
			return err
		}
	}
	if !d.had {
		return refuse(format.ErrMalformed, "the package has no PackageInformationRecord")
	}
	// Dates as the traditional encoding has them, so that the same transaction has the same reference in both.
	d.t.Date = strings.ReplaceAll(d.t.Date, "-", "")
	for i := range d.t.Images {
		d.t.Images[i].Taken = strings.ReplaceAll(d.t.Images[i].Taken, "-", "")
	}
	d.t.Version = d.major + d.minor
	d.t.Domain = strings.TrimSpace(d.named + " " + d.version)
	n := 0
	for _, c := range d.t.Records {
		n += c
	}
	if d.counted >= 0 && d.counted != n {
		d.note(GapCount, "ContentRecordQuantity", "it counts another number of records than there are", format.LostNone)
	}
	return nil
}

func (d *niem) start(name string) error {
	d.leaf, d.long = d.leaf[:0], false
	switch len(d.open) {
	case 1:
		if name != rootXML {
			return refuse(format.ErrMalformed, "the root is not %s", rootXML)
		}
		d.counted = -1
	case 2:
		d.kind, d.img = 0, Image{}
		if d.header = name == "PackageInformationRecord"; d.header {
			if d.had {
				return refuse(format.ErrMalformed, "a second PackageInformationRecord")
			}
			d.had, d.kind = true, 1
		}
		if strings.HasPrefix(name, "PackageFacial") {
			d.kind = 10
		}
	}
	if d.img.Type == "" && name == "FaceImage" {
		d.img.Type = "FACE"
	}
	// Of a picture that a record has besides the one of Type-10 nothing is kept.
	if name == "BinaryBase64Object" && d.kind == 10 && d.img.Bytes == 0 {
		d.data = &picture{h: sha256.New()}
	}
	return nil
}

func (d *niem) words(text []byte) {
	if d.data != nil {
		d.data.decode(text)
		return
	}
	if room := maxValue + 1 - len(d.leaf); len(text) > room {
		text, d.long = text[:room], true
	}
	d.leaf = append(d.leaf, text...)
}

// under reports whether the element that ended stands within one of that name.
func (d *niem) under(name string) bool { return slices.Contains(d.open, name) }

func (d *niem) finish(name string) error {
	if d.data != nil {
		if name != "BinaryBase64Object" {
			return d.bad("an element within a picture")
		}
		sum, n, ok := d.data.done()
		if d.data = nil; !ok {
			return d.bad("a picture that is not base64")
		}
		if d.img.Bytes = n; n > 0 {
			d.img.Digest = "sha256:" + hex.EncodeToString(sum)
		}
		return nil
	}
	if len(d.open) == 1 {
		d.record()
		return nil
	}
	s, ok := clean(d.leaf)
	d.leaf = d.leaf[:0]
	to := d.place(name)
	switch {
	case to == nil:
		if s != "" {
			d.note(GapField, "", "elements that no event has", format.LostNone)
		}
		return nil
	case !ok || d.long:
		d.note(GapValue, name, "too long, or with control characters", format.LostValue)
		return nil
	}
	if s != "" {
		*to = s
	}
	if name == "RecordCategoryCode" {
		if n, err := strconv.Atoi(s); err == nil && n > 0 && n < 100 && !d.under("ContentRecordSummary") && !d.header {
			d.kind = n
		}
	}
	if name == "ContentRecordQuantity" {
		if n, err := strconv.Atoi(s); err == nil {
			d.counted = n
		}
	}
	return nil
}

// place is where the text of an element that ended is kept, nil where it is not.
func (d *niem) place(name string) *string {
	var seen string // looked at and not kept
	t := d.t
	if d.header {
		id := name == "IdentificationID"
		switch {
		case id && d.under("TransactionDestinationOrganization"):
			return &t.To
		case id && d.under("TransactionOriginatingOrganization"):
			return &t.From
		case id && d.under("TransactionControlIdentification"):
			return &t.Control
		case id && d.under("TransactionControlReferenceIdentification"):
			return &t.Answers
		case id && d.under("DomainVersionNumberIdentification") && d.under("TransactionDomain"):
			return &d.version
		case name == "TransactionDomainName":
			return &d.named
		case name == "Date" && d.under("TransactionDate"):
			return &t.Date
		case (name == "DateTime" || name == "Date") && d.under("TransactionUTCDate"):
			return &t.UTC
		case name == "TransactionCategoryCode":
			return &t.Type
		case name == "TransactionPriorityValue":
			return &t.Priority
		case name == "TransactionMajorVersionValue":
			return &d.major
		case name == "TransactionMinorVersionValue":
			return &d.minor
		case name == "ContentRecordQuantity":
			return &seen
		}
		return nil
	}
	switch {
	case name == "RecordCategoryCode":
		return &seen
	case name == "IdentificationID" && d.under("ImageReferenceIdentification"):
		return &d.img.IDC
	case name == "IdentificationID" && (d.under("CaptureOrganization") || d.under("ImageSourceOrganization")):
		return &d.img.Source
	case name == "Date" && (d.under("CaptureDate") || d.under("ImageCaptureDate")):
		return &d.img.Taken
	case name == "ImageCategoryCode":
		return &d.img.Type
	case name == "ImageCompressionAlgorithmText", name == "ImageCompressionAlgorithmCode":
		return &d.img.Algorithm
	case name == "ImageHashValue":
		return &d.img.Stated
	}
	return nil
}

// record ends a record.
func (d *niem) record() {
	switch {
	case d.header:
	case d.kind == 0:
		d.note(GapRecord, "", "a record that does not say its type", format.LostValue)
	default:
		d.t.Records[d.kind]++
		if d.kind == 10 {
			d.img.Type = strings.ToUpper(d.img.Type)
			d.t.Images = append(d.t.Images, d.img)
		}
	}
	d.header, d.kind, d.img = false, 0, Image{}
}

// picture hashes base64 as it comes.
type picture struct {
	h    hash.Hash
	bits uint32
	n    int // letters in bits
	pad  int
	size int64
	bad  bool
	out  [4096]byte
}

var letters = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = int8(i)
	}
	return t
}()

func (p *picture) decode(text []byte) {
	out := p.out[:0]
	for _, c := range text {
		v := letters[c]
		switch {
		case v >= 0 && p.pad == 0:
			p.bits = p.bits<<6 | uint32(v)
			if p.n++; p.n == 4 {
				out = append(out, byte(p.bits>>16), byte(p.bits>>8), byte(p.bits))
				p.n, p.bits = 0, 0
			}
		case c == '=':
			p.pad++
		case c == ' ', c == '\t', c == '\r', c == '\n':
		default:
			p.bad = true
		}
		if len(out)+3 > len(p.out) {
			p.h.Write(out)
			p.size += int64(len(out))
			out = p.out[:0]
		}
	}
	p.h.Write(out)
	p.size += int64(len(out))
}

// done returns the digest and size of the picture; ok is false where it was not base64 (RFC 4648 section 4).
func (p *picture) done() (sum []byte, n int64, ok bool) {
	switch {
	case p.bad, p.n == 1, p.n == 0 && p.pad > 0, p.n > 0 && p.n+p.pad != 4:
		return nil, 0, false
	case p.n == 2 && p.bits&0xf != 0, p.n == 3 && p.bits&0x3 != 0:
		return nil, 0, false
	case p.n == 2:
		p.h.Write([]byte{byte(p.bits >> 4)})
		p.size++
	case p.n == 3:
		p.h.Write([]byte{byte(p.bits >> 10), byte(p.bits >> 2)})
		p.size += 2
	}
	return p.h.Sum(nil), p.size, true
}
