import type { Named } from '../format'
import { said, type Said } from './claim'
import type { Value } from './event'

export interface At { system: Named | null, organisation: Named | null, country: string | null }
export interface Hop {
  depth: number, edge: string, kind: string | null, entry: string | null, index: number | null, counterpart: string | null, image: string | null, child: string | null
  from: At | null, to: At | null, left: string | null, came: string | null, purpose: string | null, basis: string[], exercise: boolean, standing: string
  consent: { state: string, entry: string | null }, claims: Said[]
}
export interface Cutoff { reason: string, image: string | null, at: At | null, hops: number }
export interface Lineage { starts: { image: string | null, at: At | null }[], hops: Hop[], copies: number, outOfScope: boolean, complete: boolean, cutoffs: Cutoff[], treeSize: number }
export interface Holding { image: string | null, at: At, since: string | null, begun: boolean, state: string, until: string | null, standing: string, exercise: boolean, entries: string[], endedBy: string | null, due: string | null, claims: Said[] }
/** What is said of images like this one. */
export interface ClaimedHolding { at: At, population: string | null, when: string | null, bearing: string, standing: string, exercise: boolean, claims: Said[] }
export interface Exposure {
  holdings: Holding[], claimed: ClaimedHolding[], showings: Hop[], derived: string[], outOfScope: boolean, complete: boolean, cutoffs: Cutoff[], treeSize: number
  sightings: { organisation: Named | null, actor: { pseudonym: string | null, id: Value } | null, kinds: string[], entries: string[], first: string | null, last: string | null }[]
}
export interface Trail {
  pseudonyms: { sealer: string, pseudonym: string }[], kinds: { kind: string, count: number }[], entries: number, superseded: number, firstSeen: string | null, lastSeen: string | null
  owners: Named[], exercise: boolean, treeSize: number, complete: boolean, incompleteReason: string | null
}

const named = '{ id name { en de } }'
const at = `{ system ${named} organisation ${named} country }`
const cutoffs = `cutoffs { reason image at ${at} hops }`

export const findQuery = 'query Find($digest: String) { image(digest: $digest) { pseudonyms { sealer pseudonym } } }'

export const imageQuery = `query Image($image: ID, $asOf: AsOf) { image(pseudonym: $image, asOf: $asOf) { pseudonyms { sealer pseudonym } kinds { kind count } entries superseded firstSeen lastSeen
  owners ${named} exercise treeSize complete incompleteReason } }`

export const hopFields = `depth edge kind entry index counterpart image child from ${at} to ${at} left came purpose basis exercise standing consent { state entry } claims { ...Said }`

export const exposureQuery = `query Exposure($image: ID, $asOf: AsOf) { exposure(image: { pseudonym: $image }, asOf: $asOf) { derived outOfScope complete ${cutoffs} treeSize
  holdings { image at ${at} since begun state until standing exercise entries endedBy due claims { ...Said } }
  claimed { at ${at} population when bearing standing exercise claims { ...Said } }
  showings { ${hopFields} }
  sightings { organisation ${named} actor { pseudonym id { value absent } } kinds entries first last } } }
${said}`

const lineage = `starts { image at ${at} } hops { ${hopFields} } copies outOfScope complete ${cutoffs} treeSize`

/** span: how far in time everything reaches that a walk could show, so that the scale of time stays when it goes on. */
export const lineageQuery = `query Lineage($image: ID, $direction: Direction!, $depth: Int, $asOf: AsOf, $span: Boolean!) {
  lineage(image: { pseudonym: $image }, direction: $direction, depth: $depth, asOf: $asOf) { ${lineage} }
  span: lineage(image: { pseudonym: $image }, direction: $direction, depth: 64, asOf: $asOf) @include(if: $span) { hops { left came } } }
${said}`

/** One hop on from a copy. */
export const onwardQuery = `query Onward($image: ID, $place: ID, $direction: Direction!, $at: DateTime, $asOf: AsOf) {
  lineage(image: { pseudonym: $image }, place: $place, direction: $direction, depth: 1, at: $at, asOf: $asOf) { ${lineage} } }
${said}`

/** The time span of a period, in milliseconds; null where an end is open. */
export function span(p: string | null): [number | null, number | null] {
  if (!p) return [null, null]
  const [a, b = a] = p.split('/')
  const begin = (s: string) => s === '..' ? null : Date.parse(s.length === 4 ? s + '-01-01' : s.length === 7 ? s + '-01' : s)
  const end = (s: string) => {
    if (s === '..') return null
    const d = new Date(begin(s)!)
    if (s.length === 4) d.setUTCFullYear(d.getUTCFullYear() + 1)
    else if (s.length === 7) d.setUTCMonth(d.getUTCMonth() + 1)
    else if (s.length === 10) d.setUTCDate(d.getUTCDate() + 1)
    return +d
  }
  return [begin(a), end(b)]
}
