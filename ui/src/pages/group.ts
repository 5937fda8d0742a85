import type { At, Hop } from './image'

/** One hop, or many alike that stand as one with their count. */
export interface Item<H extends Hop = Hop> { key: string, /** Number of the first hop, from 1. */ n: number, hops: H[] }

const many = 12, alike = 4

/** Where an image is, as a key. */
export const place = (a: At) => (a.organisation?.id ?? a.country ?? '') + '\0' + (a.system?.id ?? '')

/**
 * Groups hops of one depth that are alike (what they are, from where, to where, how they are known), where a depth has too many of them. Each depth,
 * and what came with one question, is decided by itself, so what is shown stays as it is when hops are added. Groups whose key is in open are shown hop by hop.
 */
export function group<H extends Hop & { batch?: number }>(hops: H[], open: ReadonlySet<string>): Item<H>[] {
  const depths = new Map<string, number>(), counts = new Map<string, number>()
  const level = (h: H) => h.depth + '/' + (h.batch ?? 0)
  const key = (h: H) => [level(h), h.edge, h.standing, h.exercise, h.from ? place(h.from) : '', h.to ? place(h.to) : ''].join('\x01')
  for (const h of hops) {
    depths.set(level(h), (depths.get(level(h)) ?? 0) + 1)
    counts.set(key(h), (counts.get(key(h)) ?? 0) + 1)
  }
  const items: Item<H>[] = [], groups = new Map<string, Item<H>>()
  hops.forEach((h, i) => {
    const k = key(h)
    if (depths.get(level(h))! <= many || counts.get(k)! < alike || open.has(k)) { items.push({ key: k, n: i + 1, hops: [h] }); return }
    const g = groups.get(k)
    if (g) { g.hops.push(h); return }
    const item = { key: k, n: i + 1, hops: [h] }
    groups.set(k, item)
    items.push(item)
  })
  return items
}
