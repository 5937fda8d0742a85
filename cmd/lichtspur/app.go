package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// environment is everything that a run of the program takes from outside, so that tests can hand in their own.
type environment struct {
	in       io.Reader
	out, err io.Writer
	lookup   func(string) (string, bool) // of an environment variable
	now      func() time.Time
	random   io.Reader
	outTTY   bool // out is a terminal
	errTTY   bool
	inTTY    bool
}

// host returns the environment of this process.
func host() environment {
	return environment{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		lookup: os.LookupEnv,
		now:    time.Now,
		random: rand.Reader,
		outTTY: term.IsTerminal(int(os.Stdout.Fd())),
		errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		inTTY:  term.IsTerminal(int(os.Stdin.Fd())),
	}
}

// app is one run of the program: its surroundings and the settings in force.
type app struct {
	environment
	set *settings
	log *slog.Logger
}

// run runs the program with the given arguments and returns its exit code.
func run(ctx context.Context, args []string, env environment) int {
	a := &app{environment: env, set: newSettings(), log: slog.New(slog.DiscardHandler)}
	root := a.root()
	root.SetArgs(dashed(root, args))
	root.SetIn(env.in)
	root.SetOut(env.out)
	root.SetErr(env.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(env.err, "lichtspur: interrupted")
		return exitError
	}
	code := exitCode(err)
	if !errors.Is(err, errSaid) {
		fmt.Fprintln(env.err, a.paint(env.errTTY, red, "lichtspur:"), printable(told(err)))
	}
	if code == exitUsage {
		fmt.Fprintln(env.err, "Run it with --help for how to use it.")
	}
	return code
}

// root builds the tree of commands.
func (a *app) root() *cobra.Command {
	var cancel context.CancelFunc
	c := &cobra.Command{
		Use:   "lichtspur",
		Short: "A signed, append-only record of where facial images went",
		Long: `Lichtspur keeps a signed, append-only record of who captured, stored, searched, viewed, forwarded, compared,
trained on, released and deleted which facial image, and answers who queried or forwarded what.

A command works on a server (--server) or straight on a data directory (--data). Every flag can also be set in the
environment (LICHTSPUR_DATA for --data) or in a YAML file (--config); "lichtspur config check" shows what is in force.`,
		Example: `  lichtspur init --data data --origin log.example.org
  lichtspur serve --data data --demo
  lichtspur simulate --events 20000 --seed 7 | lichtspur ingest --data data --source exercise -
  lichtspur verify --data data`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			if err := a.set.resolve(a.lookup); err != nil {
				return err
			}
			log, err := newLogger(a.err, a.errTTY || c.Annotations[endless] == "", a.set.LogFormat, a.set.LogLevel)
			if err != nil {
				return err
			}
			a.log = log
			if a.set.Timeout > 0 && c.Annotations[endless] == "" {
				var ctx context.Context
				ctx, cancel = context.WithTimeoutCause(c.Context(), a.set.Timeout,
					fmt.Errorf("gave up after %s (--timeout)", a.set.Timeout))
				c.SetContext(ctx)
			}
			return nil
		},
		PersistentPostRun: func(*cobra.Command, []string) {
			if cancel != nil {
				cancel()
			}
		},
	}
	a.set.attach(c.PersistentFlags(), persistentSettings...)
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	c.AddCommand(
		a.initCommand(),
		a.serveCommand(),
		a.ingestCommand(),
		a.sealCommand(),
		a.submitCommand(),
		a.askCommand(),
		a.queryCommand(),
		a.eventsCommand(),
		a.countsCommand(),
		a.flowsCommand(),
		a.traceCommand(),
		a.exposureCommand(),
		a.exportCommand(),
		a.reachCommand(),
		a.accessesCommand(),
		a.sourcesCommand(),
		a.proveCommand(),
		a.verifyCommand(),
		a.redactCommand(),
		a.reindexCommand(),
		a.sourceCommand(),
		a.keyCommand(),
		a.tokenCommand(),
		a.quarantineCommand(),
		a.recordCommand(),
		a.simulateCommand(),
		a.configCommand(),
		a.completionCommand(),
		a.versionCommand(),
	)
	finish(c)
	return c
}

// stopped returns why a command was told to stop: its time is up, or a signal came.
func stopped(c *cobra.Command) error { return context.Cause(c.Context()) }

// endless is the annotation of commands that --timeout does not end, because they run until they are told to stop.
const endless = "endless"

// finish makes the commands of the tree behave alike: wrong arguments are errors of usage, a command that only
// groups others says which it has.
func finish(c *cobra.Command) {
	c.DisableAutoGenTag = true
	if c.HasSubCommands() && c.Run == nil && c.RunE == nil {
		c.Args = cobra.ArbitraryArgs
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				if c.HasParent() {
					return usage(fmt.Errorf("%s needs a command: %s", c.CommandPath(), names(c)))
				}
				return c.Help()
			}
			err := fmt.Errorf("%s has no command %q", c.CommandPath(), args[0])
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				err = fmt.Errorf("%w; is %q meant?", err, near[0])
			} else {
				err = fmt.Errorf("%w; it has %s", err, names(c))
			}
			return usage(err)
		}
	}
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usage(err)
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		finish(sub)
	}
}

func names(c *cobra.Command) string {
	s := ""
	for _, sub := range c.Commands() {
		if !sub.Hidden && sub.Name() != "help" {
			if s != "" {
				s += ", "
			}
			s += sub.Name()
		}
	}
	return s
}
