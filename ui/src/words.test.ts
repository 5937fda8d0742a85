import { beforeAll, expect, test, vi } from 'vitest'

import { registerWords } from './words/register'
import { signedWords } from './words/signed'
import { termWords } from './words/terms'

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

test('what is not there is told of what may be seen alone', () => {
  as('dpo')
  for (const [language, part] of [['en', /you (may )?see|(to|for) you|seen/i], ['de', /für Sie|Sie .*sehen dürfen|Sie dürfen|unbekannt/i]] as const) {
    settings.language = language
    for (const word of ['holding.NO_END_RECORDED', 'im.notbegun', 'im.noholdings', 'im.nosightings', 'im.nohops', 'im.end', 'im.onward.none', 'tk.open', 'tk.open.why', 'e.all', 'e.lead', 'e.unmatched', 'ev.unmatched', 'ev.overdue', 'ev.unknown', 'fl.tally', 'fl.tally.none', 'fl.notrecorded',
      'lv.waiting', 'pk.unknown', 'rc.unknown.place', 'rc.nowords', 'rd.nothing', 'status.NOT_IN_RECORD', 'why.NOT_IN_RECORD', 'how.UNSAID', 'standing.why.CLAIMED', 'standing.why.DENIED', 'standing.why.NO_INFORMATION', 'tk.all', 'tk.all.n'] as const) {
      expect([word, w.say(word)]).toEqual([word, expect.stringMatching(part)])
    }
    for (const word of ['e.all', 'fl.tally', 'tk.all.n'] as const) expect([word, w.say(word, { n: '1' })]).toEqual([word, expect.stringMatching(part)])
  }
})

test('what is declared is, in German, entered in the register: "erklärt" is what somebody says', () => {
  settings.language = 'de'
  const german = [...Object.values({ ...registerWords, ...signedWords, ...termWords }).filter(([english]) => /declar/i.test(english)).map(([, german]) => german), w.term('kind', 'DECLARE'), w.say('field.declares')]
  expect(german.length).toBeGreaterThan(8)
  expect(german.filter((word) => /erklär/i.test(word))).toEqual([])
})

test('"Stand" is the entry as of which something holds, and nothing else', () => {
  settings.language = 'de'
  expect([w.say('col.standing'), w.say('field.state'), w.say('src.state')]).toEqual(['Beleglage', 'Status', 'Status'])
  expect(w.say('asof', { n: '7' })).toBe('Stand des Protokolls: 7 Einträge')
})
