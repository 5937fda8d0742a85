import { classes, origins } from '../addresses'
import { question } from '../ask'
import { pasted } from '../digest'
import { graphql, type ResultOf, type VariablesOf } from '../graphql'

// Could an image of some origin have been in a place? What the form says, how it stands in the address, and what the server answers.

const statement = graphql(`fragment Statement on Claim { id index claimant { id name { en de } } reporter { id name { en de } } stance modality sourceClass reading exercise said
  proposition { id at } quantity { amount bound exclusive unit } value text { en de absent } citation { source locator } document { id name { en de } publisher reference } }`)

const reachOperation = graphql(`query Reach($from: Origin!, $to: ID!, $by: DateTime, $through: [EdgeClass!], $exercise: Boolean, $asOf: AsOf) {
  reach(from: $from, to: $to, by: $by, through: $through, exercise: $exercise, asOf: $asOf) { verdict complete treeSize
    path { start { ...Place } held { ...Statement } edges { ...Step } } cut { ...Step }
    forbiddenBy { ...Statement } deniedBy { ...Statement } silentOn { ...Statement } } }
fragment Place on At { system { id name { en de } } organisation { id name { en de } } country }
fragment Step on Hop { edge kind entry counterpart left came quantity { amount bound exclusive unit } exercise standing from { ...Place } to { ...Place } claims { ...Statement } }`, [statement])

export type Reach = ResultOf<typeof reachOperation>['reach']
export type Step = Reach['cut'][number]
export type Place = NonNullable<Step['to']>
type Variables = VariablesOf<typeof reachOperation>

export type OriginKind = (typeof origins)[number]
/** What may be on a path where nothing is chosen. */
export const usual = classes.filter((c) => c !== 'PERMISSIONS')

/** A question as the address has it: ids and pseudonyms. */
export interface Asked { kind: OriginKind, from: string, to: string, by: string, through: string[], exercise: boolean, asof: string }

export function fromAddress(params: URLSearchParams): Asked {
  const [kind, ...rest] = (params.get('from') ?? '').split(':'), through = params.get('through')
  return {
    kind: origins.find((o) => o === kind) ?? 'country', from: rest.join(':'), to: params.get('to') ?? '', by: params.get('by') ?? '',
    through: through === null ? [...usual] : classes.filter((c) => through.split(',').includes(c)), exercise: params.get('exercise') === '1', asof: params.get('asof') ?? '',
  }
}

export function toAddress(a: Asked): Record<string, string> {
  const same = a.through.length === usual.length && usual.every((c) => a.through.includes(c))
  return { from: a.kind + ':' + a.from, to: a.to, by: a.by, through: same ? '' : a.through.join(',') || 'none', exercise: a.exercise ? '1' : '', asof: a.asof }
}

export function variables(a: Asked): Variables {
  const through = classes.filter((c) => a.through.includes(c))
  return {
    from: a.kind === 'image' ? { image: { pseudonym: a.from } } : { [a.kind]: a.from }, to: a.to,
    by: a.by ? a.by + 'T23:59:59Z' : null, through, exercise: a.exercise, asOf: a.asof ? { size: Number(a.asof) } : null,
  }
}

export async function reach(a: Asked, signal: AbortSignal): Promise<Reach> { return (await question(reachOperation, variables(a), signal)).reach }

const imageOperation = graphql(`query Known($digest: String) { image(digest: $digest) { pseudonyms { pseudonym } } }`)

/** The pseudonym of an image that was given by it, or by the SHA-256 of its bytes. */
export async function imageId(typed: string): Promise<string | null> {
  const p = pasted(typed)
  if (!p || 'other' in p) return null
  if ('pseudonym' in p) return p.pseudonym
  return (await question(imageOperation, { digest: 'sha256:' + p.sha256 })).image?.pseudonyms[0]?.pseudonym ?? null
}
