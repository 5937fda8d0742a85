// Package index answers which entries of the log concern a picture, a system, an organisation, a person or a time.
// It is a pure fold over the leaves of the log and their recorded times: the same log gives the same answers, in
// whatever portions it was applied.
package index
