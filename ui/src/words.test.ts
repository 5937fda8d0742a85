import { beforeAll, expect, test, vi } from 'vitest'

let w: typeof import('./words'), v: typeof import('./visit.svelte'), settings: (typeof import('./settings.svelte'))['settings']
beforeAll(async () => {
  vi.stubGlobal('navigator', { language: 'en' })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem() {} })
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem() {} })
  w = await import('./words')
  v = await import('./visit.svelte')
  settings = (await import('./settings.svelte')).settings
})

const as = (role: string | null) => { v.visit.me = role === null ? null : { name: 'somebody', role, organisations: [] } }

test('no verdict but the recorded one is given as if all were seen, to whom a part is shown or whom the server has not named', () => {
  for (const role of ['dpo', null]) {
    as(role)
    for (const verdict of ['POSSIBLE', 'DENIED', 'UNKNOWN', 'NO_RECORDED_PATH']) for (const [language, part] of [['en', 'you may see'], ['de', 'Sie sehen dürfen']] as const) {
      settings.language = language
      for (const word of ['rc.', 'verdict.']) expect(w.term(word.slice(0, -1), verdict)).toContain(part)
      expect(w.term('rc.why', verdict)).toMatch(/you may( not)? see|Sie( es)?( nicht)? sehen dürfen/)
    }
  }
})

test('who oversees is told of the whole', () => {
  as('oversight')
  settings.language = 'de'
  expect(w.say('rc.NO_RECORDED_PATH')).toBe('Nichts Aufgezeichnetes oder Behauptetes führt dorthin')
})
