import { expect, test } from 'vitest'
import { countEnds } from './ends'

const count = (ids: string[], level: 'SYSTEM' | 'ORGANISATION' | 'COUNTRY') => Object.fromEntries(countEnds(ids, level, (id) => ['inpol', 'first'].includes(id), (id) => ['bka', 'first'].includes(id)))

test('ends are counted as what they are', () => {
  expect(count(['inpol', 'inpol', 'bka', 'first', 'x', '?EMPTY', '?WITHHELD_BY_SOURCE'], 'SYSTEM')).toEqual({ SYSTEM: 2, ORGANISATION: 1, PLACE: 1, UNNAMED: 2 })
  expect(count(['bka', 'first', 'inpol'], 'ORGANISATION')).toEqual({ SYSTEM: 1, ORGANISATION: 2 })
  expect(count(['DE', 'FR', '?EMPTY', '?OUT_OF_SCOPE'], 'COUNTRY')).toEqual({ COUNTRY: 2, NO_COUNTRY: 1, UNNAMED: 1 })
})
