import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, expect, test, vi } from 'vitest'

let worded: (typeof import('./vocabulary'))['worded'], known: (typeof import('./vocabulary'))['known'], hasWords: (typeof import('./words'))['hasWords']
beforeAll(async () => {
  vi.stubGlobal('navigator', { language: 'en' })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem() {} })
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem() {} });
  ({ worded, known } = await import('./vocabulary'));
  ({ hasWords } = await import('./words'))
})

const read = (file: string) => readFileSync('../' + file, 'utf8')

/** The vocabularies of graph/event and where their words are; empty: no page shows them (a bound is part of how a quantity is written). */
const closed: Record<string, string> = {
  Kind: 'kind', Operation: 'operation', ImageRole: 'imagerole', InputType: 'input', Mode: 'mode', ResultState: 'result', RecipientClass: 'recipientclass', AuthorisationState: 'authorisation',
  Relation: 'relation', Bound: '', Stance: 'status', Modality: 'modality', SourceClass: 'class', PropositionType: '', DeclarationType: 'declares', SubjectKind: 'subject', KeyUse: 'keyuse',
  AdmitOutcome: 'outcome', Attestation: 'attested', AccessWay: 'way', AccessStage: 'stage',
}

test('every member of a closed vocabulary has words', () => {
  const go = read('graph/event/vocabulary.go')
  const types = [...go.matchAll(/^(?:type |\t)(\w+) string$/gm)].map((m) => m[1])
  expect(types.sort()).toEqual(Object.keys(closed).sort())
  for (const type of types) {
    const members = [...go.matchAll(new RegExp(`^\\t\\w+\\s+${type}\\s+= "(\\w*)"`, 'gm'))].map((m) => m[1])
    expect(members.length, type).toBeGreaterThan(1)
    if (closed[type]) expect(members.filter((m) => m && !hasWords(closed[type], m)), type).toEqual([])
  }
})

test('so have the slugs that the public record and the exercise use', () => {
  const declared = (file: string, of: RegExp) => [...new Set([...read(file).matchAll(of)].map((m) => m[1]))]
  const exercise = readdirSync('../fixtures/exercise').filter((f) => f.endsWith('.go') && !f.endsWith('_test.go')).map((f) => read('fixtures/exercise/' + f)).join('\n')
  const list = (name: string) => [...new RegExp(`\\b${name}\\s+= \\[\\]string\\{([^}]+)`).exec(exercise)![1].matchAll(/"([^"]+)"/g)].map((m) => m[1])
  for (const [vocabulary, members] of Object.entries({
    systemtype: declared('fixtures/record/systems.json', /"type": "([a-z-]+)"/g), anchor: [...declared('fixtures/record/rules.json', /"anchor": "([^"]+)"/g), /Anchor: "([^"]+)"/.exec(exercise)![1]],
    offence: list('offences'), function: list('roles'), method: list('methods'), condition: list('approvalNeeded'), ground: [...exercise.matchAll(/\.Ground = "([^"]+)"/g)].map((m) => m[1]),
  })) {
    expect(members.length, vocabulary).toBeGreaterThan(1)
    expect(members.filter((m) => !hasWords(vocabulary, m)), vocabulary).toEqual([])
  }
})

test('every field of what is declared, linked, erased, reviewed or admitted has a name', () => {
  const go = read('graph/event/event.go')
  for (const type of ['Declaration', ...[...go.matchAll(/^type (\w+Declaration) struct/gm)].map((m) => m[1]), 'Link', 'Denotation', 'Redaction', 'Review', 'Admit']) {
    const fields = [...new RegExp(`^type ${type} struct \\{\\n([^}]+)`, 'm').exec(go)![1].matchAll(/`json:"(\w+)/g)].map((m) => m[1])
    expect(fields.filter((f) => !hasWords('field', f)), type).toEqual([])
  }
})

test('a field is worded by where it stands, and what the page does not know stands as it is', () => {
  expect(worded('input', 'FACE')).toBe('facial image')
  expect(worded('from.class', 'IO')).toBe('international organisation')
  expect(worded('persons 2.role', 'missing')).toBe('missing')
  expect(worded('verifiers 2.role', 'duty-officer')).toBe('duty officer')
  expect(worded('authorisation.by.role', 'judge')).toBe('judge')
  expect(worded('declaration.rule.minimum', 'P1Y')).toBe('1 year')
  expect(worded('declaration.rule.maximum', 'P12M')).toBe('12 months')
  expect(worded('case.offence', 'Other-Slug_x')).toBe('Other-Slug_x')
  expect(worded('unit', 'FACE')).toBe('FACE')
  expect(known('offence', 'constructor')).toBe('constructor')
})
