import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, expect, test, vi } from 'vitest'

let locator: (typeof import('./locator'))['locator'], settings: (typeof import('./settings.svelte'))['settings']
beforeAll(async () => {
  vi.stubGlobal('navigator', { language: 'en' })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem() {} })
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem() {} })
  locator = (await import('./locator')).locator
  settings = (await import('./settings.svelte')).settings
})

test.each([
  ['question 1b', 'question 1b', 'Frage 1b'],
  ['questions 4b and 6', 'questions 4b and 6', 'Fragen 4b und 6'],
  ['answer', 'in the answer', 'in der Antwort'],
  ['quoted by the questioners of bt-19-18172', 'as quoted by the questioners in BT-Drucksache 19/18172', 'wie von den Fragestellern in BT-Drucksache 19/18172 zitiert'],
  ['answer 13; cited in bt-19-18172', 'answer 13, as cited in BT-Drucksache 19/18172', 'Antwort 13, wie in BT-Drucksache 19/18172 zitiert'],
  ['question 11, on Art. 43(4)', 'question 11, on Art. 43(4)', 'Frage 11, zu Art. 43(4)'],
  ['text of the questioners, citing bt-19-5954 and bt-19-1908', 'in the text of the questioners, citing BT-Drucksache 19/5954 and BT-Drucksache 19/1908', 'im Text der Fragesteller, unter Berufung auf BT-Drucksache 19/5954 und BT-Drucksache 19/1908'],
  ['somewhere on the back', null, null],
  ['question 1, on the back', null, null],
])('%s', (given, en, de) => {
  settings.language = 'en'
  expect(locator(given)).toBe(en)
  settings.language = 'de'
  expect(locator(given)).toBe(de)
})

test('every locator of the public record is worded', () => {
  const record = new URL('../../fixtures/record/', import.meta.url), all = readdirSync(record).filter((f) => f.endsWith('.json')).flatMap((f) => [...readFileSync(new URL(f, record), 'utf8').matchAll(/"locator": "([^"]*)"/g)].map((m) => m[1]))
  expect(all.length).toBeGreaterThan(100)
  expect([...new Set(all)].filter((l) => locator(l) === null)).toEqual([])
})
