import { graphql, type ResultOf } from '../graphql'

/** A claim as the page shows it. */
export const said = graphql(`fragment Said on Claim { id index claimant { id name { en de } } reporter { id name { en de } } stance modality sourceClass reading exercise said
  proposition { id at } quantity { amount bound exclusive unit } value text { en de absent } citation { source locator } document { id name { en de } publisher reference } }`)

export const questionnaire = graphql(`query Questionnaire { questions { id text { en de } bodies { id name { en de } } operation answer { status contested asOf leftOut
  parts { part { en de } proposition status how contested claims { ...Said } referrals { to claim { ...Said } } see details { ...Said }
    sum { ...Total } extent { ...Total } beside { earlier about claim { ...Said } } leftOut }
  beside { earlier about claim { ...Said } } reach { from to verdict path { ...Said } forbiddenBy { ...Said } deniedBy { ...Said } } } } }
fragment Total on QuantitySum { unit entries atLeast atMost exact about }`, [said])

export type Said = ResultOf<typeof said>
export type Question = ResultOf<typeof questionnaire>['questions'][number]
export type Beside = Question['answer']['beside'][number]
