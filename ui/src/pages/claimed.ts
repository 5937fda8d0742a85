import { question } from '../ask'
import { amount } from '../format'
import { graphql, type ResultOf } from '../graphql'
import type { Item } from './sums'
import { place, type Timeline } from './timeline'

// Flows that nobody recorded and somebody spoke of. What is said of the same two ends is one flow; its standing is what the words come to.

const claimsOperation = graphql(`query FlowClaims($after: String) { claims(first: 500, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { id stance exercise claimant { id } quantity { amount bound exclusive unit } proposition { type from to at } } } }`)

export type Claim = ResultOf<typeof claimsOperation>['claims']['nodes'][number]

export async function flowClaims(signal: AbortSignal): Promise<Claim[]> {
  const out: Claim[] = []
  for (let after: string | null = null; ;) {
    const page: ResultOf<typeof claimsOperation>['claims'] = (await question(claimsOperation, { after }, signal)).claims
    out.push(...page.nodes.filter((c) => c.proposition.type === 'FLOW' && c.proposition.from && c.proposition.to))
    if (!page.pageInfo.hasNextPage) return out
    after = page.pageInfo.endCursor
  }
}

export function standingOf(stances: string[]): string {
  const says = stances.some((s) => s === 'ASSERTED' || s === 'CONJECTURED'), denies = stances.includes('DENIED')
  return says && denies ? 'CONTESTED' : says ? 'CLAIMED' : denies ? 'DENIED' : 'NO_INFORMATION'
}

export function claimedItems(t: Timeline, claims: Claim[], nodeOf: (id: string) => string): Item[] {
  const by = new Map<string, Claim[]>()
  for (const c of claims) {
    const key = nodeOf(c.proposition.from!) + '\n' + nodeOf(c.proposition.to!)
    by.set(key, [...by.get(key) ?? [], c])
  }
  return [...by].flatMap(([key, all]) => {
    const [from, to] = key.split('\n'), standing = standingOf(all.map((c) => c.stance))
    return all.map((c): Item => {
      const time = c.proposition.at, exact = !!time && time.length >= 7 && !time.includes('/')
      return {
        key: [from, to, standing].join('\n'), from, to, standing, row: null, at: exact ? place(t, time.slice(0, t.step === 'MONTH' ? 7 : 10)) : null, wider: exact ? null : time,
        words: [{ id: c.id, stance: c.stance, claimant: c.claimant.id, quantity: c.quantity ? amount(c.quantity) : '' }], exercise: c.exercise,
      }
    })
  })
}
