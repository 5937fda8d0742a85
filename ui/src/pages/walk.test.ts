import { expect, test } from 'vitest'
import type { Hop } from './image'
import { grow, leadsTo } from './walk'

const hop = (entry: string, from: string | null, to: string, more: Partial<Hop> = {}): Hop => ({
  depth: 1, edge: 'TRANSFER', kind: 'DISCLOSE', entry, index: 1, counterpart: null, image: 'i', child: null, from: from ? { system: { id: from, name: null }, organisation: null, country: null } : null,
  to: { system: { id: to, name: null }, organisation: null, country: null }, left: null, came: null, purpose: null, basis: [], exercise: true, standing: 'RECORDED', consent: { state: 'UNKNOWN', entry: null }, claims: [], ...more,
})

test('what is shown keeps its place when more comes, and goes when it is no longer asked for', () => {
  const one = grow([], [hop('a', null, 'x'), hop('c', 'x', 'z')], 0)
  expect(one.map((h) => [h.entry, h.batch])).toEqual([['a', 0], ['c', 0]])
  const two = grow(one, [hop('a', null, 'x'), hop('b', 'x', 'y'), hop('c', 'x', 'z')], 1)
  expect(two.map((h) => [h.entry, h.batch])).toEqual([['a', 0], ['c', 0], ['b', 1]])
  expect(grow(two, [hop('b', 'x', 'y'), hop('c', 'x', 'z')], 2).map((h) => h.entry)).toEqual(['c', 'b'])
})

test('where one goes on from', () => {
  expect(leadsTo(hop('a', 'x', 'y'), false)).toEqual({ image: 'i', place: 'y' })
  expect(leadsTo(hop('a', 'x', 'y'), true)).toEqual({ image: 'i', place: 'x' })
  expect(leadsTo(hop('a', 'x', 'x', { edge: 'DERIVATION', child: 'k' }), false)).toEqual({ image: 'k', place: 'x' })
  expect(leadsTo(hop('a', null, 'y'), true)).toBeNull()
})
