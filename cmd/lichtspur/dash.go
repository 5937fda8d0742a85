package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph/event"
)

// dashed returns the arguments with the pseudonym of an image or entry that begins with "-" moved behind "--". One in 64 does
// (base64url, RFC 4648 section 5), and would be read as flags: -h… would show the help, -o… set the output. Only commands
// that take an IMAGE or ENTRY are looked at, and what is the value of a flag is left alone.
func dashed(root *cobra.Command, args []string) []string {
	c, _, err := root.Find(args)
	if err != nil || !strings.HasSuffix(c.Use, " IMAGE") && !strings.HasSuffix(c.Use, " ENTRY") {
		return args
	}
	for i := 0; i < len(args) && args[i] != "--"; i++ {
		s := args[i]
		if _, err := event.ParsePseudonym(s); err == nil && s[0] == '-' {
			rest := slices.Concat(args[:i], args[i+1:])
			if !slices.Contains(rest, "--") {
				rest = append(rest, "--")
			}
			return append(rest, s)
		}
		if wantsValue(c, s) {
			i++
		}
	}
	return args
}

// wantsValue says whether s is a flag whose value is the argument after it.
func wantsValue(c *cobra.Command, s string) bool {
	if name, long := strings.CutPrefix(s, "--"); long {
		f := c.Flag(name)
		return f != nil && f.NoOptDefVal == ""
	}
	if len(s) != 2 || s[0] != '-' {
		return false
	}
	f := c.Flags().ShorthandLookup(s[1:])
	if f == nil {
		f = c.InheritedFlags().ShorthandLookup(s[1:])
	}
	return f != nil && f.NoOptDefVal == ""
}
