package collector

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/lichtspur/lichtspur/ingest/syslog"
)

// message is a record of the spool: a message, whose it is, and when it came.
//
//	8 bytes  received, nanoseconds since 1970, UTC
//	8 bytes  how many bytes it had, where it was cut; else 0
//	1 byte   1: the connection ended within it
//	1 byte and the name of the sender, 1 byte and the source, the text
type message struct {
	received       time.Time
	sender, source string
	frame          syslog.Frame
}

func (m *message) encode() []byte {
	b := make([]byte, 0, 19+len(m.sender)+len(m.source)+len(m.frame.Text))
	b = binary.BigEndian.AppendUint64(b, uint64(m.received.UnixNano()))
	b = binary.BigEndian.AppendUint64(b, uint64(m.frame.Cut))
	open := byte(0)
	if m.frame.Open {
		open = 1
	}
	b = append(b, open)
	for _, s := range []string{m.sender, m.source} { // identifiers, of at most 64 bytes
		b = append(append(b, byte(len(s))), s...)
	}
	return append(b, m.frame.Text...)
}

var errMessage = errors.New("a record of the spool is no message")

func decode(b []byte) (m message, err error) {
	if len(b) < 19 {
		return m, errMessage
	}
	m.received = time.Unix(0, int64(binary.BigEndian.Uint64(b))).UTC()
	m.frame.Cut = int64(binary.BigEndian.Uint64(b[8:]))
	m.frame.Open = b[16] == 1
	b = b[17:]
	for _, to := range []*string{&m.sender, &m.source} {
		if len(b) == 0 || len(b) < 1+int(b[0]) {
			return m, errMessage
		}
		*to, b = string(b[1:1+b[0]]), b[1+b[0]:]
	}
	m.frame.Text = b
	return m, nil
}
