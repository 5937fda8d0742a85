// Command lichtspur keeps a signed, append-only record of where facial images went, and answers who queried or
// forwarded what. Run `lichtspur help` for its commands.
//
// One file holds one command. What they share is in settings.go (configuration), output.go, progress.go, logging.go,
// exit.go (exit codes) and target.go (a server or a data directory).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// The first signal asks for a clean end: what is queued is committed, receipts go out, stores are closed. After
	// it the signals have their usual effect again, so a second one ends the program at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], host()))
}
