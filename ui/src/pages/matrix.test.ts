import { expect, test } from 'vitest'
import { axis, matrix, next } from './matrix'
import type { Flow } from './sums'

const flow = (from: string, to: string, n: number, standing = 'RECORDED'): Flow => ({
  key: from + to + standing, from, to, standing, transfers: { atLeast: n, atMost: n }, sent: n, received: 0, other: 0, unplaced: 0, exercise: 0, entries: n, uncertain: { entries: 0, exercise: 0 }, moved: [], unstated: 0, words: [], earnest: 0,
})
const room = (rows: number) => ({ rows, open: [], countryOf: (id: string) => ({ a: 'FR', b: 'DE', c: 'FR' })[id] ?? '' })
const flows = [flow('a', 'b', 120), flow('b', 'a', 3), flow('a', 'a', 9), flow('c', 'b', 10, 'CONTESTED'), flow('a', 'b', 0, 'CLAIMED'), flow('d', 'c', 0, 'DENIED')]

test('both sides are in one order: by amount, or country by country', () => {
  expect(axis(flows, () => '', room(9), 'amount').map((s) => s.id)).toEqual(['a', 'b', 'c', 'd'])
  expect(axis(flows, () => '', room(9), 'country').map((s) => s.id)).toEqual(['b', 'a', 'c', 'd'])
})

test('a cell has all that goes from one to the other, its amount and its standings', () => {
  const m = matrix(flows, axis(flows, () => '', room(9), 'amount')), cell = (row: number, column: number) => m.cells.find((c) => c.row === row && c.column === column)!
  expect(m.cells).toHaveLength(5)
  expect(cell(0, 1)).toMatchObject({ standing: 'RECORDED', marked: ['CLAIMED'], shade: 3, amount: { atLeast: 120, atMost: 120 } })
  expect(cell(0, 0)).toMatchObject({ shade: 1 })
  expect(cell(2, 1)).toMatchObject({ standing: 'CONTESTED', marked: ['CONTESTED'], shade: 2 })
  expect(cell(3, 2)).toMatchObject({ standing: 'DENIED', shade: 0 })
})

test('keys lead from cell to cell, and each is reached', () => {
  const { cells } = matrix(flows, axis(flows, () => '', room(9), 'amount')), at = (row: number, column: number) => cells.findIndex((c) => c.row === row && c.column === column)
  expect(next(cells, at(0, 1), 'down')).toBe(at(2, 1))
  expect(next(cells, at(2, 1), 'down')).toBe(at(3, 2)) // nothing is below it: the next row
  expect(next(cells, at(3, 2), 'up')).toBe(at(2, 1))
  expect(next(cells, at(0, 1), 'first')).toBe(at(0, 0))
  expect(next(cells, at(0, 0), 'left')).toBe(0)
  const seen = new Set([0])
  for (let i = 0; seen.size < cells.length && i < 99; i++) seen.add(next(cells, [...seen].at(-1)!, 'right'))
  expect(seen.size).toBe(cells.length)
})
