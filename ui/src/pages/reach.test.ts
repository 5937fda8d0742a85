import { beforeAll, expect, test, vi } from 'vitest'
import { classes } from '../addresses'

let r: typeof import('./reach')
beforeAll(async () => {
  vi.stubGlobal('navigator', { language: 'en' })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem() {} })
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem() {} })
  r = await import('./reach')
})

test('a question is the same after it stood in the address', () => {
  for (const asked of [
    { kind: 'country', from: 'DE', to: 'ifrs', by: '', through: [...r.usual], exercise: false, asof: '' },
    { kind: 'place', from: 'a:b', to: 'x', by: '2020-04-07', through: ['CLAIMS'], exercise: true, asof: '400' },
    { kind: 'image', from: 'AAAA', to: 'x', by: '', through: [...classes], exercise: false, asof: '' },
  ] as const) expect(r.fromAddress(new URLSearchParams(Object.entries(r.toAddress({ ...asked, through: [...asked.through] })).filter(([, v]) => v)))).toEqual(asked)
})

test('nothing but recorded steps of single images is a choice, too', () => {
  const none = r.fromAddress(new URLSearchParams({ from: 'country:DE', to: 'ifrs', through: r.toAddress({ kind: 'country', from: 'DE', to: 'ifrs', by: '', through: [], exercise: false, asof: '' }).through }))
  expect(r.variables(none).through).toEqual([])
  expect(r.variables(none)).toMatchObject({ from: { country: 'DE' }, to: 'ifrs', by: null })
})
