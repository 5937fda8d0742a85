package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/lichtspur/lichtspur/ingest/collector"
)

// syslogSettings are those of serve that are about syslog.
var syslogSettings = []string{"syslog", "syslog-tls", "syslog-senders", "syslog-certificate", "syslog-key", "syslog-client-ca", "syslog-spool"}

// streams is what takes syslog beside the server: addresses that are listened on from the start, so that one that is in use
// ends the program before the log is opened. Without any it is nil.
type streams struct {
	senders *collector.Senders
	plain   net.Listener // nil: none
	secure  net.Listener // nil: none
	config  *tls.Config  // of secure
}

// listenForSyslog checks the settings and listens.
func (a *app) listenForSyslog() (_ *streams, err error) {
	if a.set.Syslog == "" && a.set.SyslogTLS == "" {
		if a.set.Senders != "" {
			return nil, usage(errors.New("--syslog-senders goes with --syslog or --syslog-tls"))
		}
		return nil, nil
	}
	if a.set.Senders == "" {
		return nil, usage(errors.New("who may send? --syslog and --syslog-tls want --syslog-senders"))
	}
	text, err := os.ReadFile(a.set.Senders)
	if err != nil {
		return nil, usage(fmt.Errorf("--syslog-senders: %w", err))
	}
	s := new(streams)
	if s.senders, err = collector.ParseSenders(text, filepath.Dir(a.set.Senders)); err != nil {
		return nil, usage(fmt.Errorf("%s: %w", a.set.Senders, err))
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if a.set.Syslog != "" {
		if !s.senders.From("tcp") {
			return nil, usage(fmt.Errorf(`--syslog: %s has no sender with from: [tcp]`, a.set.Senders))
		}
		// Nobody can tell who speaks there.
		host, _, err := net.SplitHostPort(a.set.Syslog)
		if err != nil {
			return nil, usage(fmt.Errorf("--syslog: %w", err))
		}
		if !loopback(host) {
			return nil, usage(fmt.Errorf("--syslog: plain TCP is taken on the loopback range only (127.0.0.1, [::1], localhost), not on %s; a relay of this machine can send there, and over a network there is --syslog-tls", a.set.Syslog))
		}
		if s.plain, err = net.Listen("tcp", a.set.Syslog); err != nil {
			return nil, err
		}
	}
	if a.set.SyslogTLS != "" {
		if s.config, err = a.syslogTLS(s.senders); err != nil {
			return nil, err
		}
		if s.secure, err = net.Listen("tcp", a.set.SyslogTLS); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (a *app) syslogTLS(senders *collector.Senders) (*tls.Config, error) {
	if !senders.From("tls") {
		return nil, usage(fmt.Errorf(`--syslog-tls: %s has no sender from there: list certificates, or tls for those without`, a.set.Senders))
	}
	certificate, key := a.set.SyslogCertificate, a.set.SyslogKey
	if certificate == "" && key == "" {
		certificate, key = a.set.TLSCertificate, a.set.TLSKey
	}
	if certificate == "" || key == "" {
		return nil, usage(errors.New("--syslog-tls wants --syslog-certificate and --syslog-key"))
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	var clients *x509.CertPool
	if a.set.SyslogClients != "" {
		text, err := os.ReadFile(a.set.SyslogClients)
		if err != nil {
			return nil, usage(fmt.Errorf("--syslog-client-ca: %w", err))
		}
		clients = x509.NewCertPool()
		if !clients.AppendCertsFromPEM(text) {
			return nil, usage(fmt.Errorf("--syslog-client-ca: %s holds no certificate", a.set.SyslogClients))
		}
	}
	return senders.TLS(pair, clients), nil
}

// close gives the addresses back.
func (s *streams) close() {
	for _, l := range []net.Listener{s.plain, s.secure} {
		if l != nil {
			l.Close()
		}
	}
}

// collect takes syslog in until the context ends, and calls fail where it cannot go on. The returned function waits until what
// was read is in the spool and the spool is closed; the log may be closed after it.
func (a *app) collect(ctx context.Context, s *streams, dir string, to *station, m *metrics, fail func(error)) (func() error, error) {
	box, err := to.graph.Vault().Box("spool")
	if err != nil {
		return nil, err
	}
	c, err := collector.New(filepath.Join(dir, "spool"), box, s.senders, to.intake, collector.Options{Limit: a.set.SpoolBytes, Clock: a.now, Logger: a.log})
	if err != nil {
		return nil, err
	}
	for name, x := range map[string]struct {
		help  string
		value func() int64
	}{
		"lichtspur_syslog_connections":       {"Connections of syslog now.", c.Counts.Open.Load},
		"lichtspur_syslog_messages":          {"Messages of syslog taken in since the start.", c.Counts.Received.Load},
		"lichtspur_syslog_events_accepted":   {"Events of syslog recorded since the start.", c.Counts.Accepted.Load},
		"lichtspur_syslog_events_duplicates": {"Events of syslog since the start that were recorded before.", c.Counts.Duplicates.Load},
		"lichtspur_syslog_quarantined":       {"Messages and events of syslog put into quarantine since the start.", c.Counts.Quarantined.Load},
		"lichtspur_syslog_ignored":           {"Messages of syslog since the start that the mapping has no event for.", c.Counts.Ignored.Load},
		"lichtspur_syslog_spool_bytes":       {"Bytes of the spool on disk.", func() int64 { return c.Spool().Bytes }},
		"lichtspur_syslog_spool_limit_bytes": {"Bytes that the spool may have.", func() int64 { return c.Spool().Limit }},
		"lichtspur_syslog_spool_messages":    {"Messages that wait to be recorded.", func() int64 { st := c.Spool(); return int64(st.End - st.Acknowledged) }},
	} {
		m.gauge(name, x.help, func() float64 { return float64(x.value()) })
	}
	var wg sync.WaitGroup
	run := func(work func() error) {
		wg.Go(func() {
			if err := work(); err != nil {
				fail(err)
			}
		})
	}
	if s.plain != nil {
		run(func() error { return c.Serve(ctx, s.plain, nil) })
		a.log.Info("takes syslog", "listen", s.plain.Addr().String(), "tls", false)
	}
	if s.secure != nil {
		run(func() error { return c.Serve(ctx, s.secure, s.config) })
		a.log.Info("takes syslog", "listen", s.secure.Addr().String(), "tls", true)
	}
	run(func() error { return c.Run(ctx) })
	return func() error {
		wg.Wait()
		return c.Close()
	}, nil
}
