import type { At, Hop, Layout } from './image'

/** One hop, or many alike that stand as one with their count. */
export interface Item { /** Number of the first hop, from 1. */ n: number, hops: Hop[], /** Where the group stands; null: it is one hop. */ group: Layout['groups'][number] | null }

/** Where an image is, as a key. */
export const place = (a: At | null) => (a?.organisation?.id ?? a?.country ?? '') + '\0' + (a?.system?.id ?? '')

/** What is shown: hops one by one, but for those that are alike, unless the number of the first of them is in open. */
export function items(hops: readonly Hop[], groups: Layout['groups'], open: ReadonlySet<number>): Item[] {
  const of = new Map(groups.filter((g) => !open.has(g.hops[0])).flatMap((g) => g.hops.map((n) => [n, g] as const)))
  return hops.flatMap((h, i): Item[] => {
    const n = i + 1, group = of.get(n) ?? null
    if (!group) return [{ n, hops: [h], group }]
    return group.hops[0] === n ? [{ n, hops: group.hops.map((m) => hops[m - 1]), group }] : []
  })
}
