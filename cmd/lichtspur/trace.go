package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/schema"
)

// imageVariable makes the variable of an image: sha256:…, a pseudonym, or @FILE, which is hashed here.
func imageVariable(s string) (map[string]any, error) {
	if path, ok := strings.CutPrefix(s, "@"); ok {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return map[string]any{"digest": fmt.Sprintf("sha256:%x", h.Sum(nil))}, nil
	}
	if strings.Contains(s, ":") {
		return map[string]any{"digest": s}, nil
	}
	// Tables that were taken away have an apostrophe before what begins with "-".
	return map[string]any{"pseudonym": strings.TrimPrefix(s, "'")}, nil
}

// hop is an edge of an answer.
type hop struct {
	Depth       int      `json:"depth"`
	Edge        string   `json:"edge"`
	Kind        *string  `json:"kind"`
	Entry       *string  `json:"entry"`
	Index       *uint64  `json:"index"`
	Counterpart *string  `json:"counterpart"`
	Image       *string  `json:"image"`
	Child       *string  `json:"child"`
	From        *end     `json:"from"`
	To          *end     `json:"to"`
	Left        *string  `json:"left"`
	Came        *string  `json:"came"`
	Collection  *string  `json:"collection"`
	Purpose     *string  `json:"purpose"`
	Basis       []string `json:"basis"`
	Exercise    bool     `json:"exercise"`
	Standing    string   `json:"standing"`
	Consent     struct {
		State string  `json:"state"`
		Index *uint64 `json:"index"`
	} `json:"consent"`
	Claims []stance `json:"claims"`
}

// stance is who says what in a claim.
type stance struct {
	Stance   string `json:"stance"`
	Claimant *named `json:"claimant"`
	Index    uint64 `json:"index"`
}

const hopFields = `depth edge kind entry index counterpart image child from { system { id } organisation { id } } to { system { id } organisation { id } }
  left came collection purpose basis exercise standing consent { state index } claims { stance index claimant { id } }`

const cutoffFields = `cutoffs { reason image at { system { id } organisation { id } } hops }`

// walked is what every walk says of itself.
type walked struct {
	TreeSize   uint64 `json:"treeSize"`
	Complete   bool   `json:"complete"`
	OutOfScope bool   `json:"outOfScope"`
	Cutoffs    []struct {
		Reason string  `json:"reason"`
		Image  *string `json:"image"`
		At     *end    `json:"at"`
		Hops   int     `json:"hops"`
	} `json:"cutoffs"`
}

// remark says on standard error what an answer leaves out.
func (a *app) remark(w *walked) {
	for _, c := range w.Cutoffs {
		at := ""
		if p := c.At.place(); p != nil {
			at = fmt.Sprintf(" at %v", p)
		}
		fmt.Fprintf(a.err, "cut off%s: %s, %d or more hops were not followed\n", printable(at), strings.ToLower(strings.ReplaceAll(c.Reason, "_", " ")), c.Hops)
	}
	if w.OutOfScope {
		fmt.Fprintln(a.err, "there is more of this than you may see")
	}
}

// decision is the state of consent with the entry that decides it.
func (h *hop) decision() string {
	if h.Consent.Index == nil {
		return h.Consent.State
	}
	return fmt.Sprintf("%s (%d)", h.Consent.State, *h.Consent.Index)
}

// stances are who denies or says so.
func (h *hop) stances() []string { return stances(h.Claims) }

func stances(claims []stance) (out []string) {
	for _, c := range claims {
		who := ""
		if c.Claimant != nil {
			who = c.Claimant.ID
		}
		out = append(out, fmt.Sprintf("%s:%s(%d)", strings.ToLower(c.Stance), who, c.Index))
	}
	return out
}

var hopColumns = []string{"depth", "left", "came", "edge", "kind", "from", "to", "image", "child", "standing", "consent", "purpose", "basis", "claims", "index", "exercise"}

func (h *hop) row() []any {
	var index any
	if h.Index != nil {
		index = *h.Index
	}
	return []any{h.Depth, optional(h.Left), optional(h.Came), h.Edge, optional(h.Kind), h.From.place(), h.To.place(), optional(h.Image), optional(h.Child),
		h.Standing, h.decision(), optional(h.Purpose), phrases(h.Basis), h.stances(), index, h.Exercise}
}

func (a *app) traceCommand() *cobra.Command {
	var up bool
	var depth int
	var place, at, asOf, svg, dot string
	var edges, on []string
	c := &cobra.Command{
		Use:   "trace IMAGE",
		Short: "Follow an image: where it went, or where it came from",
		Long: `Follows an image hop by hop and says of each hop how it is known (standing, claims), what its owner had decided, its
purpose and basis, and its index, of which lichtspur prove makes a proof. IMAGE is sha256:…, a pseudonym, or @FILE, which
is hashed here and goes nowhere.

A hop is left out where it certainly left before the image came, and not otherwise. An empty list means only that nothing
was recorded. Where the walk was cut off is said on standard error.

--svg draws it as the page does, from the same layout: lanes by organisation, in each a line a place, along time; groups with
their count where there are too many; and below what each hop is. What was drawn keeps its place with a greater --depth.
--dot writes a graph for Graphviz, which lays it out itself.

--on goes one hop further than --depth out of one copy, given as IMAGE~PLACE: the pseudonym of the image and the id of the
system, else organisation. --on + goes one hop further everywhere. It may be repeated, and is done in the order given.`,
		Example: `  lichtspur trace sha256:014e… --purpose "LAWFULNESS_CHECK; file 12/26"
  lichtspur trace @photo.png --up --place europol -o json --purpose self-monitoring
  lichtspur trace sha256:014e… --edge capture,transfer,derivation --svg way.svg --purpose parliamentary --data data`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			image, err := imageVariable(args[0])
			if err != nil {
				return err
			}
			state, err := asOfVariable(asOf)
			if err != nil {
				return err
			}
			if svg != "" && dot != "" {
				return usage(errors.New("draw one: --svg or --dot"))
			}
			v := map[string]any{"image": image, "direction": "DOWN", "depth": depth, "asOf": state}
			if up {
				v["direction"] = "UP"
			}
			if place != "" {
				v["place"] = place
			}
			if edges != nil {
				for i, e := range edges {
					edges[i] = strings.ToUpper(e)
				}
				v["edges"] = edges
			}
			if at != "" {
				v["at"] = at
			}
			if v["onward"], err = onward(on); err != nil {
				return err
			}
			v["draw"] = svg != ""
			answer, err := a.ask(c.Context(), schema.Request{
				Query: `query Lineage($image: ImageRef!, $direction: Direction!, $place: ID, $depth: Int, $onward: [Onward], $edges: [EdgeKind!], $at: DateTime, $asOf: AsOf, $draw: Boolean!) {
  lineage(image: $image, direction: $direction, place: $place, depth: $depth, onward: $onward, edges: $edges, at: $at, asOf: $asOf) {
    starts { image at { system { id } organisation { id } } } hops { ` + hopFields + ` } copies outOfScope complete ` + cutoffFields + ` treeSize ... @include(if: $draw) { ` + layoutFields + ` } }
  exposure(image: $image, asOf: $asOf) @include(if: $draw) { holdings { at { system { id } organisation { id } } since until state } } }`,
				Variables: v,
			})
			if err != nil {
				return err
			}
			if len(answer.Errors) > 0 {
				return a.complain(answer)
			}
			var data struct {
				Lineage struct {
					Hops   []hop  `json:"hops"`
					Layout layout `json:"layout"`
					walked
				} `json:"lineage"`
				Exposure struct {
					Holdings []holding `json:"holdings"`
				} `json:"exposure"`
			}
			if err := json.Unmarshal(answer.Data, &data); err != nil {
				return err
			}
			l := &data.Lineage
			switch {
			case svg != "":
				err = a.write(svg, func(w io.Writer) error {
					return drawSVG(w, &drawing{hops: l.Hops, layout: &l.Layout, holdings: data.Exposure.Holdings, size: l.TreeSize})
				})
			case dot != "":
				err = a.write(dot, func(w io.Writer) error { return drawDOT(w, l.Hops) })
			case a.set.Output == "json":
				err = a.printData(answer.Data)
			default:
				list := a.list(hopColumns...)
				for i := range l.Hops {
					if err = list.add(l.Hops[i].row()...); err != nil {
						break
					}
				}
				err = closing(list, err)
			}
			a.remark(&l.walked)
			return err
		},
	}
	f := c.Flags()
	f.BoolVar(&up, "up", false, "where it came from")
	f.IntVar(&depth, "depth", 16, "`number` of hops, at most 64")
	f.StringVar(&place, "place", "", "the copy in this `system or organisation`")
	f.StringSliceVar(&on, "on", nil, "then one hop further out of this `copy`, IMAGE~PLACE, or everywhere, +; may be repeated")
	f.StringSliceVar(&edges, "edge", nil, "follow this `kind of edge` only: capture, transfer, derivation, showing, training; may be repeated")
	f.StringVar(&at, "at", "", "hops at this `time` or later; with --up, or earlier")
	f.StringVar(&asOf, "as-of", "", "the record as it was at this `size or time`, as in 4000 or 2026-05-01T00:00:00Z")
	f.StringVar(&svg, "svg", "", "draw it as SVG into this `file`; - is standard output")
	f.StringVar(&dot, "dot", "", "write it as a graph for Graphviz into this `file`; - is standard output")
	return c
}

// onward makes the variable of steps beyond the depth.
func onward(on []string) (out []any, err error) {
	for _, o := range on {
		image, place, ok := strings.Cut(o, "~")
		switch {
		case o == "+":
			out = append(out, nil)
		case !ok || image == "" || place == "":
			return nil, usage(fmt.Errorf("--on takes IMAGE~PLACE or +, not %q", o))
		default:
			out = append(out, map[string]any{"image": image, "place": place})
		}
	}
	return out, nil
}

func (a *app) exposureCommand() *cobra.Command {
	var asOf string
	c := &cobra.Command{
		Use:   "exposure IMAGE",
		Short: "Say where an image is or was, and who saw it",
		Long: `Lists every system that holds or held an image, since when and until when, where it was shown without being kept, and
everybody that saw it. IMAGE is sha256:…, a pseudonym, or @FILE, which is hashed here. NO_END_RECORDED means that nothing
recorded ends it, not that it is still there.

Beside what is recorded stands, as "claimed", what claims say of images like it: that some of a population are in a place
(MAY_BE_AMONG) does not say that this one is; that none is (SAID_ABSENT) says that it is not.`,
		Example: `  lichtspur exposure sha256:014e… --purpose "SUBJECT_ACCESS; request 4/26"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			image, err := imageVariable(args[0])
			if err != nil {
				return err
			}
			state, err := asOfVariable(asOf)
			if err != nil {
				return err
			}
			answer, err := a.ask(c.Context(), schema.Request{
				Query: `query Exposure($image: ImageRef!, $asOf: AsOf) { exposure(image: $image, asOf: $asOf) {
  holdings { at { system { id } organisation { id } } since until state due standing entries endedBy exercise }
  claimed { at { system { id } organisation { id } } population when bearing standing exercise claims { stance index claimant { id } } }
  showings { ` + hopFields + ` }
  sightings { organisation { id } actor { pseudonym id { value absent } automated } kinds entries first last }
  derived outOfScope complete ` + cutoffFields + ` treeSize } }`,
				Variables: map[string]any{"image": image, "asOf": state},
			})
			if err != nil {
				return err
			}
			if len(answer.Errors) > 0 {
				return a.complain(answer)
			}
			if a.set.Output == "json" {
				return a.printData(answer.Data)
			}
			return a.printExposure(answer)
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "the record as it was at this `size or time`, as in 4000 or 2026-05-01T00:00:00Z")
	return c
}

// printExposure prints holdings, showings and sightings as one list.
func (a *app) printExposure(answer *response) error {
	var data struct {
		Exposure struct {
			Holdings []struct {
				At       *end     `json:"at"`
				Since    *string  `json:"since"`
				Until    *string  `json:"until"`
				Due      *string  `json:"due"`
				State    string   `json:"state"`
				Standing string   `json:"standing"`
				Entries  []string `json:"entries"`
				Exercise bool     `json:"exercise"`
			} `json:"holdings"`
			Claimed []struct {
				At         *end     `json:"at"`
				Population *string  `json:"population"`
				When       *string  `json:"when"`
				Bearing    string   `json:"bearing"`
				Standing   string   `json:"standing"`
				Exercise   bool     `json:"exercise"`
				Claims     []stance `json:"claims"`
			} `json:"claimed"`
			Showings  []hop `json:"showings"`
			Sightings []struct {
				Organisation *named   `json:"organisation"`
				Actor        *actor   `json:"actor"`
				Kinds        []string `json:"kinds"`
				Entries      []string `json:"entries"`
				First        *string  `json:"first"`
				Last         *string  `json:"last"`
			} `json:"sightings"`
			walked
		} `json:"exposure"`
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		return err
	}
	x := &data.Exposure
	l := a.list("how", "where", "who", "since", "until", "state", "due", "standing", "entries", "exercise")
	for _, h := range x.Holdings {
		if err := l.add("held", h.At.place(), nil, optional(h.Since), optional(h.Until), h.State, optional(h.Due), h.Standing, len(h.Entries), h.Exercise); err != nil {
			return err
		}
	}
	for _, c := range x.Claimed {
		who := stances(c.Claims)
		if c.Population != nil {
			who = append([]string{"images of " + *c.Population + ":"}, who...)
		}
		if err := l.add("claimed", c.At.place(), who, optional(c.When), nil, c.Bearing, nil, c.Standing, len(c.Claims), c.Exercise); err != nil {
			return err
		}
	}
	for _, s := range x.Showings {
		if err := l.add("shown", s.To.place(), nil, optional(s.Came), nil, "from "+cell(s.From.place()), nil, s.Standing, 1, s.Exercise); err != nil {
			return err
		}
	}
	for _, s := range x.Sightings {
		var where any
		if s.Organisation != nil {
			where = s.Organisation.ID
		}
		if err := l.add("seen", where, s.Actor.name(), optional(s.First), optional(s.Last), strings.Join(s.Kinds, " "), nil, nil, len(s.Entries), nil); err != nil {
			return err
		}
	}
	a.remark(&x.walked)
	return l.close()
}
