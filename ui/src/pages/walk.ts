import type { Hop } from './image'

/** A hop that is shown, and with which question it came. */
export interface Shown extends Hop { key: string, batch: number }

/** A copy of an image, an image in a place, as the address has it. */
export interface Copy { image: string, place: string }

const spot = (a: Hop['to']) => a?.system?.id ?? a?.organisation?.id ?? ''

export const hopKey = (h: Hop): string => [h.edge, h.kind, h.entry, h.image, h.child, spot(h.from), spot(h.to), h.left, h.came].join('\x01')

/** The copy that a hop leads to, in the direction that is followed; null where the record names no such image or place. */
export function leadsTo(h: Hop, up: boolean): Copy | null {
  const image = up ? h.image : h.child ?? h.image, place = up && h.edge !== 'DERIVATION' ? spot(h.from) : spot(h.to)
  return image && place && !place.includes(',') ? { image, place } : null
}

export const copyKey = (c: Copy): string => c.image + '~' + c.place

export function copyOf(key: string): Copy { return { image: key.slice(0, 22), place: key.slice(23) } }

/**
 * What is shown after an answer: what was shown before keeps its place and number, what is new stands behind it, what the answer lacks is gone.
 * Where nothing was shown before, the answer's own order holds.
 */
export function grow(shown: readonly Shown[], answer: readonly Hop[], batch: number): Shown[] {
  const wanted = new Map(answer.map((h) => [hopKey(h), h])), out: Shown[] = []
  for (const s of shown) {
    const h = wanted.get(s.key)
    if (h) { out.push({ ...h, depth: s.depth, key: s.key, batch: s.batch }); wanted.delete(s.key) }
  }
  for (const [key, h] of wanted) out.push({ ...h, key, batch })
  return out
}
