import { expect, test } from 'vitest'
import type { Hop } from './image'
import { copyKey, leadsTo, onward } from './walk'

const hop = (entry: string, from: string | null, to: string, more: Partial<Hop> = {}): Hop => ({
  depth: 1, edge: 'TRANSFER', kind: 'DISCLOSE', entry, index: 1, counterpart: null, image: 'i', child: null, from: from ? { system: { id: from, name: null }, organisation: null, country: null } : null,
  to: { system: { id: to, name: null }, organisation: null, country: null }, left: null, came: null, purpose: null, basis: [], exercise: true, standing: 'RECORDED', consent: { state: 'UNKNOWN', entry: null }, claims: [], ...more,
})

test('where one goes on from', () => {
  expect(leadsTo(hop('a', 'x', 'y'), false)).toEqual({ image: 'i', place: 'y' })
  expect(leadsTo(hop('a', 'x', 'y'), true)).toEqual({ image: 'i', place: 'x' })
  expect(leadsTo(hop('a', 'x', 'x', { edge: 'DERIVATION', child: 'k' }), false)).toEqual({ image: 'k', place: 'x' })
  expect(leadsTo(hop('a', null, 'y'), true)).toBeNull()
})

test('steps as the address has them are those that the server takes', () => {
  const k = copyKey({ image: 'A'.repeat(22), place: 'sis-ii' })
  expect(onward([k, 'all'])).toEqual([{ image: 'A'.repeat(22), place: 'sis-ii' }, null])
})
