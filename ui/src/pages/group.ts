import type { At, Hop } from './image'

/** One hop, or many alike that stand as one with their count. */
export interface Item { key: string, /** Number of the first hop, from 1. */ n: number, hops: Hop[] }

const many = 12, alike = 4

/** Where an image is, as a key. */
export const place = (a: At) => (a.organisation?.id ?? a.country ?? '') + '\0' + (a.system?.id ?? '')

/**
 * Groups hops of one depth that are alike (what they are, from where, to where, how they are known), where a depth has too many of them. Each depth
 * is decided by itself, so what is shown stays as it is when hops further on are added. Groups whose key is in open are shown hop by hop.
 */
export function group(hops: Hop[], open: ReadonlySet<string>): Item[] {
  const depths = new Map<number, number>(), counts = new Map<string, number>()
  const key = (h: Hop) => [h.depth, h.edge, h.standing, h.exercise, h.from ? place(h.from) : '', h.to ? place(h.to) : ''].join('\x01')
  for (const h of hops) {
    depths.set(h.depth, (depths.get(h.depth) ?? 0) + 1)
    counts.set(key(h), (counts.get(key(h)) ?? 0) + 1)
  }
  const items: Item[] = [], groups = new Map<string, Item>()
  hops.forEach((h, i) => {
    const k = key(h)
    if (depths.get(h.depth)! <= many || counts.get(k)! < alike || open.has(k)) { items.push({ key: k, n: i + 1, hops: [h] }); return }
    const g = groups.get(k)
    if (g) { g.hops.push(h); return }
    const item = { key: k, n: i + 1, hops: [h] }
    groups.set(k, item)
    items.push(item)
  })
  return items
}
