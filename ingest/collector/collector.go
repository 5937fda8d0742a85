package collector

import (
	"context"
	"crypto/cipher"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/spool"
	"github.com/lichtspur/lichtspur/ingest/syslog"
)

// Options say how a collector works. Zero values are the defaults.
type Options struct {
	Limit  int64 // of the spool on disk, bytes; default 1 GiB
	Clock  func() time.Time
	Logger *slog.Logger
	Pause  time.Duration // between tries to record what could not be; default 1 s, growing to 30 times that
}

// Collector takes messages in and records them.
type Collector struct {
	senders *Senders
	intake  *ingest.Intake
	spool   *spool.Spool
	o       Options
	known   map[string]bool // gaps that were logged; of Run's goroutine

	Counts Counts
}

// Counts count what became of messages since the start.
type Counts struct {
	Received    atomic.Int64 // messages given to the spool
	Accepted    atomic.Int64 // events
	Duplicates  atomic.Int64 // events
	Quarantined atomic.Int64 // messages and events
	Ignored     atomic.Int64 // messages that the mapping has no event for, on purpose
	Open        atomic.Int64 // connections now
}

// The bounds of connections.
const (
	mostConnections  = 512
	handshakeTimeout = 10 * time.Second
	// grace is how long what was read before the end is waited for until it is in the spool.
	grace = 5 * time.Second
)

// New opens the spool in a directory and gives a collector of what comes from the senders. box seals what is spooled.
func New(dir string, box cipher.AEAD, senders *Senders, intake *ingest.Intake, o Options) (*Collector, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Pause <= 0 {
		o.Pause = time.Second
	}
	s, err := spool.Open(dir, box, spool.Options{Limit: o.Limit, Failing: func(err error) {
		o.Logger.Error("syslog: messages wait, the spool cannot be written", "error", err)
	}})
	if err != nil {
		return nil, err
	}
	return &Collector{senders: senders, intake: intake, spool: s, o: o, known: map[string]bool{}}, nil
}

// Spool returns how full the spool is.
func (c *Collector) Spool() spool.State { return c.spool.State() }

// Close closes the spool, after [Collector.Serve] and [Collector.Run] have ended.
func (c *Collector) Close() error { return c.spool.Close() }

// Serve takes connections until the context ends: over TLS where config is given ([Senders.TLS]), else plain ones. It returns
// when all that was read of them is in the spool.
func (c *Collector) Serve(ctx context.Context, l net.Listener, config *tls.Config) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	room := make(chan struct{}, mostConnections)
	for {
		room <- struct{}{}
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			var passing interface{ Temporary() bool }
			if errors.As(err, &passing) && passing.Temporary() { // too many open files
				c.o.Logger.Warn("syslog: a connection could not be taken", "error", err)
				<-room
				if !pause(ctx, time.Second) {
					return nil
				}
				continue
			}
			return err
		}
		c.Counts.Open.Add(1)
		wg.Go(func() {
			defer func() {
				conn.Close()
				c.Counts.Open.Add(-1)
				<-room
			}()
			c.talk(ctx, conn, config)
		})
	}
}

// pause waits, and reports whether the context still goes on.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// talk reads one connection to its end.
func (c *Collector) talk(ctx context.Context, conn net.Conn, config *tls.Config) {
	log := c.o.Logger.With("peer", conn.RemoteAddr().String())
	who := c.senders.from[fromTCP]
	if config != nil {
		secure := tls.Server(conn, config)
		shake, cancel := context.WithTimeout(ctx, handshakeTimeout)
		err := secure.HandshakeContext(shake)
		cancel()
		if err != nil {
			log.Warn("syslog: a connection was refused", "error", err)
			return
		}
		who, _ = c.senders.over(secure.ConnectionState(), config.ClientCAs)
		conn = secure
	}
	if who == nil {
		log.Warn("syslog: a connection was refused", "error", errNobody)
		return
	}
	log = log.With("sender", who.Name)
	if _, err := c.intake.Graph.SourceOf(who.Source); err != nil {
		log.Warn("syslog: a connection was refused", "error", err)
		return
	}
	// What was read is spooled even when it is time to end, but not for ever: there may be no room.
	patient, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetReadDeadline(time.Unix(1, 0))
		time.AfterFunc(grace, end)
	})
	defer stop()
	frames := syslog.NewFrames(conn)
	n := 0
	for {
		f, err := frames.Next()
		if err != nil {
			switch {
			case errors.Is(err, io.EOF), ctx.Err() != nil:
			default:
				log.Warn("syslog: a connection was given up", "error", err, "code", format.CodeOf(err))
			}
			break
		}
		m := message{received: c.o.Clock(), sender: who.Name, source: who.Source, frame: f}
		if err := c.spool.Append(patient, m.encode()); err != nil {
			log.Error("syslog: what was read could not be kept", "error", err)
			return
		}
		c.Counts.Received.Add(1)
		n++
	}
	// Whoever waits for the end of the connection knows that all of it is kept.
	if err := c.spool.Flush(patient); err != nil {
		log.Error("syslog: what was read could not be kept", "error", err)
	}
	log.Info("syslog: a connection ended", "messages", n)
}
