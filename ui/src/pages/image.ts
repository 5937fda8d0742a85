import { graphql, type ResultOf } from '../graphql'
import { said } from './claim'

export const findQuery = graphql('query Find($digest: String) { image(digest: $digest) { pseudonyms { sealer pseudonym } } }')

export const imageQuery = graphql(`query Image($image: ID, $asOf: AsOf) { image(pseudonym: $image, asOf: $asOf) { pseudonyms { sealer pseudonym } kinds { kind count } entries superseded firstSeen lastSeen
  owners { id name { en de } } exercise treeSize complete incompleteReason } }`)

/** Where an image is or was. */
const at = graphql('fragment Where on At { system { id name { en de } } organisation { id name { en de } } country }')
const cutoff = graphql('fragment Cut on Cutoff { reason image at { ...Where } hops }', [at])
const hop = graphql(`fragment Hop on Hop { depth edge kind entry index counterpart image child from { ...Where } to { ...Where } left came purpose basis exercise standing consent { state entry } claims { ...Said } }`, [at, said])

export const exposureQuery = graphql(`query Exposure($image: ID, $asOf: AsOf) { exposure(image: { pseudonym: $image }, asOf: $asOf) { derived outOfScope complete cutoffs { ...Cut } treeSize
  holdings { image at { ...Where } since begun state until standing exercise entries endedBy due claims { ...Said } }
  claimed { at { ...Where } population when bearing standing exercise claims { ...Said } }
  showings { ...Hop }
  sightings { organisation { id name { en de } } actor { pseudonym id { value absent } } kinds entries first last } } }`, [at, cutoff, hop, said])

const layout = graphql(`fragment Drawn on Layout { width height names first last begin end bands { organisation { id name { en de } } country continued y height lanes { at { ...Where } y } }
  marks { left came from to } groups { hops x begin end } }`, [at])

/** So many hops, and then further ones step by step, with where each is drawn. */
export const lineageQuery = graphql(`query Lineage($image: ID, $direction: Direction!, $depth: Int, $onward: [Onward], $asOf: AsOf) {
  lineage(image: { pseudonym: $image }, direction: $direction, depth: $depth, onward: $onward, asOf: $asOf) {
    starts { image at { ...Where } } hops { ...Hop } copies outOfScope complete cutoffs { ...Cut } layout { ...Drawn } treeSize } }`, [at, cutoff, said, hop, layout])

export type At = ResultOf<typeof at>
export type Trail = NonNullable<ResultOf<typeof imageQuery>['image']>
export type Exposure = ResultOf<typeof exposureQuery>['exposure']
export type Holding = Exposure['holdings'][number]
/** What is said of images like this one. */
export type ClaimedHolding = Exposure['claimed'][number]
export type Lineage = ResultOf<typeof lineageQuery>['lineage']
export type Layout = Lineage['layout']
export type Cutoff = Lineage['cutoffs'][number]
export type Hop = Lineage['hops'][number]

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
