import { expect, test } from 'vitest'
import { group } from './group'
import type { Hop } from './image'

const hop = (depth: number, to: string, edge = 'SHOWING') => ({ depth, edge, standing: 'RECORDED', exercise: true, from: null, to: { system: { id: to }, organisation: null, country: null } }) as unknown as Hop
const shown = (hops: Hop[], open = new Set<string>()) => group(hops, open).map((i) => (i.hops.length > 1 ? i.hops.length + '×' : '') + i.n).join(' ')
const few = [hop(0, 'a', 'CAPTURE'), hop(1, 'b'), hop(1, 'b'), hop(1, 'b'), hop(1, 'b')]
const many = [...Array.from({ length: 10 }, () => hop(2, 'c')), hop(2, 'd'), hop(2, 'd'), hop(2, 'd'), hop(2, 'c')]

test('few hops stand one by one, many alike as one with their count', () => {
  expect(shown(few)).toBe('1 2 3 4 5')
  expect(shown([...few, ...many])).toBe('1 2 3 4 5 11×6 16 17 18')
})

test('a group is opened, and what stands before it stays', () => {
  const all = [...few, ...many], [g] = group(all, new Set()).filter((i) => i.hops.length > 1)
  expect(shown(all, new Set([g.key]))).toBe(all.map((_, i) => i + 1).join(' '))
  expect(shown([...all, ...Array.from({ length: 20 }, () => hop(3, 'c'))])).toBe('1 2 3 4 5 11×6 16 17 18 20×20')
})
