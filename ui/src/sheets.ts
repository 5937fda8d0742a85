import { times, type Cell, type Sheet } from './export'
import { moved, title, type Amount, type Named, type Sum } from './format'
import type { Question, Said } from './pages/claim'
import type { Place as Where, Row as Event } from './pages/event'
import type { At, Exposure, Hop } from './pages/image'
import type { Step } from './pages/reach'
import type { Reading } from './pages/readers'
import type { Agreement, Key, Organisation, Purpose, Source, System } from './pages/register'
import type { Flow } from './pages/sums'

// The columns of every table that can be taken away as CSV. What the command line exports too has the same name there (lichtspur export).
// Where there is a time that is wider than an instant, its first and its last second stand beside it. Lists are divided by spaces, legal
// bases, which have spaces in them, by semicolons.

const names = <Row>(name: string, of: (r: Row) => Named | null | undefined): Sheet<Row> => [[name, (r) => of(r)?.id], [name + '_name', (r) => title(of(r))]]
const wordings = <Row extends { name: Named['name'] }>(): Sheet<Row> => [['name', (r) => r.name?.en], ['name_de', (r) => r.name?.de]]
const bases = (b: readonly string[]) => b.join('; ')

const place = <Row>(name: string, of: (r: Row) => Where | At | null): Sheet<Row> => [
  [name + '_organisation', (r) => of(r)?.organisation?.id], [name + '_system', (r) => of(r)?.system?.id], [name + '_country', (r) => of(r)?.country],
]

/** A quantity: a number alone says too much where it is a bound. */
const bound = (q: Amount): string => q.exclusive ? ({ AT_LEAST: 'MORE_THAN', AT_MOST: 'FEWER_THAN' } as Record<string, string>)[q.bound] ?? q.bound : q.bound
const quantity = <Row>(of: (r: Row) => Amount | null | undefined): Sheet<Row> => [['quantity', (r) => of(r)?.amount], ['bound', (r) => { const q = of(r); return q ? bound(q) : '' }], ['unit', (r) => of(r)?.unit]]

export const events: Sheet<Event> = [
  ['index', (r) => r.index], ['id', (r) => r.id], ['source', (r) => r.source], ['kind', (r) => r.kind], ...times<Event>('occurred', (r) => r.occurred), ['recorded', (r) => r.recorded],
  ['standing', (r) => r.standing], ['attested', (r) => r.signature.attested], ['exercise', (r) => r.exercise], ['requester', (r) => r.requester?.id],
  ...place<Event>('from', (r) => r.from), ['from_class', (r) => r.from?.class], ...place<Event>('to', (r) => r.to), ['to_class', (r) => r.to?.class],
  ['purpose', (r) => r.purpose], ['basis', (r) => bases(r.basis)], ['databases', (r) => r.databases.map((d) => d.system.id)], ['result', (r) => r.result?.state], ['candidates', (r) => r.result?.candidates],
  ['document', (r) => r.citation?.source], ['locator', (r) => r.citation?.locator], ['stance', (r) => r.claim?.stance], ['claimant', (r) => r.claim?.claimant.id],
  ['proposition', (r) => r.claim?.proposition.id], ['proposition_from', (r) => r.claim?.proposition.from], ['proposition_to', (r) => r.claim?.proposition.to], ['contested', (r) => r.claim?.proposition.contested], ['declares', (r) => r.declares ? r.declares.type + ':' + r.declares.id : ''],
]

/** A flow, the name of its ends, and the time that was asked for. */
export type NamedFlow = Flow & { names: [string, string], since: string, until: string }

/** A flow for a file: of what is only said nothing was counted, and 0 would be read as "none". */
export function told(f: Flow) {
  return f.transfers.atMost ? f : { ...f, transfers: null, sent: null, received: null, other: null, unplaced: null, entries: null }
}

/** Quantities of each unit have columns of their own, so that they can be added up; there are columns for the units that occur. */
export function flows(rows: readonly NamedFlow[]): Sheet<NamedFlow> {
  const units = [...new Set(rows.flatMap((f) => f.moved.map((m) => m.unit)))].sort()
  // Several sums of one unit are of recorded and of said, or of several claims: their bounds add up.
  const of = (f: NamedFlow, unit: string, pick: (m: Sum) => number | null): number | null => {
    const all = f.moved.filter((m) => m.unit === unit).map(pick)
    return all.length && all.every((n) => n !== null) ? all.reduce((a, b) => a! + b!, 0) : null
  }
  // A sum of which only "about" is known has no lower bound that somebody gave.
  const least = (m: Sum) => m.atLeast || m.about === null ? m.atLeast : null
  return [
    ['from', (f) => f.from], ['to', (f) => f.to], ['from_name', (f) => f.names[0]], ['to_name', (f) => f.names[1]], ['standing', (f) => f.standing],
    ...times<NamedFlow>('period', (f) => f.since || f.until ? (f.since || '..') + '/' + (f.until || '..') : null).slice(1),
    ['count', (f) => told(f).entries], ['exercise', (f) => f.exercise], ['transfers_at_least', (f) => told(f).transfers?.atLeast], ['transfers_at_most', (f) => told(f).transfers?.atMost],
    ['sent', (f) => told(f).sent], ['received', (f) => told(f).received], ['other', (f) => told(f).other], ['unplaced', (f) => told(f).unplaced],
    ...units.flatMap((u): Sheet<NamedFlow> => {
      const name = u.toLowerCase()
      return [[name + '_at_least', (f) => of(f, u, least)], [name + '_at_most', (f) => of(f, u, (m) => m.atMost)], [name + '_about', (f) => of(f, u, (m) => m.about)]]
    }),
    ['quantities_are', (f) => f.moved.length ? f.transfers.atMost ? 'RECORDED' : 'SAID' : ''], ['unstated', (f) => f.unstated],
    ['claims', (f) => f.words.map((w) => w.claimant + ':' + w.stance)], ['claim_entries', (f) => f.words.map((w) => w.id)],
  ]
}

export type Numbered<T> = T & { n: number }
export const numbered = <T>(all: readonly T[]): Numbered<T>[] => all.map((x, i) => ({ ...x, n: i + 1 }))

export const hops: Sheet<Numbered<Hop>> = [
  ['n', (h) => h.n], ['depth', (h) => h.depth], ...times<Hop>('left', (h) => h.left), ...times<Hop>('came', (h) => h.came), ['edge', (h) => h.edge], ['kind', (h) => h.kind],
  ...place<Hop>('from', (h) => h.from), ...place<Hop>('to', (h) => h.to), ['image', (h) => h.image], ['child', (h) => h.child], ['standing', (h) => h.standing], ['consent', (h) => h.consent.state],
  ['purpose', (h) => h.purpose], ['basis', (h) => bases(h.basis)], ['claims', (h) => h.claims.map((c) => c.claimant.id + ':' + c.stance)], ['index', (h) => h.index], ['id', (h) => h.entry], ['counterpart', (h) => h.counterpart], ['exercise', (h) => h.exercise],
]

/** A line of an exposure: where an image is or was held, or who saw it. */
export interface Exposed {
  how: 'HELD' | 'SEEN', image?: string | null, at?: At, organisation?: Named | null, who?: string | null, absent?: string | null, since: string | null, until: string | null
  state?: string, due?: string | null, standing?: string, kinds?: string[], entries: string[], exercise?: boolean
}

export function exposed(x: Exposure): Exposed[] {
  return [
    ...x.holdings.map((h): Exposed => ({ ...h, how: 'HELD', organisation: h.at.organisation })),
    ...x.sightings.map((s): Exposed => ({ ...s, how: 'SEEN', who: s.actor?.id.value ?? s.actor?.pseudonym, absent: s.actor?.id.absent, since: s.first, until: s.last })),
  ]
}

export const exposure: Sheet<Exposed> = [
  ['how', (x) => x.how], ['image', (x) => x.image], ['system', (x) => x.at?.system?.id], ['organisation', (x) => x.organisation?.id], ['who', (x) => x.who], ['absent', (x) => x.absent ? 'who:' + x.absent : ''],
  ...times<Exposed>('since', (x) => x.since), ...times<Exposed>('until', (x) => x.until), ['state', (x) => x.state], ...times<Exposed>('due', (x) => x.due),
  ['standing', (x) => x.standing], ['kinds', (x) => x.kinds], ['entries', (x) => x.entries], ['exercise', (x) => x.exercise],
]

/** What a step moved. Of several amounts that are said each cell is a list. */
const stepQuantity: Sheet<Step> = [
  ...([['quantity', (q) => q.amount], ['bound', bound], ['unit', (q) => q.unit]] as [string, (q: Amount) => string | number][]).map(([name, of]): Sheet<Step>[number] => [name, (s) => {
    const all = moved(s).amounts.map(of)
    return all.length > 1 ? all.map(String) : all[0]
  }]),
  ['quantities_are', (s) => { const { amounts, said } = moved(s); return amounts.length ? said ? 'SAID' : 'RECORDED' : '' }],
]

export const steps: Sheet<Numbered<Step>> = [
  ['n', (s) => s.n], ...place<Step>('from', (s) => s.from as At | null), ...place<Step>('to', (s) => s.to as At | null), ['edge', (s) => s.edge], ['kind', (s) => s.kind], ['id', (s) => s.entry], ['counterpart', (s) => s.counterpart],
  ...times<Step>('left', (s) => s.left), ...times<Step>('came', (s) => s.came), ...stepQuantity, ['standing', (s) => s.standing], ['exercise', (s) => s.exercise],
  ['claims', (s) => s.claims.map((c) => c.claimant.id + ':' + c.stance)],
]

/** A claim, and what it is there for. */
export type Ground = Said & { of: string }

export const claims: Sheet<Ground> = [
  ['of', (c) => c.of], ['index', (c) => c.index], ['id', (c) => c.id], ...names<Ground>('claimant', (c) => c.claimant), ['reporter', (c) => c.reporter?.id], ['stance', (c) => c.stance], ['modality', (c) => c.modality],
  ['source_class', (c) => c.sourceClass], ['reading', (c) => c.reading], ...times<Ground>('said', (c) => c.said), ['proposition', (c) => c.proposition.id], ...times<Ground>('at', (c) => c.proposition.at),
  ...quantity<Ground>((c) => c.quantity), ['value', (c) => c.value], ['text', (c) => c.text?.en], ['text_de', (c) => c.text?.de], ['document', (c) => c.citation?.source], ['locator', (c) => c.citation?.locator], ['exercise', (c) => c.exercise],
]

/** A part of a question: what was answered to it. */
export interface Answered { q: Question, p: Question['answer']['parts'][number] }
export const answered = (all: readonly Question[]): Answered[] => all.flatMap((q) => q.answer.parts.map((p) => ({ q, p })))

export function questions(rows: readonly Answered[]): Sheet<Answered> {
  const sums = (a: Answered) => [...a.p.extent, ...a.p.sum], units = [...new Set(rows.flatMap((a) => sums(a).map((s) => s.unit)))].sort()
  const of = (a: Answered, u: string, pick: (s: Sum) => Cell) => { const s = sums(a).find((s) => s.unit === u); return s ? pick(s) : null }
  return [
    ['question', (a) => a.q.id], ['text', (a) => a.q.text.en], ['text_de', (a) => a.q.text.de], ['asked', (a) => a.q.bodies.map((b) => b.id)], ['proposition', (a) => a.p.proposition], ['part', (a) => a.p.part?.en], ['part_de', (a) => a.p.part?.de],
    ['status', (a) => a.p.status], ['how', (a) => a.p.how], ['contested', (a) => a.p.contested],
    ...units.flatMap((u): Sheet<Answered> => [[u.toLowerCase() + '_at_least', (a) => of(a, u, (s) => s.atLeast)], [u.toLowerCase() + '_at_most', (a) => of(a, u, (s) => s.atMost)], [u.toLowerCase() + '_about', (a) => of(a, u, (s) => s.about)]]),
    ['claims', (a) => a.p.claims.map((c) => c.claimant.id + ':' + c.stance)], ['claim_entries', (a) => a.p.claims.map((c) => String(c.index))], ['beside', (a) => a.p.beside.map((b) => b.claim.claimant.id + ':' + b.claim.stance)],
    ['refers_to', (a) => a.p.referrals.map((r) => r.to)], ['see', (a) => a.p.see], ['left_out', (a) => a.p.leftOut], ['as_of', (a) => a.q.answer.asOf],
  ]
}

export const readings: Sheet<Reading> = [
  ['index', (r) => r.index], ['id', (r) => r.id], ['recorded', (r) => r.recorded], ['reader', (r) => r.reader.value], ['reader_absent', (r) => r.reader.absent], ['role', (r) => r.role], ['organisations', (r) => r.organisations.map((o) => o.id)],
  ['purpose', (r) => r.purpose], ['purpose_text', (r) => r.purposeText.value], ['way', (r) => r.way], ['stage', (r) => r.stage], ['operation', (r) => r.operation], ['document', (r) => r.document], ['bytes', (r) => r.bytes], ['rows', (r) => r.rows],
  ['tree_size', (r) => r.treeSize], ['opened', (r) => r.opened.map((o) => o.kind + ':' + o.pseudonym)],
]

export const organisations: Sheet<Organisation> = [
  ['id', (o) => o.id], ...wordings<Organisation>(), ['aliases', (o) => o.aliases.join('; ')], ['class', (o) => o.class], ['country', (o) => o.country], ['part_of', (o) => o.partOf], ['flagged', (o) => o.flagged], ['exercise', (o) => o.exercise], ['entry', (o) => o.entry],
]
export const systems: Sheet<System> = [
  ['id', (s) => s.id], ...wordings<System>(), ['aliases', (s) => s.aliases.join('; ')], ['type', (s) => s.type], ['operator', (s) => s.operator?.id], ['vendor', (s) => s.vendor], ['part_of', (s) => s.partOf], ['parts', (s) => s.parts], ['flagged', (s) => s.flagged], ['exercise', (s) => s.exercise], ['entry', (s) => s.entry],
]
export const agreements: Sheet<Agreement> = [
  ['id', (a) => a.id], ...wordings<Agreement>(), ['parties', (a) => a.parties.map((p) => p.id)], ['basis', (a) => a.basis], ...times<Agreement>('valid', (a) => a.valid), ['exercise', (a) => a.exercise], ['entry', (a) => a.entry],
]
export const purposes: Sheet<Purpose> = [
  ['id', (p) => p.id], ...wordings<Purpose>(), ['aliases', (p) => p.aliases.join('; ')], ['basis', (p) => p.basis], ...times<Purpose>('valid', (p) => p.valid), ['exercise', (p) => p.exercise], ['entry', (p) => p.entry],
]
export const keys: Sheet<Key> = [
  ['id', (k) => k.id], ['source', (k) => k.source], ['use', (k) => k.use], ...times<Key>('valid', (k) => k.valid), ...times<Key>('revoked', (k) => k.revoked), ['reason', (k) => k.reason], ['exercise', (k) => k.exercise], ['entry', (k) => k.entry], ['pem', (k) => k.pem],
]
/** Whether it can be told that a source is silent, or was: only where it declared how often it reports, and did so once. */
export const gauged = (s: Pick<Source, 'heartbeatSeconds' | 'lastSign'>) => !!s.heartbeatSeconds && !!s.lastSign

/** The sources for a file: what cannot be told is not there, where none would be read as "none". */
export const gaugedSources = (all: readonly Source[]) => all.map((s) => gauged(s) ? { ...s, gapsState: 'COUNTED' } : { ...s, overdue: null, gaps: null, gapsState: 'NOT_DETERMINABLE' })

export const sources: Sheet<Source> = [
  ['id', (s) => s.id], ...wordings<Source>(), ['organisation', (s) => s.organisation?.id], ['declared', (s) => s.declared], ['ended', (s) => s.ended], ['exercise', (s) => s.exercise], ['overdue', (s) => gauged(s) ? s.overdue : null], ['last_sign', (s) => s.lastSign], ['silent_seconds', (s) => s.silentSeconds], ['heartbeat_seconds', (s) => s.heartbeatSeconds],
  ['gaps_state', (s) => gauged(s) ? 'COUNTED' : 'NOT_DETERMINABLE'], ['gaps', (s) => gauged(s) ? s.gaps.length : null], ['gap_seconds', (s) => gauged(s) ? s.gaps.reduce((n, g) => n + g.seconds, 0) : null], ['gap_times', (s) => s.gaps.map((g) => g.from + '/' + g.to)], ['entries', (s) => s.entries], ['batches', (s) => s.batches], ['forks', (s) => s.forks], ['operations', (s) => s.operations],
  ...(['Justification', 'Case', 'Actor'] as const).flatMap((f): Sheet<Source> => [['without_' + f.toLowerCase(), (s) => s[`without${f}`].count], ['without_' + f.toLowerCase() + '_share', (s) => s[`without${f}`].share]]), ['refused', (s) => s.refused?.events],
]
