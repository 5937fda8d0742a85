import { beforeAll, describe, expect, test, vi } from 'vitest'

let f: typeof import('./format'), settings: (typeof import('./settings.svelte'))['settings']
beforeAll(async () => {
  vi.stubGlobal('navigator', { language: 'en' })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem() {} })
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem() {} })
  f = await import('./format')
  settings = (await import('./settings.svelte')).settings
})

describe('times say no more than the source said', () => {
  test.each([
    ['2020', '2020', '2020'],
    ['2020-04', 'April 2020', 'April 2020'],
    ['2020-04-07', '7 Apr 2020', '07.04.2020'],
    ['2026-05-01T09:00:00Z', '1 May 2026, 09:00:00 UTC', '01.05.2026, 09:00:00 UTC'],
    ['../2019', 'until 2019', 'bis 2019'],
    ['2019/..', 'from 2019', 'ab 2019'],
    ['2019/2020-02', '2019 – February 2020', '2019 – Februar 2020'],
  ])('%s', (p, en, de) => {
    settings.language = 'en'
    expect(f.period(p)).toBe(en)
    settings.language = 'de'
    expect(f.period(p)).toBe(de)
  })
})

test('one is not said in the plural', () => {
  settings.language = 'de'
  expect(f.amount({ amount: 1, bound: 'AT_LEAST', exclusive: false, unit: 'IMAGE' })).toBe('mindestens 1 Bild')
  expect(f.sum({ unit: 'CAMERA', entries: 1, atLeast: 1, atMost: null, exact: false, about: null })).toBe('mindestens 1 Kamera')
  expect(f.sum({ unit: 'IMAGE', entries: 1, atLeast: 1, atMost: 3, exact: false, about: null })).toBe('1–3 Bilder')
})

test('quantities keep their bounds', () => {
  settings.language = 'en'
  expect(f.amount({ amount: 2000, bound: 'AT_LEAST', exclusive: true, unit: 'images' })).toBe('more than 2,000 images')
  settings.language = 'de'
  expect(f.amount({ amount: 2000, bound: 'ABOUT', exclusive: false, unit: 'images' })).toBe('etwa 2.000 images')
  settings.language = 'en'
  expect(f.sum({ unit: 'images', entries: 1, atLeast: 5, atMost: null, exact: false, about: null })).toBe('at least 5 images')
  expect(f.sum({ unit: 'images', entries: 1, atLeast: 0, atMost: 0, exact: false, about: 7 })).toBe('about 7 images')
  expect(f.sum({ unit: 'images', entries: 1, atLeast: 5, atMost: 5, exact: true, about: null })).toBe('5 images')
})

test('a wording that is there in one language only is shown with its language', () => {
  settings.language = 'de'
  expect(f.wording({ en: 'yes', de: null })).toEqual({ text: 'yes', lang: 'en' })
  expect(f.wording({ en: null, de: null })).toBeNull()
})

test('one thing is said in the singular', async () => {
  settings.language = 'en'
  const { say } = await import('./words')
  expect([say('rd.rows', { n: '1' }), say('rd.rows', { n: '11' }), say('e.more', { n: '1' })]).toEqual(['1 row', '11 rows', '1 entry shown, there are more'])
})
