package trace

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
)

// Place is where images are: a system, or an organisation where no system is named. Ids are those of the catalog;
// what is not declared stands as the log names it. Organisation is the system's operator.
type Place struct {
	System       string `json:"system,omitzero"`
	Organisation string `json:"organisation,omitzero"`
	Country      string `json:"country,omitzero"` // of the organisation, ISO 3166-1 alpha-2
}

// Name is the id of the system, else of the organisation.
func (p Place) Name() string { return cmp.Or(p.System, p.Organisation) }

// IsZero reports whether no place is named.
func (p Place) IsZero() bool { return p.System == "" && p.Organisation == "" }

// site is a place of the catalog, one for each; its pointer is its identity.
type site struct {
	Place
	up     []*site       // itself, then everything it lies within
	window time.Duration // of a system: how late a receipt may follow its transfer
}

// within reports whether s is o or lies within it.
func (s *site) within(o *site) bool { return slices.Contains(s.up, o) }

// near reports whether one lies within the other.
func near(a, b *site) bool { return a.within(b) || b.within(a) }

// places resolves names. It may be used by any number of goroutines.
type places struct {
	cat *catalog.View

	mu            sync.RWMutex     // guards what follows
	systems       map[string]*site // by any name met
	organisations map[string]*site
}

func newPlaces(cat *catalog.View) *places {
	return &places{cat: cat, systems: map[string]*site{}, organisations: map[string]*site{}}
}

// system returns the site of a system, nil for "".
func (p *places) system(name string) *site { return p.site(name, p.systems, p.makeSystem) }

// organisation returns the site of an organisation, nil for "".
func (p *places) organisation(name string) *site {
	return p.site(name, p.organisations, p.makeOrganisation)
}

func (p *places) site(name string, met map[string]*site, make func(string) *site) *site {
	if name == "" {
		return nil
	}
	p.mu.RLock()
	s := met[name]
	p.mu.RUnlock()
	if s == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		s = make(name)
	}
	return s
}

// makeSystem finds a system, and makes its site where there is none yet.
func (p *places) makeSystem(name string) *site {
	if s := p.systems[name]; s != nil || name == "" {
		return s
	}
	e, ok := p.cat.System(name)
	if !ok {
		s := &site{Place: Place{System: name}, window: DefaultWindow}
		s.up = []*site{s}
		p.systems[name] = s
		return s
	}
	if s := p.systems[e.ID]; s != nil {
		p.systems[name] = s
		return s
	}
	s := &site{Place: Place{System: e.ID}, window: DefaultWindow}
	if d, err := time.ParseDuration(e.System.PairingWindow); err == nil {
		s.window = d
	}
	s.up = []*site{s}
	p.systems[e.ID], p.systems[name] = s, s // first, since parts may go in a circle
	operator := p.makeOrganisation(e.System.Operator)
	if operator != nil {
		s.Organisation, s.Country = operator.Organisation, operator.Country
	}
	for _, whole := range [...]*site{p.makeSystem(e.System.PartOf), operator} {
		if whole != nil {
			s.up = appendNew(s.up, whole.up)
		}
	}
	return s
}

// makeOrganisation is makeSystem of organisations.
func (p *places) makeOrganisation(name string) *site {
	if s := p.organisations[name]; s != nil || name == "" {
		return s
	}
	e, ok := p.cat.Organisation(name)
	if !ok {
		s := &site{Place: Place{Organisation: name}}
		s.up = []*site{s}
		p.organisations[name] = s
		return s
	}
	if s := p.organisations[e.ID]; s != nil {
		p.organisations[name] = s
		return s
	}
	s := &site{Place: Place{Organisation: e.ID, Country: e.Organisation.Country}}
	s.up = []*site{s}
	p.organisations[e.ID], p.organisations[name] = s, s
	if whole := p.makeOrganisation(e.Organisation.PartOf); whole != nil {
		s.up = appendNew(s.up, whole.up)
	}
	return s
}

func appendNew(list, more []*site) []*site {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// of returns the site that an event names, nil where it names none.
func (p *places) of(at event.Place) *site {
	if at.System != "" {
		return p.system(at.System)
	}
	return p.organisation(at.Organisation)
}

// named returns the site that a proposition names, a system before an organisation; nil for "". What is declared as
// neither is taken for an organisation.
func (p *places) named(name string) *site {
	if name == "" {
		return nil
	}
	if _, ok := p.cat.System(name); ok {
		return p.system(name)
	}
	return p.organisation(name)
}

// country returns the country that an organisation belongs to, its own or that of the nearest it is part of.
func (s *site) country() string {
	for _, o := range s.up {
		if o.Country != "" {
			return o.Country
		}
	}
	return ""
}

// everything is no criterion.
var everything catalog.Criteria

// inside returns the names, as entries may have them, of a site and of all that lies within it.
func (p *places) inside(s *site) (systems, organisations []string) {
	if s.System != "" {
		return p.cat.Within(event.DeclareSystem, s.System), nil
	}
	organisations = p.cat.Within(event.DeclareOrganisation, s.Organisation)
	for _, o := range organisations {
		for e := range p.cat.Operated(o) {
			for _, name := range p.cat.Within(event.DeclareSystem, e.ID) {
				if !slices.Contains(systems, name) {
					systems = append(systems, name)
				}
			}
		}
	}
	return systems, organisations
}

// below returns a site and all that lies within it.
func (p *places) below(s *site) []*site {
	list := []*site{s}
	systems, organisations := p.inside(s)
	for _, id := range organisations {
		list = appendNew(list, []*site{p.organisation(id)})
	}
	for _, id := range systems {
		list = appendNew(list, []*site{p.system(id)})
	}
	return list
}

// homes returns the sites of the organisations whose images a population is.
func (p *places) homes(of population) (list []*site) {
	if of.organisation != nil {
		return p.below(of.organisation)
	}
	if of.country == "" {
		return nil
	}
	for e := range p.cat.List(event.DeclareOrganisation, "", everything) {
		if o := p.organisation(e.ID); o.country() == of.country {
			list = appendNew(list, p.below(o))
		}
	}
	return list
}
