//go:build !linux

package ledger

// shed gives nothing back: what is resident is counted in other ways elsewhere.
func (s *store) shed([]byte) {}
