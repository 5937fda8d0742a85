import type { Amount, Named, Sum, Wording } from '../format'

/** A claim as the page shows it. */
export interface Said {
  id: string, index: number, claimant: Named, reporter: Named | null, stance: string, modality: string, sourceClass: string, reading: boolean
  exercise: boolean, said: string | null, proposition: { id: string, at: string | null }, quantity: Amount | null, value: string | null, text: Wording | null
  citation: { source: string, locator: string | null } | null, document: { id: string, name: Wording | null, publisher: string | null, reference: string | null } | null
}

export const said = `fragment Said on Claim { id index claimant { id name { en de } } reporter { id name { en de } } stance modality sourceClass reading exercise said
  proposition { id at } quantity { amount bound exclusive unit } value text { en de absent } citation { source locator } document { id name { en de } publisher reference } }`

export interface Beside { earlier: boolean, about: string | null, claim: Said }

export interface Part {
  part: Wording | null, proposition: string, status: string, how: string, contested: boolean, claims: Said[], referrals: { to: string, claim: Said }[], see: string | null
  details: Said[], sum: Sum[], extent: Sum[], beside: Beside[], leftOut: number
}

export interface Question {
  id: string, text: Wording, bodies: Named[], operation: string
  answer: {
    status: string | null, contested: boolean, parts: Part[], beside: Beside[], leftOut: number, asOf: number
    reach: null | { from: string, to: string, verdict: string, path: Said[], forbiddenBy: Said[], deniedBy: Said[] }
  }
}

const total = 'fragment Total on QuantitySum { unit entries atLeast atMost exact about }'

export const questionnaire = `query Questionnaire { questions { id text { en de } bodies { id name { en de } } operation answer { status contested asOf leftOut
  parts { part { en de } proposition status how contested claims { ...Said } referrals { to claim { ...Said } } see details { ...Said }
    sum { ...Total } extent { ...Total } beside { earlier about claim { ...Said } } leftOut }
  beside { earlier about claim { ...Said } } reach { from to verdict path { ...Said } forbiddenBy { ...Said } deniedBy { ...Said } } } } }
${said} ${total}`
