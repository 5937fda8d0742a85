import type { Named, Wording } from '../format'
import { said, type Said } from './claim'

export interface Value { value: string | null, absent: string | null }
export interface Place { organisation: Named | null, system: Named | null, country: string | null, class: string | null }

/** A row of the table of events. */
export interface Row {
  id: string, index: number, kind: string, standing: string, exercise: boolean, occurred: string | null, recorded: string, source: string
  requester: Named | null, from: Place | null, to: Place | null, purpose: string | null, basis: string[], databases: { system: Named }[]
  result: { state: string, candidates: number | null } | null, claim: { claimant: Named, stance: string } | null, declares: { type: string, id: string } | null
  signature: { attested: string }
}

const named = '{ id name { en de } }'
const place = `{ organisation ${named} system ${named} country class }`
const value = '{ value absent }'

export const rowFields = `id index kind standing exercise occurred recorded source requester ${named} from ${place} to ${place} purpose basis
  databases { system ${named} } result { state candidates } claim { claimant ${named} stance } declares { type id } signature { attested }`

export const eventsQuery = `query Events($filter: EventFilter, $order: EventOrder, $first: Int, $after: String, $asOf: AsOf) {
  events(filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) { treeSize complete incompleteReason pageInfo { hasNextPage endCursor } nodes { ${rowFields} } } }`

export interface Page { treeSize: number, complete: boolean, incompleteReason: string | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Row[] }

/** Puts one object for all that are alike, row by row: a hundred thousand rows name the same few hundred organisations, systems and bases. */
export function sharer(): (row: Row) => Row {
  const kept = new Map<string, unknown>()
  const one = <T>(v: T): T => {
    if (v === null || typeof v !== 'object') return v
    const key = JSON.stringify(v)
    if (!kept.has(key)) kept.set(key, v)
    return kept.get(key) as T
  }
  return (row) => ({ ...row, requester: one(row.requester), from: one(row.from), to: one(row.to), basis: one(row.basis), databases: one(row.databases), result: one(row.result), claim: one(row.claim), signature: one(row.signature) })
}

/** An entry with all its fields. */
export interface Entry extends Omit<Row, 'signature' | 'claim'> {
  leafHash: string, operation: string | null, counterpart: null | { matched: boolean, entry: string | null, due: string | null, overdue: boolean }
  replied: string | null, sourceId: Value, signature: { attested: string, source: string, key: string | null, sequence: number | null, statement: string | null }
  withheld: string[], relates: { relation: string, sourceId: Value, entry: string | null }[], text: Wording | null, claim: Said | null, json: string
  images: { role: string, pseudonym: string | null, digest: Value, mediaType: string | null, system: Named | null, score: number | null }[]
  hiddenFromSubject: boolean, urgent: boolean, [field: string]: unknown
}

const actor = `{ pseudonym id ${value} name ${value} role automated }`

export const eventQuery = `query Event($id: ID!) {
  event(id: $id) { id index leafHash kind operation standing counterpart { matched entry due overdue } exercise occurred replied recorded source sourceId ${value}
    signature { attested source key sequence statement } requester ${named} unit ${value} actor ${actor} from ${place} to ${place}
    origin ${named} owner ${named} controller ${named} images { role pseudonym digest ${value} mediaType system ${named} score } collection
    quantity { amount bound exclusive unit } persons { pseudonym id ${value} name ${value} role } records { system ${named} pseudonym reference ${value} }
    purpose basis justification ${value} case { pseudonym reference ${value} offence note ${value} } authorisation { by ${actor} at state deadline } urgent input mode
    databases { system ${named} replied } result { state candidates } verifiers ${actor} transfer { reference ground conditions onwardApproval ${named} deleteBy }
    consent { by ${named} scope ${value} at } permission { recipients ${named} systems ${named} purposes during scope ${value} } retention { rule until hold } method
    hiddenFromSubject citation { source locator } relates { relation sourceId ${value} entry } withheld text { en de absent } claim { ...Said } declares { type id } json }
} ${said}`

export const proofQuery = 'query Proof($id: ID!) { proof(event: $id) { index leaf leafHash path disclosures text checkpoint { origin size root note } } }'

/** A field of an entry, flat: where it is, what it says or why it does not, and what to do with it. */
export interface Line { path: string, value?: unknown, absent?: string, named?: Named, period?: boolean }

const periods = new Set(['occurred', 'replied', 'recorded', 'at', 'deadline', 'deleteBy', 'during', 'until', 'due', 'said'])
const elsewhere = new Set(['id', 'index', 'leafHash', 'kind', 'standing', 'exercise', 'json', 'claim', 'withheld', 'relates', 'signature', 'counterpart', 'images', 'text'])

/** The fields of an entry that no other part of the page shows, one by one. A field that an entry of its kind has not is no line. */
export function lines(e: Record<string, unknown>, path = ''): Line[] {
  const out: Line[] = []
  for (const [name, v] of Object.entries(e)) {
    if (!path && elsewhere.has(name)) continue
    const at = path ? path + '.' + name : name
    if (v === null || v === undefined || v === false || (Array.isArray(v) && !v.length)) continue
    if (typeof v !== 'object') { out.push({ path: at, value: v, period: periods.has(name) }); continue }
    if (Array.isArray(v)) {
      if (typeof v[0] !== 'object') out.push({ path: at, value: v.join(', ') })
      else v.forEach((x, i) => { const p = v.length > 1 ? `${at} ${i + 1}` : at; out.push(...(isNamed(x) ? [{ path: p, named: x }] : lines(x as Record<string, unknown>, p))) })
      continue
    }
    const o = v as Record<string, unknown>
    if ('absent' in o && 'value' in o) out.push(o.value !== null ? { path: at, value: o.value } : { path: at, absent: String(o.absent ?? 'EMPTY') })
    else if (isNamed(o)) out.push({ path: at, named: o as unknown as Named })
    else if ('bound' in o) out.push({ path: at, value: o })
    else out.push(...lines(o, at))
  }
  return out
}

const isNamed = (o: unknown): o is Named => typeof o === 'object' && o !== null && 'id' in o && 'name' in o && typeof (o as Named).id === 'string'
