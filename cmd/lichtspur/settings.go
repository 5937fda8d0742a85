package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/schema"
)

// envPrefix begins the environment variable of a setting: LICHTSPUR_DATA is --data.
const envPrefix = "LICHTSPUR_"

// defaultServer is asked where neither a server nor a data directory is named: the address that serve listens on.
const defaultServer = "http://127.0.0.1:8417"

// settings is the configuration in force. Each value comes from the first of these that gives it: the flag, the
// environment, the YAML file, the default. The table in [newSettings] is the only place that lists them.
type settings struct {
	Config     string
	Output     string
	Server     string
	Data       string
	Keys       string
	Timeout    time.Duration
	NoProgress bool
	Purpose    string
	Token      string
	Role       string
	Belongs    []string // to organisations
	LogLevel   string
	LogFormat  string
	Listen     string
	Demo       bool

	TLSCertificate, TLSKey string

	AllowOrigin   []string
	Introspection []string // roles
	Trusted       string   // path of trusted documents
	TrustedOnly   bool
	AuditProfile  string
	Recipient     []string // public keys of age

	Syslog, SyslogTLS            string // addresses
	Senders                      string // path
	SyslogCertificate, SyslogKey string
	SyslogClients                string // path of CAs
	SpoolBytes                   int64

	all     *pflag.FlagSet
	origins map[string]origin // by name of setting, after resolve
}

// persistentSettings can be given to every command; the rest belong to the commands that attach them.
var persistentSettings = []string{"config", "output", "server", "data", "keys", "timeout", "no-progress", "purpose", "token", "role", "organisation", "log-level", "log-format"}

// secretSettings are never shown.
var secretSettings = []string{"token"}

// rank orders where a value comes from; a higher one wins.
type rank int

const (
	fromDefault rank = iota
	fromFile
	fromEnvironment
	fromFlag
)

// origin says where a value comes from: "default", "file lichtspur.yaml:3", "environment LICHTSPUR_DATA", "flag --data".
type origin struct {
	rank rank
	text string
}

func newSettings() *settings {
	s := &settings{all: pflag.NewFlagSet("settings", pflag.ContinueOnError), origins: map[string]origin{}}
	f := s.all
	f.StringVar(&s.Config, "config", "", "YAML `file` with settings (default: lichtspur/config.yaml in the user's configuration directory, if it is there)")
	f.StringVarP(&s.Output, "output", "o", "text", "`format` of what is printed: text, json, ndjson or csv")
	f.StringVar(&s.Server, "server", "", "`URL` of a server (default, without --data: "+defaultServer+")")
	f.StringVar(&s.Data, "data", "", "data `directory` to work on instead of a server")
	f.StringVar(&s.Keys, "keys", "", "`directory` of the log's own keys and last signed head (default: the data directory's name with .keys)")
	f.DurationVar(&s.Timeout, "timeout", 0, "give up after this `time`, as in 30s; 0: never")
	f.BoolVar(&s.NoProgress, "no-progress", false, "show no progress on the terminal")
	f.StringVar(&s.Purpose, "purpose", "", "`why` you read: LAWFULNESS_CHECK, SUBJECT_ACCESS …, and text after a colon")
	f.StringVar(&s.Token, "token", "", "`token` for the server, or @FILE to read it from a file")
	f.StringVar(&s.Role, "role", "oversight", "`role` in which a data directory is read: oversight, dpo or operator; a server takes it from the token")
	f.StringSliceVar(&s.Belongs, "organisation", nil, "`id` of an organisation that you read a data directory for, of a dpo its own; may be repeated")
	f.StringVar(&s.LogLevel, "log-level", "info", "least `level` of what is logged: debug, info, warn or error")
	f.StringVar(&s.LogFormat, "log-format", "auto", "`form` of the log: text, json or auto (json for a server without a terminal, else text)")
	f.StringVar(&s.Listen, "listen", "127.0.0.1:8417", "`address` to listen on")
	f.BoolVar(&s.Demo, "demo", false, "count requests from this machine as an oversight viewer, without a token; loopback only")
	f.StringVar(&s.TLSCertificate, "tls-certificate", "", "PEM `file` with the certificate to serve HTTPS with, and intermediate ones")
	f.StringVar(&s.TLSKey, "tls-key", "", "PEM `file` with its private key")
	f.StringSliceVar(&s.AllowOrigin, "allow-origin", nil, "`origin` whose pages may ask, as https://dashboard.example.org; may be repeated")
	f.StringSliceVar(&s.Introspection, "introspection", []string{"oversight", "dpo", "operator"}, "`roles` that may ask for the GraphQL schema, or nobody")
	f.StringVar(&s.Trusted, "trusted-documents", "", "`path` of GraphQL documents that may be named by their hash: a directory of .graphql files, or a JSON object of hashes to texts")
	f.StringVar(&s.AuditProfile, "audit-profile", "", "YAML `file` that says what audit records mean that come in CloudEvents")
	f.BoolVar(&s.TrustedOnly, "trusted-only", false, "answer trusted documents only")
	f.StringSliceVar(&s.Recipient, "recipient", nil, "public `key` of age (age1…) for which files are encrypted that --watch keeps; may be repeated")
	f.StringVar(&s.Syslog, "syslog", "", "`address` of the loopback range to take syslog on, over TCP, as 127.0.0.1:6514")
	f.StringVar(&s.SyslogTLS, "syslog-tls", "", "`address` to take syslog on over TLS, as :6514")
	f.StringVar(&s.Senders, "syslog-senders", "", "YAML `file` that says who may send syslog, and for which source")
	f.StringVar(&s.SyslogCertificate, "syslog-certificate", "", "PEM `file` with the certificate for --syslog-tls (default: that of --tls-certificate)")
	f.StringVar(&s.SyslogKey, "syslog-key", "", "PEM `file` with its private key (default: that of --tls-key)")
	f.StringVar(&s.SyslogClients, "syslog-client-ca", "", "PEM `file` with the CAs of senders' certificates; without it they count by their fingerprints alone")
	f.Int64Var(&s.SpoolBytes, "syslog-spool", 1<<30, "`bytes` on disk that wait at most to be recorded; beyond them senders wait")
	f.VisitAll(func(flag *pflag.Flag) {
		s.origins[flag.Name] = origin{fromDefault, "default"}
	})
	return s
}

// attach adds the flags of the named settings to a command's.
func (s *settings) attach(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		flag := s.all.Lookup(name)
		if flag == nil {
			panic("no setting " + name)
		}
		flags.AddFlag(flag)
	}
}

func environmentName(setting string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// resolve fills in what the flags left open, from the environment and the file, and checks the whole.
func (s *settings) resolve(lookup func(string) (string, bool)) error {
	s.all.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed {
			s.origins[flag.Name] = origin{fromFlag, "flag --" + flag.Name}
		}
	})
	var errs []error
	take := func(name, value string, o origin) {
		if s.origins[name].rank >= o.rank {
			return
		}
		if err := s.all.Lookup(name).Value.Set(value); err != nil {
			errs = append(errs, fmt.Errorf("%s: %q does not do for %s: %w", o.text, shown(name, value), name, err))
		}
		s.origins[name] = o
	}
	s.all.VisitAll(func(flag *pflag.Flag) {
		// An empty variable counts as none, so that one can be switched off for a single command.
		if v, ok := lookup(environmentName(flag.Name)); ok && v != "" {
			take(flag.Name, v, origin{fromEnvironment, "environment " + environmentName(flag.Name)})
		}
	})
	if err := errors.Join(errs...); err != nil {
		return usage(err)
	}
	path, must := s.Config, true
	if path == "" {
		must = false
		if dir, ok := configDir(lookup); ok {
			path = filepath.Join(dir, "lichtspur", "config.yaml")
		}
	}
	if path != "" {
		values, err := readSettingsFile(path, s.fileKeys())
		if err != nil && (must || !errors.Is(err, fs.ErrNotExist)) {
			return usage(err)
		}
		for _, v := range values {
			take(v.key, v.value, origin{fromFile, fmt.Sprintf("file %s:%d", path, v.line)})
		}
		if err == nil {
			s.Config = path
		}
	}
	if err := errors.Join(errs...); err != nil {
		return usage(err)
	}
	return usage(s.check())
}

// configDir is os.UserConfigDir for Unix, out of the handed-in environment.
func configDir(lookup func(string) (string, bool)) (string, bool) {
	if dir, ok := lookup("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		return dir, true
	}
	if home, ok := lookup("HOME"); ok && home != "" {
		return filepath.Join(home, ".config"), true
	}
	return "", false
}

// fileKeys are the keys that the file may have: all settings but the file's own name.
func (s *settings) fileKeys() []string {
	var keys []string
	s.all.VisitAll(func(f *pflag.Flag) {
		if f.Name != "config" {
			keys = append(keys, f.Name)
		}
	})
	return keys
}

// check reports what is wrong with the values themselves.
func (s *settings) check() error {
	if !slices.Contains(formats, s.Output) {
		return s.wrong("output", "it is one of "+strings.Join(formats, ", "))
	}
	if s.Timeout < 0 {
		return s.wrong("timeout", "it is a time from now on, or 0")
	}
	if s.Server != "" {
		u, err := url.Parse(s.Server)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return s.wrong("server", "it is a URL like "+defaultServer)
		}
	}
	for _, o := range s.AllowOrigin {
		if err := schema.CheckOrigin(o); err != nil {
			return s.wrong("allow-origin", err.Error())
		}
	}
	for _, role := range s.Introspection {
		if !slices.Contains(graph.Roles(), graph.Role(role)) && (role != "nobody" || len(s.Introspection) > 1) {
			return s.wrong("introspection", "it lists roles, of oversight, dpo, reporter and operator, or is nobody")
		}
	}
	if s.TrustedOnly && s.Trusted == "" {
		return s.wrong("trusted-only", "it goes together with trusted-documents")
	}
	if _, err := parseRecipients(s.Recipient); err != nil {
		return fmt.Errorf("%s: recipient: %w", s.origins["recipient"].text, err) // without the value, which may be the secret key
	}
	if s.SpoolBytes < 1<<20 {
		return s.wrong("syslog-spool", "it is a number of bytes, from 1048576 on")
	}
	if path, ok := strings.CutPrefix(s.Token, "@"); ok {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s: %w", s.origins["token"].text, err)
		}
		s.Token = strings.TrimSpace(string(text))
	}
	return nil
}

func (s *settings) wrong(name, remedy string) error {
	value := s.all.Lookup(name).Value.String()
	return fmt.Errorf("%s: %q does not do for %s: %s", s.origins[name].text, shown(name, value), name, remedy)
}

// shown returns value, or a stand-in where it is a secret.
func shown(name, value string) string {
	if slices.Contains(secretSettings, name) && value != "" {
		return "(not shown)"
	}
	return value
}
