import { question } from '../ask'
import { graphql, type ResultOf, type VariablesOf } from '../graphql'

// What went from where to where, as the server adds it up by month (or by day) and the page adds it up again for a stretch of time.

const moved = graphql(`fragment Moved on Moved { entries listed quantities { unit entries atLeast atMost exact about } unstated }`)

export const flowsOperation = graphql(`query Flows($by: FlowKey!, $interval: Interval!, $filter: EventFilter, $after: String) {
  flows(by: $by, interval: $interval, filter: $filter, order: KEY, first: 500, after: $after) {
    groups treeSize complete incompleteReason pageInfo { hasNextPage endCursor }
    rows { from { value absent } to { value absent } at { value absent } count superseded exercise sent { ...Moved } received { ...Moved } other { ...Moved } } } }`, [moved])

type Answer = ResultOf<typeof flowsOperation>['flows']
export type Row = Answer['rows'][number]
export type Moved = Row['sent']
export type Filter = VariablesOf<typeof flowsOperation>['filter']
export type Level = VariablesOf<typeof flowsOperation>['by']

export interface Table { rows: Row[], treeSize: number, complete: boolean, incompleteReason: string | null }

/** All rows, page by page as of one state. seen is told how many of how many are there. */
export async function flows(by: Level, interval: 'DAY' | 'MONTH', filter: Filter, signal: AbortSignal, seen: (n: number, of: number) => void): Promise<Table> {
  const rows: Row[] = []
  for (let after: string | null = null; ;) {
    const page: Answer = (await question(flowsOperation, { by, interval, filter, after }, signal)).flows
    rows.push(...page.rows)
    seen(rows.length, page.groups)
    if (!page.pageInfo.hasNextPage) return { rows, treeSize: page.treeSize, complete: page.complete, incompleteReason: page.incompleteReason }
    after = page.pageInfo.endCursor
  }
}
