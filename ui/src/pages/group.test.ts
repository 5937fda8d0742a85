import { expect, test } from 'vitest'
import { items } from './group'
import type { Hop } from './image'

const hops = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ entry: id })) as unknown as Hop[], groups = [{ hops: [2, 4], x: 1, begin: 0, end: 2 }, { hops: [3, 5], x: 9, begin: 8, end: 9 }]
const shown = (...open: number[]) => items(hops, groups, new Set(open)).map((i) => (i.group ? i.hops.length + '×' : '') + i.n + i.hops.map((h) => h.entry).join('')).join(' ')

test('hops alike stand where the first of them is, and each by itself when they are opened', () => {
  expect(shown()).toBe('1a 2×2bd 2×3ce')
  expect(shown(2)).toBe('1a 2b 2×3ce 4d')
  expect(shown(2, 3)).toBe('1a 2b 3c 4d 5e')
  expect(shown(4, 99)).toBe(shown()) // no group begins there
})
