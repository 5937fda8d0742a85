package main

import (
	"fmt"
	"strconv"
	"strings"
)

// question is a question with its answer, as the saved operations ask for it.
type question struct {
	ID     string  `json:"id"`
	Text   wording `json:"text"`
	Answer struct {
		Status *string      `json:"status"`
		Parts  []answerPart `json:"parts"`
		Beside []remark     `json:"beside"`
		Reach  *struct {
			From        string  `json:"from"`
			To          string  `json:"to"`
			Verdict     string  `json:"verdict"`
			Path        []claim `json:"path"`
			ForbiddenBy []claim `json:"forbiddenBy"`
			DeniedBy    []claim `json:"deniedBy"`
		} `json:"reach"`
		LeftOut int    `json:"leftOut"`
		AsOf    uint64 `json:"asOf"`
	} `json:"answer"`
}

type answerPart struct {
	Part        *wording `json:"part"`
	Proposition string   `json:"proposition"`
	Status      string   `json:"status"`
	How         string   `json:"how"`
	Contested   bool     `json:"contested"`
	Claims      []claim  `json:"claims"`
	Referrals   []struct {
		To    string `json:"to"`
		Claim claim  `json:"claim"`
	} `json:"referrals"`
	See     *string  `json:"see"`
	Details []claim  `json:"details"`
	Sum     []total  `json:"sum"`
	Extent  []total  `json:"extent"`
	Beside  []remark `json:"beside"`
	LeftOut int      `json:"leftOut"`
}

type claim struct {
	Index       uint64  `json:"index"`
	Claimant    author  `json:"claimant"`
	Reporter    *author `json:"reporter"`
	Stance      string  `json:"stance"`
	Modality    string  `json:"modality"`
	Reading     bool    `json:"reading"`
	Exercise    bool    `json:"exercise"`
	Said        *string `json:"said"`
	Proposition struct {
		ID string  `json:"id"`
		At *string `json:"at"`
	} `json:"proposition"`
	Quantity *stated  `json:"quantity"`
	Value    *string  `json:"value"`
	Text     *wording `json:"text"`
	Citation *struct {
		Source  string  `json:"source"`
		Locator *string `json:"locator"`
	} `json:"citation"`
}

type remark struct {
	Claim   claim   `json:"claim"`
	Earlier bool    `json:"earlier"`
	About   *string `json:"about"`
}

type author struct {
	ID   string   `json:"id"`
	Name *wording `json:"name"`
}

type wording struct {
	EN *string `json:"en"`
	DE *string `json:"de"`
}

type stated struct {
	Amount    int64  `json:"amount"`
	Bound     string `json:"bound"`
	Exclusive bool   `json:"exclusive"`
	Unit      string `json:"unit"`
}

type total struct {
	Unit    string `json:"unit"`
	Entries int    `json:"entries"`
	AtLeast int64  `json:"atLeast"`
	AtMost  *int64 `json:"atMost"`
	Exact   bool   `json:"exact"`
	About   *int64 `json:"about"`
}

// in returns the wording in a language, else in the other.
func (w *wording) in(language string) string {
	if w == nil {
		return ""
	}
	first, second := w.EN, w.DE
	if language == "de" {
		first, second = second, first
	}
	for _, s := range []*string{first, second} {
		if s != nil && *s != "" {
			return *s
		}
	}
	return ""
}

func (a *author) in(language string) string {
	if name := a.Name.in(language); name != "" {
		return name
	}
	return a.ID
}

// phrase says a number as it is meant.
func (q *stated) phrase(language string) string {
	n := numeral(language, q.Amount) + " " + in(language, unit(q.Unit, q.Amount))
	switch {
	case q.Bound == "AT_LEAST" && q.Exclusive:
		return in(language, "more than") + " " + n
	case q.Bound == "AT_LEAST":
		return in(language, "at least") + " " + n
	case q.Bound == "AT_MOST" && q.Exclusive:
		return in(language, "fewer than") + " " + n
	case q.Bound == "AT_MOST":
		return in(language, "at most") + " " + n
	case q.Bound == "ABOUT":
		return in(language, "about") + " " + n
	}
	return n
}

func (t *total) phrase(language string) string {
	s := in(language, "at least") + " " + numeral(language, t.AtLeast)
	switch {
	case t.Exact:
		s = numeral(language, t.AtLeast)
	case t.AtMost != nil:
		s += ", " + in(language, "at most") + " " + numeral(language, *t.AtMost)
	}
	if t.About != nil {
		s += ", " + in(language, "and about") + " " + numeral(language, *t.About)
	}
	return s + " " + in(language, unit(t.Unit, t.AtLeast))
}

// unit names what is counted.
func unit(name string, n int64) string {
	name = strings.ToLower(name)
	switch {
	case n == 1:
		return name
	case strings.HasSuffix(name, "y"):
		return strings.TrimSuffix(name, "y") + "ies"
	case strings.HasSuffix(name, "ch"), strings.HasSuffix(name, "s"), strings.HasSuffix(name, "x"):
		return name + "es"
	}
	return name + "s"
}

// grouped writes a number with commas.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// sentence says who says what, and where.
func (c *claim) sentence(language string) string {
	var b strings.Builder
	b.WriteString(c.Claimant.in(language))
	if c.Reporter != nil {
		b.WriteString(", " + in(language, "per") + " " + c.Reporter.in(language))
	}
	b.WriteString(": " + in(language, c.Stance))
	var marks []string
	if c.Modality != "FACT" {
		marks = append(marks, in(language, strings.ToLower(c.Modality)))
	}
	if c.Reading {
		marks = append(marks, in(language, "a reading"))
	}
	if c.Exercise {
		marks = append(marks, in(language, "exercise: nobody said it"))
	}
	if marks != nil {
		b.WriteString(" (" + strings.Join(marks, ", ") + ")")
	}
	if v := c.value(language); v != "" {
		b.WriteString(", " + v)
	}
	if text := c.Text.in(language); text != "" {
		b.WriteString(". " + strings.TrimSuffix(text, "."))
		if c.Text.foreign(language) {
			b.WriteString(map[string]string{"de": " (englisch)"}[language])
		}
	}
	var where []string
	if c.Citation != nil {
		where = append(where, c.Citation.Source)
		if c.Citation.Locator != nil {
			where = append(where, *c.Citation.Locator)
		}
	}
	if c.Said != nil {
		where = append(where, in(language, "said")+" "+*c.Said)
	}
	fmt.Fprintf(&b, " [%s]", strings.Join(append(where, fmt.Sprint(in(language, "entry"), " ", c.Index)), "; "))
	return b.String()
}

// value is what a claim states.
func (c *claim) value(language string) string {
	var parts []string
	if c.Quantity != nil {
		parts = append(parts, c.Quantity.phrase(language))
	}
	if c.Value != nil {
		parts = append(parts, *c.Value)
	}
	return strings.Join(parts, ", ")
}

// how says in words how a status is known.
var how = map[string]string{
	"ANSWERED": "in answer to this question",
	"STATED":   "said by the body itself, not in answer to this question",
	"REPORTED": "as somebody else gives its word, which is no answer",
	"UNSAID":   "the body asked said nothing that is in this record",
}

// printAnswers prints each question, its answer, how that is known, and what stands beside it.
func (a *app) printAnswers(questions []question, language string) error {
	var b strings.Builder
	for i := range questions {
		q := &questions[i]
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s  %s\n", q.ID, q.Text.in(language))
		for k := range q.Answer.Parts {
			a.writePart(&b, &q.Answer.Parts[k], language)
		}
		writeRemarks(&b, "  ", "also said in answer", q.Answer.Beside, q.Answer.LeftOut, language)
		if r := q.Answer.Reach; r != nil {
			fmt.Fprintf(&b, "  "+in(language, "from %s to %s, by what is claimed: %s")+"\n", r.From, r.To, in(language, r.Verdict))
			for _, list := range []struct {
				name   string
				claims []claim
			}{{"by way of", r.Path}, {"forbidden by", r.ForbiddenBy}, {"denied by", r.DeniedBy}} {
				for i := range list.claims {
					fmt.Fprintf(&b, "      %s %s\n", in(language, list.name), list.claims[i].sentence(language))
				}
			}
		}
		fmt.Fprintf(&b, "  %s %d\n", in(language, "as of tree size"), q.Answer.AsOf)
	}
	_, err := fmt.Fprint(a.out, printable(b.String()))
	return err
}

func (a *app) writePart(b *strings.Builder, p *answerPart, language string) {
	name := p.Part.in(language)
	for i := range p.Extent {
		if name != "" {
			name += " (" + p.Extent[i].phrase(language) + ")"
		}
	}
	if name != "" {
		name += ": "
	}
	fmt.Fprintf(b, "  %s%s", name, in(language, p.Status))
	if p.Contested {
		b.WriteString(", " + in(language, "contested"))
	}
	for i := range p.Sum {
		fmt.Fprintf(b, ", %s "+in(language, "in %d rows"), p.Sum[i].phrase(language), p.Sum[i].Entries)
	}
	for i := range p.Referrals {
		b.WriteString(", " + in(language, "referred to") + " " + p.Referrals[i].To)
	}
	if p.See != nil {
		b.WriteString(", " + in(language, "see") + " " + *p.See)
	}
	fmt.Fprintf(b, " – %s\n", in(language, how[p.How]))
	for _, list := range [][]claim{p.Claims, p.Details} {
		for i := range list {
			fmt.Fprintf(b, "      %s\n", list[i].sentence(language))
		}
	}
	writeRemarks(b, "    ", "beside it", p.Beside, p.LeftOut, language)
}

func writeRemarks(b *strings.Builder, indent, title string, remarks []remark, left int, language string) {
	for i := range remarks {
		r := &remarks[i]
		name := in(language, title)
		if r.Earlier {
			name = in(language, "earlier")
			if at := r.Claim.Proposition.At; at != nil {
				name += " (" + *at + ")"
			}
		}
		if r.About != nil {
			name = in(language, "a correction")
		}
		fmt.Fprintf(b, "%s%s: %s\n", indent, name, r.Claim.sentence(language))
	}
	if left > 0 {
		fmt.Fprintf(b, "%s%d %s\n", indent, left, in(language, "more claims are not shown"))
	}
}

// printParts prints one part of a question a line.
func (a *app) printParts(questions []question, language string) error {
	l := a.list("question", "text", "part", "proposition", "status", "contested", "how", "claims", "claimants", "values", "sum", "extent", "referred_to", "see", "beside", "verdict", "as_of")
	for i := range questions {
		q := &questions[i]
		var verdict any
		if q.Answer.Reach != nil {
			verdict = q.Answer.Reach.Verdict
		}
		for k := range q.Answer.Parts {
			p := &q.Answer.Parts[k]
			var claims, claimants, values, sum, extent, referred, beside []string
			for _, c := range p.Claims {
				claims, claimants = append(claims, fmt.Sprint(c.Index)), appendNew(claimants, c.Claimant.ID)
			}
			for _, list := range [][]claim{p.Claims, p.Details} {
				for i := range list {
					if v := list[i].value(language); v != "" {
						values = append(values, v)
					}
				}
			}
			for i := range p.Sum {
				sum = append(sum, p.Sum[i].phrase(language))
			}
			for i := range p.Extent {
				extent = append(extent, p.Extent[i].phrase(language))
			}
			for _, r := range p.Referrals {
				referred = append(referred, r.To)
			}
			for _, r := range p.Beside {
				beside = append(beside, fmt.Sprint(r.Claim.Index))
			}
			if err := l.add(q.ID, q.Text.in(language), p.Part.in(language), p.Proposition, p.Status, p.Contested, p.How, claims, claimants,
				strings.Join(values, "; "), strings.Join(sum, "; "), strings.Join(extent, "; "), strings.Join(referred, "; "), optional(p.See), beside, verdict, q.Answer.AsOf); err != nil {
				return err
			}
		}
	}
	return l.close()
}

func appendNew(list []string, s string) []string {
	for _, one := range list {
		if one == s {
			return list
		}
	}
	return append(list, s)
}
