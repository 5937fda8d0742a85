import type { Named } from '../format'
import { graphql, type ResultOf, type VariablesOf } from '../graphql'
import { said } from './claim'

/** A row of the table of events. */
export const row = graphql(`fragment Row on Event { id index kind standing exercise occurred recorded source requester { id name { en de } } from { ...Place } to { ...Place } purpose basis
  databases { system { id name { en de } } } result { state candidates } claim { claimant { id name { en de } } stance proposition { id from to text { en de absent } contested } } citation { source locator } declares { type id } signature { attested } }
fragment Place on Place { organisation { id name { en de } } system { id name { en de } } country class }`)

export const eventsQuery = graphql(`query Events($filter: EventFilter, $order: EventOrder, $first: Int, $after: String, $asOf: AsOf) {
  events(filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) { treeSize complete incompleteReason pageInfo { hasNextPage endCursor } nodes { ...Row } } }`, [row])

export const liveQuery = graphql(`subscription Live($filter: EventFilter, $after: String) { events(filter: $filter, after: $after) { cursor treeSize event { ...Row } } }`, [row])

export type Row = ResultOf<typeof row>
export type Place = NonNullable<Row['from']>
export type Page = ResultOf<typeof eventsQuery>['events']
export type Filter = NonNullable<VariablesOf<typeof eventsQuery>['filter']>
export type Order = NonNullable<VariablesOf<typeof eventsQuery>['order']>

/** Where a row says what a claim is about, in words: in the column of purposes, which claims have none of, or over those of the ends, where it does not name both or there is no such column. */
export function worded(r: Row, shown: readonly string[]): 'ends' | 'purpose' | null {
  const p = r.claim?.proposition, purpose = shown.includes('purpose')
  if (!p) return null
  if (shown.includes('from') && shown.includes('to') && (!purpose || !p.from || !p.to)) return 'ends'
  return purpose ? 'purpose' : null
}

/** Puts one object for all that are alike, row by row: a hundred thousand rows name the same few hundred organisations, systems and bases. */
export function sharer(): (row: Row) => Row {
  const kept = new Map<string, unknown>()
  const one = <T>(v: T): T => {
    if (v === null || typeof v !== 'object') return v
    const key = JSON.stringify(v)
    if (!kept.has(key)) kept.set(key, v)
    return kept.get(key) as T
  }
  return (row) => ({ ...row, requester: one(row.requester), from: one(row.from), to: one(row.to), basis: one(row.basis), databases: one(row.databases), result: one(row.result), claim: one(row.claim), citation: one(row.citation), signature: one(row.signature) })
}

/** An entry with all its fields. */
export const eventQuery = graphql(`query Event($id: ID!) {
  event(id: $id) { id index leafHash kind operation standing counterpart { matched entry due overdue } exercise occurred replied recorded source sourceId { ...Value }
    signature { attested source key sequence statement } requester { id name { en de } } unit { ...Value } actor { ...Actor } from { ...Spot } to { ...Spot }
    origin { id name { en de } } owner { id name { en de } } controller { id name { en de } } images { role pseudonym digest { ...Value } mediaType system { id name { en de } } score } collection
    quantity { amount bound exclusive unit } persons { pseudonym id { ...Value } name { ...Value } role } records { system { id name { en de } } pseudonym reference { ...Value } }
    purpose basis justification { ...Value } case { pseudonym reference { ...Value } offence note { ...Value } } authorisation { by { ...Actor } at state deadline } urgent input mode
    databases { system { id name { en de } } replied } result { state candidates } verifiers { ...Actor } transfer { reference ground conditions onwardApproval { id name { en de } } deleteBy }
    consent { by { id name { en de } } scope { ...Value } at } permission { recipients { id name { en de } } systems { id name { en de } } purposes during scope { ...Value } } retention { rule until hold } method
    hiddenFromSubject citation { source locator } relates { relation sourceId { ...Value } entry } withheld text { en de absent } claim { ...Said proposition { text { en de absent } contested } } declares { type id } redactions { entry index recorded subject requester approver basis } json } }
fragment Value on Value { value absent }
fragment Spot on Place { organisation { id name { en de } } system { id name { en de } } country class }
fragment Actor on Actor { pseudonym id { ...Value } name { ...Value } role automated }`, [said])

export type Entry = NonNullable<ResultOf<typeof eventQuery>['event']>

export const proofQuery = graphql('query Proof($id: ID!) { proof(event: $id) { index leaf leafHash path disclosures text checkpoint { origin size root note } } }')

export type Proof = NonNullable<ResultOf<typeof proofQuery>['proof']>

export const sourceProofQuery = graphql('query SourceProof($id: ID!) { sourceProof(event: $id) { envelope index count path key { source pem entry } } }')

export type SourceProof = NonNullable<ResultOf<typeof sourceProofQuery>['sourceProof']>

/** A field of an entry, flat: where it is, what it says (a list where there are several) or why it does not, and what to do with it. */
export interface Line { path: string, value?: unknown, absent?: string, named?: Named, period?: boolean }

const periods = new Set(['occurred', 'replied', 'recorded', 'at', 'deadline', 'deleteBy', 'during', 'until', 'due', 'said'])
const blocks = ['declaration', 'link', 'redaction', 'review', 'hold'] as const
const elsewhere = new Set(['id', 'declares', 'index', 'leafHash', 'kind', 'standing', 'exercise', 'json', 'claim', 'withheld', 'relates', 'signature', 'counterpart', 'images', 'text', 'redactions'])

// Kinds that say something and do nothing with an image: nobody gives a unit or a justification for them.
const saying = new Set(['DECLARE', 'CLAIM', 'ADMIT', 'LINK', 'REDACT'])

/** The fields of an entry that no other part of the page shows, one by one. A field that an entry of its kind has not is no line. */
export function lines(e: Record<string, unknown>, path = ''): Line[] {
  const out: Line[] = []
  for (const [name, v] of Object.entries(e)) {
    if (!path && elsewhere.has(name)) continue
    if (!path && saying.has(String(e.kind)) && (v as { absent?: string } | null)?.absent === 'EMPTY') continue
    const at = path ? path + '.' + name : name
    if (v === null || v === undefined || v === false || (Array.isArray(v) && !v.length)) continue
    if (typeof v !== 'object') { out.push({ path: at, value: v, period: periods.has(name) }); continue }
    if (Array.isArray(v)) {
      if (typeof v[0] !== 'object') out.push({ path: at, value: v })
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

/** The fields of what only some kinds of entries have, out of the whole event: what is declared, linked, erased, reviewed or held, and how a batch was admitted. */
export function particulars(json: Record<string, any>): Line[] {
  const out: Record<string, unknown> = {}
  for (const b of blocks) if (json[b]) out[b] = json[b]
  if (json.kind === 'ADMIT' && json.admit) out.admit = json.admit
  return flat(out, '')
}

function flat(o: Record<string, unknown>, path: string): Line[] {
  return Object.entries(o).flatMap(([name, v]): Line[] => {
    const at = path ? path + '.' + name : name
    if (v === null || v === undefined) return []
    if (typeof v !== 'object') return [{ path: at, value: v, period: name === 'valid' || name === 'revoked' || periods.has(name) && name !== 'recorded' }]
    if (!Array.isArray(v)) return flat(v as Record<string, unknown>, at)
    if (v.every((x) => typeof x !== 'object')) return v.length ? [{ path: at, value: v }] : []
    return v.flatMap((x, i) => flat(x as Record<string, unknown>, v.length > 1 ? `${at} ${i + 1}` : at))
  })
}
