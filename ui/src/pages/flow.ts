import { question } from '../ask'
import { graphql, type ResultOf, type VariablesOf } from '../graphql'

// What went from where to where, as the server adds it up by month (or by day) and the page adds it up again for a stretch of time.
// It is asked for in three parts, so that the first is there at once in a log of any size: what is recorded, by month; what is only
// spoken of; and, where there is not too much of it, what is recorded once more with the two sides of each transfer put together.

const row = graphql(`fragment Row on Flow { from { value absent } to { value absent } at { value absent } split { value } count superseded exercise
  sent { ...Moved } received { ...Moved } other { ...Moved } transfers }
fragment Moved on Moved { entries listed quantities { unit entries atLeast atMost exact about } unstated }`)

const flowsOperation = graphql(`query Flows($by: FlowKey!, $interval: Interval!, $split: [FlowSplit!], $filter: EventFilter, $after: String) {
  flows(by: $by, interval: $interval, split: $split, filter: $filter, order: KEY, first: 1000, after: $after) {
    groups treeSize complete incompleteReason pageInfo { hasNextPage endCursor } rows { ...Row } } }`, [row])

const spokenOperation = graphql(`query Spoken($by: FlowKey!, $filter: EventFilter, $after: String) {
  flows(by: $by, split: [STANDING], filter: $filter, order: KEY, first: 500, after: $after) { complete incompleteReason pageInfo { hasNextPage endCursor }
    rows { from { value absent } to { value absent } split { value } claimed { flows exercise unstated quantities { unit entries atLeast atMost exact about } }
      claims { id stance claimant { id } quantity { amount bound exclusive unit } proposition { at } } } } }`)

/** Purposes and legal bases that occur, for choosing. */
export const wordsOperation = graphql(`query Words { purposes: counts(by: [PURPOSE], first: 200) { rows { keys { value } } } bases: counts(by: [BASIS], first: 200) { rows { keys { value } } } }`)

type Flows = ResultOf<typeof flowsOperation>['flows']
type SpokenFlows = ResultOf<typeof spokenOperation>['flows']
export type Row = Flows['rows'][number]
export type Spoken = SpokenFlows['rows'][number]
export type Moved = Row['sent']
export type Filter = NonNullable<VariablesOf<typeof flowsOperation>['filter']>
export type Level = VariablesOf<typeof flowsOperation>['by']

/** The kinds that move images, as the server takes them where none are named. */
export const moving = ['ENROL', 'DISCLOSE', 'RECEIVE', 'TRAIN'] as const

export interface Table { rows: Row[], treeSize: number, complete: boolean, incompleteReason: string | null }

/** All rows, page by page as of one state. seen is told how many of how many are there. */
export async function flows(by: Level, interval: 'DAY' | 'MONTH', sides: boolean, filter: Filter, signal: AbortSignal, seen: (n: number, of: number) => void = () => {}): Promise<Table> {
  const rows: Row[] = []
  if (sides && !filter.kinds) filter = { ...filter, kinds: [...moving] }
  for (let after: string | null = null; ;) {
    const page: Flows = (await question(flowsOperation, { by, interval, split: sides ? ['STANDING'] : null, filter, after }, signal)).flows
    rows.push(...page.rows)
    seen(rows.length, page.groups)
    if (!page.pageInfo.hasNextPage) return { rows, treeSize: page.treeSize, complete: page.complete, incompleteReason: page.incompleteReason }
    after = page.pageInfo.endCursor
  }
}

/** What is not recorded and somebody spoke of. Claims name no kind, purpose or basis: where such is asked for there are none. */
export async function spoken(by: Level, filter: Filter, signal: AbortSignal): Promise<Spoken[]> {
  const rows: Spoken[] = []
  if (filter.kinds) return rows
  for (let after: string | null = null; ;) {
    const page: SpokenFlows = (await question(spokenOperation, { by, filter: { ...filter, kinds: ['CLAIM'] }, after }, signal)).flows
    rows.push(...page.rows.filter((r) => r.claimed?.flows))
    if (!page.pageInfo.hasNextPage) return rows
    after = page.pageInfo.endCursor
  }
}
