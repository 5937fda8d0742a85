import { graphql, type ResultOf } from '../graphql'

export const readersQuery = graphql(`query Readers($filter: AccessFilter, $after: String) { accesses(filter: $filter, first: 100, after: $after) {
  treeSize complete incompleteReason pageInfo { hasNextPage endCursor }
  nodes { index id recorded reader { value absent } role organisations { id name { en de } } purpose purposeText { value absent } way stage operation document bytes rows treeSize
    opened { kind sealer pseudonym } } } }`)

export type Readings = ResultOf<typeof readersQuery>['accesses']
export type Reading = Readings['nodes'][number]
