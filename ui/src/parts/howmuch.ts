import { number } from '../format'
import { say, term } from '../words'
import type { Bounds, Flow } from '../pages/sums'

// How much flows are, in words: the same in the map, in the matrix and in the table.

export const bounds = (b: Bounds): string => b.atLeast === b.atMost ? number(b.atLeast) : number(b.atLeast) + '–' + number(b.atMost)

/** The transfers of all of them. */
export const together = (flows: readonly Flow[]): Bounds => flows.reduce((n, f) => ({ atLeast: n.atLeast + f.transfers.atLeast, atMost: n.atMost + f.transfers.atMost }), { atLeast: 0, atMost: 0 })

/** Flows of one standing: how many transfers are recorded, and how many claims speak of them. What nobody counted is no 0. */
export function told(standing: string, flows: readonly Flow[]): string {
  const n = together(flows), claims = flows.reduce((n, f) => n + f.words.length, 0)
  return [term('standing', standing), n.atMost && say('fl.n', { n: bounds(n) }), claims && say('fl.words', { n: number(claims) })].filter(Boolean).join(', ')
}
