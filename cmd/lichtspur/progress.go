package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// meter shows on a terminal how far a command is: count, rate and time left. Where standard error is no terminal,
// or --no-progress is set, it does nothing.
type meter struct{ bar *progressbar.ProgressBar }

// meter begins a display. total is -1 where it is not known; unit names what is counted, in the plural.
func (a *app) meter(what, unit string, total int64) *meter {
	term, _ := a.lookup("TERM")
	if !a.errTTY || a.set.NoProgress || term == "dumb" {
		return &meter{}
	}
	return &meter{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(a.err),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetItsString(unit),
		progressbar.OptionShowIts(),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionShowElapsedTimeOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(24),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
		progressbar.OptionClearOnFinish(),
	)}
}

// set says how many are done, and of how many.
func (m *meter) set(done, total int64) {
	if m.bar == nil {
		return
	}
	if total > 0 && total != m.bar.GetMax64() {
		m.bar.ChangeMax64(total)
	}
	m.bar.Set64(done)
}

// add counts n more.
func (m *meter) add(n int) {
	if m.bar != nil {
		m.bar.Add(n)
	}
}

// done takes the display off the terminal.
func (m *meter) done() {
	if m.bar != nil {
		m.bar.Finish()
		m.bar.Clear()
	}
}

// clear takes the display off for a line of output; it comes back with the next step.
func (m *meter) clear() {
	if m.bar != nil {
		m.bar.Clear()
	}
}
