package event

import (
	"encoding/pem"
	"slices"
	"strings"
	"time"
)

// claim checks a claim and its proposition.
func (c *checker) claim() {
	k := c.e.Claim
	if k == nil {
		return
	}
	p := &k.Proposition
	c.needToken("/claim/proposition/id", p.ID)
	member(c, "/claim/proposition/type", p.Type, propositionTypes)
	c.slug("/claim/proposition/subject", p.Subject)
	c.slug("/claim/proposition/from", p.From)
	c.slug("/claim/proposition/to", p.To)
	if p.Population != "" && !validCountry(p.Population) {
		c.slug("/claim/proposition/population", p.Population)
	}
	c.wording("/claim/proposition/text", p.Text)
	switch {
	case p.Type == PropositionFlow && p.From == "" && p.To == "":
		c.add(FaultRequired, "/claim/proposition/from", "a flow has at least one end", "name the organisation or system in from or to")
	case p.Type == PropositionFlow && p.Subject != "":
		c.add(FaultForbidden, "/claim/proposition/subject", "a flow has ends, no subject", "use from and to")
	case p.Type != PropositionFlow && p.Subject == "":
		c.add(FaultRequired, "/claim/proposition/subject", "a proposition is about an organisation or system", "name it")
	}
	c.needSlug("/claim/claimant", k.Claimant)
	c.slug("/claim/reporter", k.Reporter)
	member(c, "/claim/stance", k.Stance, stances)
	member(c, "/claim/modality", k.Modality, modalities)
	member(c, "/claim/sourceClass", k.SourceClass, sourceClasses)
	c.text("/claim/question", k.Question, validToken, FaultToken, remedyRef)
	c.text("/claim/referredTo", k.ReferredTo, validLine, FaultLine, remedyLine)
	if k.Stance == StanceReferred && k.ReferredTo == "" {
		c.add(FaultRequired, "/claim/referredTo", "REFERRED says to what", "name the answer referred to")
	}
	c.quantity("/claim/quantity", k.Quantity)
	c.text("/claim/value", k.Value, validLine, FaultLine, remedyLine)
}

// declaration checks a catalog entry.
func (c *checker) declaration() {
	d := c.e.Declaration
	if d == nil {
		return
	}
	member(c, "/declaration/type", d.Type, declarationTypes)
	switch {
	case d.Type == DeclareKey && ValidDigest(d.ID): // the digest of the SubjectPublicKeyInfo
	default:
		c.needSlug("/declaration/id", d.ID)
	}
	c.wording("/declaration/name", d.Name)
	c.lines("/declaration/aliases", d.Aliases)
	c.declarationParts(d)
	if o := d.Organisation; o != nil {
		member(c, "/declaration/organisation/class", o.Class, recipientClasses)
		c.country("/declaration/organisation/country", o.Country)
		c.slug("/declaration/organisation/partOf", o.PartOf)
		c.notItself("/declaration/organisation/partOf", o.PartOf)
	}
	if s := d.System; s != nil {
		c.needSlug("/declaration/system/operator", s.Operator)
		c.slug("/declaration/system/partOf", s.PartOf)
		c.notItself("/declaration/system/partOf", s.PartOf)
		c.slug("/declaration/system/type", s.Type)
		c.slug("/declaration/system/vendor", s.Vendor)
		c.text("/declaration/system/hours", s.Hours, validHours, FaultDuration, "use the form 06:00-20:00")
		c.text("/declaration/system/pairingWindow", s.PairingWindow, validSpan, FaultDuration, remedySpan)
	}
	if s := d.Source; s != nil {
		c.needSlug("/declaration/source/organisation", s.Organisation)
		c.text("/declaration/source/heartbeat", s.Heartbeat, validSpan, FaultDuration, remedySpan)
	}
	if k := d.Key; k != nil {
		c.needSlug("/declaration/key/source", k.Source)
		member(c, "/declaration/key/use", k.Use, keyUses)
		if !validPEM(k.PEM) {
			c.add(FaultDeclaration, "/declaration/key/pem", "this is not a public key or certificate in PEM", "give one block PUBLIC KEY or CERTIFICATE, never a private key")
		}
		c.text("/declaration/key/reason", k.Reason, validLine, FaultLine, remedyLine)
	}
	if a := d.Agreement; a != nil {
		if len(a.Parties) == 0 {
			c.add(FaultRequired, "/declaration/agreement/parties", "an agreement has parties", "name the organisations")
		}
		c.slugs("/declaration/agreement/parties/", a.Parties)
		c.text("/declaration/agreement/basis", a.Basis, validLine, FaultLine, remedyLine)
	}
	if r := d.Rule; r != nil {
		c.text("/declaration/rule/minimum", r.Minimum, validPeriod, FaultDuration, remedyPeriod)
		c.text("/declaration/rule/maximum", r.Maximum, validPeriod, FaultDuration, remedyPeriod)
		c.text("/declaration/rule/anchor", r.Anchor, validLine, FaultLine, remedyLine)
		c.slugs("/declaration/rule/systems/", r.Systems)
		c.text("/declaration/rule/basis", r.Basis, validLine, FaultLine, remedyLine)
	}
	if x := d.Document; x != nil {
		c.text("/declaration/document/publisher", x.Publisher, validLine, FaultLine, remedyLine)
		c.text("/declaration/document/reference", x.Reference, validLine, FaultLine, remedyLine)
	}
}

const (
	remedySpan   = `use a number and h, m or s, such as "72h"`
	remedyPeriod = `use a duration of ISO 8601, such as "P3Y"`
)

// declarationParts checks that exactly the part is there that the type names. A purpose may be nothing but a name;
// a collection always is.
func (c *checker) declarationParts(d *Declaration) {
	parts := [...]struct {
		name  string
		there bool
		of    []DeclarationType
	}{
		{"organisation", d.Organisation != nil, []DeclarationType{DeclareOrganisation}},
		{"system", d.System != nil, []DeclarationType{DeclareSystem}},
		{"source", d.Source != nil, []DeclarationType{DeclareSource}},
		{"key", d.Key != nil, []DeclarationType{DeclareKey}},
		{"agreement", d.Agreement != nil, []DeclarationType{DeclareAgreement}},
		{"rule", d.Rule != nil, []DeclarationType{DeclareRetention, DeclarePurpose}},
		{"document", d.Document != nil, []DeclarationType{DeclareDocument}},
	}
	for _, p := range parts {
		belongs := slices.Contains(p.of, d.Type)
		switch {
		case p.there && !belongs && slices.Contains(declarationTypes, d.Type):
			c.add(FaultDeclaration, "/declaration/"+p.name, "a declaration of type "+string(d.Type)+" has no such part", "leave it out, or change the type")
		case !p.there && belongs && d.Type != DeclarePurpose:
			c.add(FaultDeclaration, "/declaration/"+p.name, "a declaration of type "+string(d.Type)+" needs this part", "fill it")
		}
	}
}

func (c *checker) notItself(path, id string) {
	if id != "" && id == c.e.Declaration.ID {
		c.add(FaultConflict, path, "this is part of itself", "name the whole that it is part of")
	}
}

func (c *checker) needToken(path, v string) {
	if v == "" {
		c.add(FaultRequired, path, "this field is missing", "fill it")
		return
	}
	c.text(path, v, validToken, FaultToken, remedyRef)
}

// validSpan reports whether s is a positive duration as package time has it.
func validSpan(s string) bool {
	d, err := time.ParseDuration(s)
	return err == nil && d > 0
}

// validPEM reports whether s is one block of a public key or certificate.
func validPEM(s string) bool {
	if len(s) > maxText {
		return false
	}
	block, rest := pem.Decode([]byte(s))
	return block != nil && len(block.Bytes) > 0 && len(block.Headers) == 0 && strings.TrimSpace(string(rest)) == "" &&
		strings.HasPrefix(strings.TrimSpace(s), "-----BEGIN ") && (block.Type == "PUBLIC KEY" || block.Type == "CERTIFICATE")
}
