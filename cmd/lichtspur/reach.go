package main

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/schema"
)

// originVariable makes the variable of an origin: DE, sha256:…, @FILE, image:PSEUDONYM, organisation:ID, collection:ID, and
// else a system or organisation that images are or were in.
func originVariable(s string) (map[string]any, error) {
	kind, name, named := strings.Cut(s, ":")
	switch {
	case strings.HasPrefix(s, "@"), named && kind == "sha256":
		image, err := imageVariable(s)
		return map[string]any{"image": image}, err
	case named && kind == "image":
		return map[string]any{"image": map[string]any{"pseudonym": name}}, nil
	case named && (kind == "organisation" || kind == "collection" || kind == "place" || kind == "country"):
		return map[string]any{kind: name}, nil
	case len(s) == 2 && strings.ToUpper(s) == s:
		return map[string]any{"country": s}, nil
	}
	return map[string]any{"place": s}, nil
}

// verdicts in words.
var verdictWords = map[string]string{
	"RECORDED":         "an image, or what was made of it, has a path of recorded hops there",
	"POSSIBLE":         "there is a path when what is not recorded image by image is added, and nobody denies a hop of it",
	"DENIED":           "there are paths, and each crosses a hop that somebody denies",
	"UNKNOWN":          "the only paths cross a flow on which the body asked has no information, or withholds it",
	"NO_RECORDED_PATH": "nothing recorded or claimed leads there; that is not a no",
}

const claimFields = `index stance claimant { id } proposition { id } question citation { source locator }`

// spoken is a claim that an answer rests on.
type spoken struct {
	Index       uint64  `json:"index"`
	Stance      string  `json:"stance"`
	Question    *string `json:"question"`
	Claimant    named   `json:"claimant"`
	Proposition named   `json:"proposition"`
	Citation    *struct {
		Source  string  `json:"source"`
		Locator *string `json:"locator"`
	} `json:"citation"`
}

func (c *spoken) String() string {
	s := fmt.Sprintf("%s by %s: %s", c.Stance, c.Claimant.ID, c.Proposition.ID)
	if c.Citation != nil {
		s += " (" + c.Citation.Source
		if c.Citation.Locator != nil {
			s += ", " + *c.Citation.Locator
		}
		s += ")"
	}
	return s + fmt.Sprintf(", entry %d", c.Index)
}

func (a *app) reachCommand() *cobra.Command {
	var by, asOf string
	var through []string
	var exercise bool
	c := &cobra.Command{
		Use:   "reach FROM TO",
		Short: "Say whether an image could have been in a system, and how that is known",
		Long: `Answers whether an image of some origin could have been in a system or organisation. FROM is a country (DE), a system or
organisation that images are or were in, organisation:ID for those that it captured, collection:ID, sha256:…, @FILE or
image:PSEUDONYM. The verdict is the first that holds of:

RECORDED          one image, or what was made of it, has a path of recorded hops in an order that can have happened
POSSIBLE          there is a path when bulk flows, claims, conjectures, wholes for their parts and images of unknown origin are
                  added (--through), and nobody denies a hop of it
DENIED            there are paths, and each crosses a hop that somebody denies
UNKNOWN           the only paths cross a flow on which the body asked has no information, or withholds it
NO_RECORDED_PATH  nothing recorded or claimed leads there; that is not a no

Rules that forbid a hop and denials stand beside it. Exercise data counts with --exercise only.`,
		Example: `  lichtspur reach DE "Clearview AI" --purpose "PARLIAMENTARY; 19/18172 question 2"
  lichtspur reach DTECH FIRST --through claims --purpose demonstration --data data`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			from, err := originVariable(args[0])
			if err != nil {
				return err
			}
			state, err := asOfVariable(asOf)
			if err != nil {
				return err
			}
			v := map[string]any{"from": from, "to": args[1], "exercise": exercise, "asOf": state}
			if by != "" {
				v["by"] = by
			}
			if through != nil {
				for i, t := range through {
					through[i] = strings.ToUpper(t)
				}
				v["through"] = through
			}
			answer, err := a.ask(c.Context(), schema.Request{
				Query: `query Reach($from: Origin!, $to: ID!, $by: DateTime, $through: [EdgeClass!], $exercise: Boolean, $asOf: AsOf) {
  reach(from: $from, to: $to, by: $by, through: $through, exercise: $exercise, asOf: $asOf) { verdict complete treeSize
    path { start { system { id } organisation { id } } held { ` + claimFields + ` } edges { ` + hopFields + ` } } cut { ` + hopFields + ` }
    forbiddenBy { ` + claimFields + ` } deniedBy { ` + claimFields + ` } silentOn { ` + claimFields + ` } } }`,
				Variables: v,
			})
			if err != nil {
				return err
			}
			if len(answer.Errors) > 0 {
				return a.complain(answer)
			}
			if a.set.Output != "text" && a.set.Output != "csv" {
				return a.printData(answer.Data)
			}
			return a.printReach(args, answer)
		},
	}
	f := c.Flags()
	f.StringVar(&by, "by", "", "the latest `time` that counts")
	f.StringSliceVar(&through, "through", nil, "what may be on a path beside recorded, listed hops: bulk, claims, conjectures, parts, holdings, permissions; by `default` all but permissions")
	f.BoolVar(&exercise, "exercise", false, "exercise data counts")
	f.StringVar(&asOf, "as-of", "", "the record as it was at this `size or time`, as in 4000 or 2026-05-01T00:00:00Z")
	return c
}

func (a *app) printReach(args []string, answer *response) error {
	var data struct {
		Reach struct {
			Verdict  string `json:"verdict"`
			Complete bool   `json:"complete"`
			TreeSize uint64 `json:"treeSize"`
			Path     *struct {
				Start *end     `json:"start"`
				Held  []spoken `json:"held"`
				Edges []hop    `json:"edges"`
			} `json:"path"`
			Cut         []hop    `json:"cut"`
			ForbiddenBy []spoken `json:"forbiddenBy"`
			DeniedBy    []spoken `json:"deniedBy"`
			SilentOn    []spoken `json:"silentOn"`
		} `json:"reach"`
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		return err
	}
	r := &data.Reach
	text := a.set.Output == "text"
	say := func(format string, args ...any) {
		if text {
			fmt.Fprintln(a.out, printable(fmt.Sprintf(format, args...)))
		}
	}
	say("%s → %s: %s, as of tree size %d", args[0], args[1], r.Verdict, r.TreeSize)
	say("%s", verdictWords[r.Verdict])
	hops := func(list []hop) error {
		l := a.list(hopColumns...)
		for i := range list {
			if err := l.add(list[i].row()...); err != nil {
				return err
			}
		}
		return l.close()
	}
	if p := r.Path; p != nil {
		if at := p.Start.place(); at != nil {
			say("begins at %v", at)
		}
		for i := range p.Held {
			say("  %s", &p.Held[i])
		}
		if err := hops(p.Edges); err != nil {
			return err
		}
	}
	for _, list := range []struct {
		head string
		of   []spoken
	}{{"forbidden by, which does not mean that it did not happen:", r.ForbiddenBy}, {"denied by:", r.DeniedBy}, {"no information:", r.SilentOn}} {
		if len(list.of) > 0 {
			say("%s", list.head)
		}
		for i := range list.of {
			say("  %s", &list.of[i])
		}
	}
	if text && len(r.Cut) > 0 {
		say("each path crosses one of these denied hops:")
		if err := hops(r.Cut); err != nil {
			return err
		}
	}
	if !r.Complete {
		fmt.Fprintln(a.err, "incomplete: there are more entries than were looked at, and they could change the verdict")
	}
	return nil
}
