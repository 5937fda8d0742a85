package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/access"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/schema"
	"github.com/lichtspur/lichtspur/ui"
)

// demoViewer is who a request is from that came in through the open door of a demonstration.
const demoViewer = "demo"

func (a *app) serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve a data directory over HTTP",
		Long: `Serves the log: a page for people at /, GraphQL at /graphql, intake at /v1/events and /v1/batches, the log itself for anybody
who verifies it at /checkpoint and /tile/ (C2SP tlog-tiles), and for operators /livez, /readyz and /metrics. Requests carry a
token ("lichtspur token create"); readers name a purpose in the header Lichtspur-Purpose.

Scripts of web pages are answered where --allow-origin names their origin. With --trusted-documents requests may name a
document by its SHA-256 (documentId, or extensions.persistedQuery.sha256Hash) instead of sending it, and with --trusted-only
no others are answered. --introspection says which roles may ask for the schema, also at /graphql/schema.graphql.

With --demo requests from this machine need no token: they count as an oversight viewer with purpose "demonstration".
That is refused unless it listens on the loopback range, and for requests that were forwarded or name another Host.

With --syslog or --syslog-tls it takes a live stream of syslog (RFC 5424 over TCP or TLS), with events in JSON or CEF; the file
of --syslog-senders says who may send, for which source, and what CEF means (go doc ./ingest/collector). Messages are kept in a
spool in the data directory until they are recorded: nothing that was read is lost over a restart.

SIGTERM or Ctrl-C ends it: requests under way are answered, what is queued is committed, the stores are closed.`,
		Example: `  lichtspur serve --data data --demo
  lichtspur serve --data /srv/lichtspur --listen 127.0.0.1:8500
  lichtspur serve --data /srv/lichtspur --listen :8443 --tls-certificate cert.pem --tls-key key.pem`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{endless: "true"},
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := a.directory()
			if err != nil {
				return err
			}
			door := &access.Door{Now: a.now, Logger: a.log, Origins: a.set.AllowOrigin}
			if a.set.Demo {
				if err := access.CheckOpen(a.set.Listen); err != nil {
					return usage(err)
				}
				door.Open = &access.Grant{Scope: access.Scope{Viewer: demoViewer, Role: string(graph.Oversight)}}
			}
			questions, err := a.questionOptions()
			if err != nil {
				return usage(err)
			}
			if door.Tokens, err = access.Open(tokensFile(dir)); err != nil {
				return err
			}
			tlsConfig, err := a.tlsConfig()
			if err != nil {
				return err
			}
			var records *audit.Profile
			if a.set.AuditProfile != "" {
				if records, err = audit.Load(a.set.AuditProfile); err != nil {
					return usage(fmt.Errorf("--audit-profile: %w", err))
				}
			}
			l, err := net.Listen("tcp", a.set.Listen)
			if err != nil {
				return err
			}
			syslog, err := a.listenForSyslog()
			if err != nil {
				l.Close()
				return err
			}
			return a.serve(c.Context(), dir, door, questions, l, tlsConfig, syslog, records)
		},
	}
	a.set.attach(c.Flags(), servingSettings...)
	a.set.attach(c.Flags(), syslogSettings...)
	return c
}

// servingSettings are those of serve.
var servingSettings = []string{"listen", "demo", "tls-certificate", "tls-key", "allow-origin", "introspection", "trusted-documents", "trusted-only", "audit-profile"}

// questionOptions are the settings of GraphQL.
func (a *app) questionOptions() (o schema.Options, err error) {
	o = schema.Options{Logger: a.log, Introspection: []graph.Role{}, TrustedOnly: a.set.TrustedOnly}
	for _, role := range a.set.Introspection {
		o.Introspection = append(o.Introspection, graph.Role(role)) // "nobody" is no role that anybody has
	}
	if a.set.Trusted != "" {
		o.Trusted, err = schema.ReadTrusted(a.set.Trusted)
	}
	return o, err
}

func (a *app) tlsConfig() (*tls.Config, error) {
	if a.set.TLSCertificate == "" && a.set.TLSKey == "" {
		return nil, nil
	}
	if a.set.TLSCertificate == "" || a.set.TLSKey == "" {
		return nil, usage(errors.New("--tls-certificate and --tls-key go together"))
	}
	certificate, err := tls.LoadX509KeyPair(a.set.TLSCertificate, a.set.TLSKey)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, nil
}

// serve listens at once, opens the log, and answers until the context ends. The log is closed after the last request. With
// syslog it takes that in, too; nil: none.
func (a *app) serve(ctx context.Context, dir string, door *access.Door, questions schema.Options, l net.Listener, tlsConfig *tls.Config, syslog *streams, records *audit.Profile) error {
	w := newWeb(a.log, a.now)
	opened := make(chan *station, 1)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var collected func() error
	if syslog != nil {
		defer syslog.close()
	}
	scheme := "http"
	if tlsConfig != nil {
		scheme = "https"
	}
	err := w.serve(ctx, l, tlsConfig, func(ctx context.Context) error {
		defer close(opened)
		s, err := a.openStation(dir)
		if err != nil {
			return err
		}
		opened <- s
		routes, stop, err := routesOf(s, door, questions, records, a.log)
		if err != nil {
			return err
		}
		context.AfterFunc(ctx, stop)
		w.metrics.gauge("lichtspur_log_entries", "Entries of the log.", func() float64 { return float64(s.graph.Checkpoint().Size) })
		w.metrics.gauge("lichtspur_quarantine_bytes", "Bytes of the quarantine.", func() float64 {
			used, _ := s.intake.Quarantine.Used()
			return float64(used)
		})
		if syslog != nil {
			if collected, err = a.collect(ctx, syslog, dir, s, w.metrics, cancel); err != nil {
				return err
			}
		}
		w.open(compose(door, door.Origins, routes))
		a.log.Info("ready", "origin", s.graph.Origin(), "entries", s.graph.Checkpoint().Size, "listen", l.Addr().String(), "demo", door.Open != nil)
		if a.errTTY {
			fmt.Fprintf(a.err, "Serving %s on %s://%s/ (Ctrl-C ends it)\n", s.graph.Origin(), scheme, l.Addr())
		}
		return nil
	})
	// The log may still be being opened; it is closed all the same.
	if s, ok := <-opened; ok {
		<-opened // closed when the work before the first answer has ended
		cancel(nil)
		if collected != nil {
			err = errors.Join(err, collected())
		}
		err = errors.Join(err, s.close())
	}
	if err == nil {
		a.log.Info("stopped")
	}
	return err
}

// routesOf lists what the server answers. stop ends what would not end by itself.
func routesOf(s *station, door *access.Door, o schema.Options, records *audit.Profile, log *slog.Logger) (routes []route, stop func(), err error) {
	questions, err := schema.New(s.graph, o)
	if err != nil {
		return nil, nil, err
	}
	tiles := schema.Tiles(s.graph, door.Handler, log)
	intake := ingest.NewHandler(s.intake, log)
	intake.Profile = records
	page, err := ui.Handler()
	if err != nil {
		return nil, nil, err
	}
	return []route{
		// The intake finds its way by itself; its patterns are named for the sake of logs and metrics.
		{pattern: "/v1/", handler: intake},
		{pattern: "/v1/events", handler: intake},
		{pattern: "/v1/cloudevents", handler: intake},
		{pattern: "/v1/batches", handler: intake},
		{pattern: "/v1/chain", handler: intake},
		{pattern: "/v1/quarantine", handler: intake},
		{pattern: "/v1/quarantine/{id}", handler: intake},
		{pattern: "/graphql", handler: questions, pages: true},
		{pattern: "/graphql/schema.graphql", handler: questions.Schema(), pages: true},
		{pattern: "/checkpoint", handler: tiles, public: true},
		{pattern: "/tile/", handler: tiles, public: true}, // entry bundles are behind the door, within
		// The page itself says nothing of the log; what it shows it asks for at /graphql, as whoever looks at it.
		{pattern: "GET /{$}", handler: page, public: true},
		{pattern: "GET /icon.svg", handler: page, public: true},
		{pattern: "GET /page/", handler: page, public: true},
	}, questions.Stop, nil
}

// exists reports whether there is something at path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
