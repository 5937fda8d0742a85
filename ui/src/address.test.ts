import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { check, firstDay, isTime, lastDay, parse, without } from './address'
import * as a from './addresses'

const at = (hash: string) => { const asked = parse(hash); return check(asked, a.addresses[asked.page]) }
const told = (hash: string) => at(hash).wrong.map((w) => `${w.name}=${w.value} ${w.why}`)

test('what a page takes stays as it is', () => {
  for (const hash of [
    '#/overview/inpol?level=system&since=2025-03&until=2025&kinds=QUERY,ENROL&hide=CLAIMED&countries=DE,US&bases=a, b|c&days=2025-03-01/2025-04-30&untimed=0&rows=80&exercise=only',
    '#/overview/%3FEMPTY', '#/overview?days=2025-03/2025-03', '#/overview/DE?level=country', '#/events?kinds=DISCLOSE&organisations=bka&asof=17&order=OCCURRED&columns=index,kind&exercise=without&unmatched=1&since=2025-03-01T12:00:00Z',
    '#/event/17', '#/event/AAAAAAAAAAAAAAAAAAAAAA', '#/image/BBBBBBBBBBBBBBBBBBBBBA?way=up&hops=3', '#/reach?from=country:DE&to=ifrs&by=2020-04-07&through=BULK,CLAIMS&exercise=1',
    '#/reach?through=none', '#/register/keys', '#/readers?roles=dpo&ways=BUNDLE&purposes=REPORTING', '#/questions/BT-1b?status=PENDING&contested=1', '#/live?kinds=QUERY', '#/graphql',
  ]) {
    expect(told(hash), hash).toEqual([])
    const asked = parse(hash), { route } = at(hash)
    expect({ ...route, params: [...route.params].sort() }).toEqual({ ...asked, params: [...asked.params].sort() })
  }
})

test('what it does not take is left out and told', () => {
  for (const [hash, ...wrong] of [
    ['#/overview?from=banana', 'from=banana unknown'], ['#/overview?since=banana', 'since=banana date'], ['#/overview?since=2025-02-30&until=2025-13', 'since=2025-02-30 date', 'until=2025-13 date'],
    ['#/overview?level=planet&hide=CLAIMED,LOUD&rows=many', 'level=planet choice', 'hide=LOUD choice', 'rows=many number'], ['#/overview?days=2025-04-30/2025-03-01', 'days=2025-04-30/2025-03-01 span'],
    ['#/overview/Atlantis?level=country&countries=DE,Germany', '=Atlantis id', 'countries=Germany country'], ['#/overview?since=2025-04&until=2025-03', 'since=2025-04 order', 'until=2025-03 order'],
    ['#/register/zzz', '=zzz choice'], ['#/reach?origin=nosuch', 'origin=nosuch unknown'], ['#/reach?from=DE&by=2020', 'from=DE origin', 'by=2020 date'], ['#/reach?from=image:x', 'from=image:x origin'],
    ['#/event/abc', '=abc entry'], ['#/image/nosuch?hops=0&way=left', '=nosuch pseudonym', 'way=left choice', 'hops=0 number'],
    ['#/image/sha256:' + '0'.repeat(64), '=sha256:' + '0'.repeat(64) + ' digest'],
    ['#/events?exercise=banana&unmatched=yes&asof=-1&order=UP&columns=index,shoes&missing=NERVE&kinds=SONG', 'exercise=banana choice', 'unmatched=yes choice', 'asof=-1 number', 'order=UP choice', 'columns=shoes choice', 'missing=NERVE choice', 'kinds=SONG choice'],
    ['#/events?since=2025&since=2026', 'since=2026 twice'], ['#/events?constructor=1&toString=2', 'constructor=1 unknown', 'toString=2 unknown'], ['#/events/17', '=17 unknown'],
    ['#/readers?roles=king&purposes=FUN&ways=TALK', 'roles=king choice', 'purposes=FUN choice', 'ways=TALK choice'], ['#/questions?status=MAYBE&contested=no', 'status=MAYBE choice', 'contested=no choice'],
    ['#/live?asof=3&order=OCCURRED', 'asof=3 unknown', 'order=OCCURRED unknown'], ['#/graphql?query=x', 'query=x unknown'],
  ]) {
    expect(told(hash).sort(), hash).toEqual(wrong.sort())
    const left = [...at(hash).route.params.values(), at(hash).route.at]
    for (const w of wrong) expect(left, hash).not.toContain(w.slice(w.indexOf('=') + 1, w.lastIndexOf(' ')).replace(/^$/, '\0'))
  }
  expect(at('#/events?kinds=QUERY,SONG').route.params.get('kinds')).toBe('QUERY')
})

test('ids that only the record can know are named', () => {
  expect(at('#/events?organisations=bka,nosuch&from=x&asof=9').names.map((n) => [n.of, n.id])).toEqual([['organisation', 'bka'], ['organisation', 'nosuch'], ['place', 'x'], ['size', '9']])
  expect(at('#/reach?from=organisation:a:b&to=c').names.map((n) => [n.of, n.id, n.value])).toEqual([['organisation', 'a:b', 'organisation:a:b'], ['place', 'c', 'c']])
  expect(at('#/overview/DE?level=country').names).toEqual([])
})

test('one value is taken out and nothing else', () => {
  const out = (hash: string, name: string, value: string, why?: string) => { const asked = parse(hash); return without(asked, a.addresses[asked.page], { name, value, why }) }
  expect(out('#/events?kinds=QUERY,SONG&organisations=bka', 'kinds', 'SONG')).toBe('#/events?kinds=QUERY&organisations=bka')
  expect(out('#/events?kinds=SONG', 'kinds', 'SONG')).toBe('#/events')
  expect(out('#/overview/zzz?since=banana', '', 'zzz')).toBe('#/overview?since=banana')
  expect(out('#/overview/zzz?since=banana', 'since', 'banana')).toBe('#/overview/zzz')
  expect(out('#/events?since=2025&since=2026', 'since', '2026', 'twice')).toBe('#/events?since=2025')
})

test('times are in the calendar', () => {
  for (const t of ['2024', '2024-02', '2024-02-29', '2024-02-29T23:59:59Z', '2024-02-29T23:59:59.123456789Z']) expect(isTime(t), t).toBe(true)
  for (const t of ['', '24', '2024-2', '2023-02-29', '2024-00', '2024-02-00', '2024-02-29T24:00:00Z', '2024-02-29T12:00:00', '0000', '2024-02-29 ', 'x2024']) expect(isTime(t), t).toBe(false)
  expect(['', '2024', '2024-02', '2024-02-03', '2024-02-03T10:00:00Z'].map(firstDay)).toEqual(['', '2024-01-01', '2024-02-01', '2024-02-03', '2024-02-03'])
  expect(['', '2024', '2024-02', '2024-02-03', '2024-02-03T10:00:00Z'].map(lastDay)).toEqual(['', '2024-12-31', '2024-02-29', '2024-02-03', '2024-02-03'])
})

test('what may be chosen is what the server knows', () => {
  const sdl = readdirSync('../schema').filter((f) => f.endsWith('.graphql')).map((f) => readFileSync('../schema/' + f, 'utf8')).join('\n').replace(/"""[^]*?"""|"[^"\n]*"/g, '')
  const members = (name: string) => new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(sdl)![1].trim().split(/\s+/).sort()
  for (const [name, all] of Object.entries({ Kind: a.kinds, MissingField: a.missing, EventOrder: a.orders, FlowKey: a.levels, Standing: a.standings, AbsentReason: a.absences, AnswerStatus: a.statuses, EdgeClass: a.classes })) {
    expect([...all].sort(), name).toEqual(members(name))
  }
})

test('a page reads no parameter that it does not declare', () => {
  const names: Record<string, string> = { Overview: 'overview', Questions: 'questions', Events: 'events', Live: 'live', Image: 'image', Readers: 'readers', 'reach.ts': 'reach', 'filter.ts': 'live' }
  for (const [file, page] of Object.entries(names)) {
    const text = readFileSync(`src/pages/${file.includes('.') ? file : file + '.svelte'}`, 'utf8')
    for (const [, name] of text.matchAll(/\b(?:p|list|params\.get)\('(\w+)'\)/g)) expect(Object.keys(a.addresses[page].params), `${file}: ${name}`).toContain(name)
  }
})
