import { country, day, entry, id, isCountry, isPseudonym, number, oneOf, pseudonym, span, time, yes, type Declaration, type Parameter, type Sort } from './address'
import type { Word } from './words'

// What each page takes in its address: ids and pseudonyms, never digests, names or free text. The vocabularies that pages choose from
// stand here too, so that what can be chosen is what an address may say.

export const kinds = ['CAPTURE', 'ENROL', 'DERIVE', 'QUERY', 'CONSULT', 'DISCLOSE', 'RECEIVE', 'COMPARE', 'MATCH', 'TRAIN', 'ERASE', 'RELEASE', 'RESTRICT', 'ADMIT', 'LINK', 'REDACT', 'CLAIM', 'DECLARE', 'CORRECT', 'REVIEW', 'HOLD'] as const
/** The kinds that flows are made of: those that move images, and the search, which shows one. */
export const flowKinds = ['ENROL', 'DISCLOSE', 'RECEIVE', 'TRAIN', 'QUERY'] as const
export const missing = ['JUSTIFICATION', 'CASE', 'BASIS', 'PURPOSE', 'ACTOR', 'OCCURRED'] as const
export const columns = ['index', 'kind', 'occurred', 'requester', 'from', 'to', 'purpose', 'basis', 'standing', 'recorded', 'source', 'attested'] as const
export const orders = ['RECORDED', 'RECORDED_DESC', 'OCCURRED', 'OCCURRED_DESC'] as const
export const levels = ['SYSTEM', 'ORGANISATION', 'COUNTRY'] as const
export const standings = ['RECORDED', 'CORROBORATED', 'CLAIMED', 'CONTESTED', 'DENIED', 'NO_INFORMATION'] as const
export const absences = ['EMPTY', 'WITHHELD_BY_SOURCE', 'REDACTED', 'OUT_OF_SCOPE', 'HIDDEN'] as const
export const lists = ['organisations', 'systems', 'agreements', 'purposes', 'keys', 'sources'] as const
export const roles = ['oversight', 'dpo', 'operator', 'reporter'] as const
export const ways = ['QUESTION', 'SUBSCRIPTION', 'BUNDLE', 'RECEIPTS', 'QUARANTINE'] as const
export const purposes = ['LAWFULNESS_CHECK', 'SELF_MONITORING', 'INTEGRITY', 'CRIMINAL_PROCEEDING', 'SUBJECT_ACCESS', 'PARLIAMENTARY', 'REPORTING', 'DEMONSTRATION'] as const
export const statuses = ['ASSERTED', 'DENIED', 'NO_INFORMATION', 'WITHHELD', 'PENDING', 'NO_OPINION', 'REFERRED', 'NOT_ADDRESSED', 'CONJECTURED', 'NOT_IN_RECORD'] as const
export const origins = ['country', 'place', 'organisation', 'image', 'collection'] as const
export const classes = ['BULK', 'CLAIMS', 'CONJECTURES', 'PARTS', 'HOLDINGS', 'PERMISSIONS'] as const

const one = (label: Word, sort: Sort): Parameter => ({ label, ...sort })
const list = (label: Word, sort: Sort, between = ','): Parameter => ({ label, between, ...sort })

const exercise = one('exercise.data', oneOf('without', 'only'))
const happened = { since: one('e.since', time), until: one('e.until', time) }

const filter = {
  ...happened, exercise, kinds: list('e.kinds', oneOf(...kinds)), organisations: list('e.organisation', id('organisation')), systems: list('e.system', id('system')),
  purposes: list('col.purpose', id('purpose')), images: list('e.ofimage', pseudonym('image')), missing: list('e.missing', oneOf(...missing)), from: list('col.from', id('place')), to: list('im.to', id('place')),
  requesters: list('col.requester', id('organisation')), targets: list('ev.relates', entry), sources: list('col.source', id('source')), unmatched: one('e.unmatched', yes),
  countries: list('fl.countries', country), bases: list('col.basis', id('basis'), '|'),
  persons: list('subject.PERSON', pseudonym()), cases: list('subject.CASE', pseudonym()), actors: list('subject.ACTOR', pseudonym()),
}

const level = (p: URLSearchParams) => (p.get('level') ?? '').toUpperCase()
/** An end of flows: a country, or a system or organisation; or why there is none. */
const end: Sort = {
  want: 'id',
  ok: (v, p) => v.startsWith('?') ? absences.some((a) => a === v.slice(1)) : level(p) === 'COUNTRY' ? isCountry(v) : v.length <= 200,
  names: (id, p) => id.startsWith('?') || level(p) === 'COUNTRY' ? null : { id, of: 'place' },
}
const origin: Sort = {
  want: 'origin',
  ok: (v) => { const [kind, ...rest] = v.split(':'), id = rest.join(':'); return !!id && (kind === 'country' ? isCountry(id) : kind === 'image' ? pseudonym().ok(id, new URLSearchParams()) : origins.some((o) => o === kind)) },
  names: (v) => { const [kind, ...rest] = v.split(':'); return kind === 'place' || kind === 'organisation' ? { id: rest.join(':'), of: kind } : null },
}

const asof = one('ad.asof', { ...number(0, Number.MAX_SAFE_INTEGER), names: (id) => ({ id, of: 'size' }) })
/** An image in a place, PSEUDONYM~PLACE, out of which one hop more is shown; all: one hop more everywhere. */
const copy: Sort = { want: 'copy', ok: (v) => v === 'all' || isPseudonym(v.slice(0, 22)) && v[22] === '~' && v.length > 23 && v.length < 224 }

export const addresses: Record<string, Declaration> = {
  overview: {
    at: one('fl.only', end),
    params: {
      exercise, since: one('fl.from', time), until: one('fl.until', time), days: one('fl.days', span), untimed: one('fl.untimed', oneOf('0')), rows: one('fl.rows', { want: 'number', ok: (v, p) => v === 'all' || number(1, 100_000).ok(v, p) }),
      picture: one('fl.view', oneOf('matrix')), order: one('mx.order', oneOf('country')), open: list('fl.countries', country),
      level: one('fl.level', { want: 'choice', ok: (v) => levels.some((l) => l === v.toUpperCase()) }), hide: list('fl.hide', oneOf(...standings)),
      kinds: list('e.kinds', oneOf(...flowKinds)), countries: list('fl.countries', country), purposes: list('col.purpose', id('purpose')), bases: list('col.basis', id('basis'), '|'),
    },
  },
  questions: { at: one('ad.question', id()), params: { status: one('q.status', oneOf(...statuses)), contested: one('q.contested.only', yes), open: list('ad.question', id()) } },
  events: {
    params: {
      ...filter, order: one('ad.order', oneOf(...orders)), columns: list('e.columns', oneOf(...columns)),
      asof,
    },
  },
  event: { at: one('page.event', entry), params: {} },
  live: { params: filter },
  image: { at: one('subject.IMAGE', pseudonym()), params: { way: one('im.way', oneOf('up', 'down')), hops: one('im.hop', number(1, 64)), on: list('im.onward.short', copy), each: list('tk.many', number(1, 100_000)), asof } },
  reach: {
    params: {
      from: one('rc.origin.value', origin), to: one('rc.target', id('place')), by: one('rc.by', day), exercise: one('rc.exercise', yes),
      through: list('rc.through', oneOf(...classes, 'none')), asof,
    },
  },
  register: { at: one('rg.parts', oneOf(...lists)), params: {} },
  readers: {
    params: {
      since: one('rd.since', time), until: one('rd.until', time), roles: list('rd.role', oneOf(...roles)), purposes: list('rd.purpose', oneOf(...purposes)), ways: list('rd.what', oneOf(...ways)),
      organisations: list('rd.organisation', id('organisation')), images: list('rd.image', pseudonym()), own: one('rd.own', yes),
    },
  },
  graphql: { at: one('ad.question', id()), params: {} },
}
