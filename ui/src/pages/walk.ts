import type { Hop } from './image'

/** A copy of an image, an image in a place, as the address has it. */
export interface Copy { image: string, place: string }

/** A step beyond the depth: the key of a copy, out of which one hop more is shown, or one hop more everywhere. */
export type Step = string
export const everywhere: Step = 'all'

const spot = (a: Hop['to']) => a?.system?.id ?? a?.organisation?.id ?? ''

/** The copy that a hop leads to, in the direction that is followed; null where the record names no such image or place. */
export function leadsTo(h: Hop, up: boolean): Copy | null {
  const image = up ? h.image : h.child ?? h.image, place = up && h.edge !== 'DERIVATION' ? spot(h.from) : spot(h.to)
  return image && place && !place.includes(',') ? { image, place } : null
}

export const copyKey = (c: Copy): string => c.image + '~' + c.place

export function copyOf(key: string): Copy { return { image: key.slice(0, 22), place: key.slice(23) } }

/** Steps as the server takes them: null is everywhere. */
export const onward = (steps: readonly Step[]): (Copy | null)[] => steps.map((s) => s === everywhere ? null : copyOf(s))
