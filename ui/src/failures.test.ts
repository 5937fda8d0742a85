import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { problemOf } from './problem'
import { codes, cutWord, waitOf, waysOf, wordOf } from './failures'
import { failureWords } from './words/failures'

const go = (dir: string) => readdirSync('../' + dir).filter((f) => f.endsWith('.go') && !f.endsWith('_test.go')).map((f) => readFileSync(`../${dir}/${f}`, 'utf8')).join('\n')

/** Codes of answers to who hands events in; nobody who reads meets them. */
const intake = ['QUEUE_FULL', 'UNKNOWN_SOURCE', 'SOURCE_ENDED', 'DUPLICATE_EVENTS', 'SEQUENCE_FORKED', 'SEQUENCE_SKIPPED', 'BAD_PREVIOUS', 'BATCH_TOO_LARGE', 'EVENTS_REFUSED']
/** Codes of answers to who destroys keys, at the command line of the log's own machine. */
const redaction = ['NAMES_SUBJECT', 'SAME_APPROVER']

test('every code that the server can answer a reader with has words and ways on', () => {
  const found = new Set<string>()
  for (const [text, like] of [
    [go('graph'), /\bCode\w+\s+= "([A-Z_]+)"/g],
    [go('schema'), /&coded\{"([A-Z_]+)"/g], [go('schema'), /\bcode\w*\s+:?= "([A-Z_]+)"/g], [go('schema'), /WriteProblem\([^,]+,[^,]+, "([A-Z_]+)"/g],
    [go('ingest/access'), /refusal\{[^,]+, "([A-Z_]+)"/g], [go('cmd/lichtspur'), /WriteProblem\([^,]+,[^,]+, "([A-Z_]+)"/g],
  ] as const) {
    const own = [...text.matchAll(like)].map((m) => m[1])
    expect(own.length, String(like)).toBeGreaterThan(0)
    for (const code of own) found.add(code)
  }
  expect(found).toContain('NOT_READY')
  expect(found).toContain('EXPIRED_TOKEN')
  const own = ['NETWORK', 'NO_ANSWER', 'HTTP', 'ERROR'] // of the page
  expect([...found].filter((c) => !intake.includes(c) && !redaction.includes(c)).sort()).toEqual(codes.filter((c) => !own.includes(c)).sort())
  for (const code of codes) expect(failureWords[('fail.' + code) as keyof typeof failureWords]?.every((w) => w.length > 20), code).toBe(true)
})

test('trying again is offered where it can help, and nowhere else', () => {
  for (const code of ['NETWORK', 'NOT_READY', 'BUSY', 'TIMEOUT', 'INTERNAL', 'HTTP_502']) expect(waysOf(code), code).toContain('again')
  for (const code of ['BAD_ARGUMENT', 'NOT_FOUND', 'TOO_COSTLY', 'FORBIDDEN', 'NO_TOKEN', 'UNTRUSTED_DOCUMENT', 'GRAPHQL_VALIDATION_FAILED']) expect(waysOf(code), code).not.toContain('again')
  expect(wordOf('HTTP_413')).toBe('fail.HTTP')
  expect(wordOf('SOMETHING_NEW')).toBe('fail.ERROR')
  expect(wordOf('constructor')).toBe('fail.ERROR')
})

test('what went wrong is read from any answer', () => {
  const answer = (status: number, body: unknown, after?: string) => problemOf({ ok: status < 300, status, headers: new Headers(after ? { 'Retry-After': after } : {}) }, body)
  expect(answer(200, { data: {} })).toBe(null)
  expect(answer(503, { errors: [{ message: 'm', extensions: { code: 'BUSY' } }] }, '5')).toMatchObject({ code: 'BUSY', message: 'm', status: 503, after: 5 })
  expect(answer(200, { data: null, errors: [{ message: 'm', extensions: { code: 'TIMEOUT' } }] })).toMatchObject({ code: 'TIMEOUT', after: 0 })
  expect(answer(401, { code: 'NO_TOKEN', title: 'Unauthorized', detail: 'd' })).toMatchObject({ code: 'NO_TOKEN', message: 'd' })
  expect(answer(502, null)).toMatchObject({ code: 'HTTP_502' })
  expect(answer(200, null)).toMatchObject({ code: 'NO_ANSWER' })
  expect(answer(429, null, 'Wed, 21 Oct 2015 07:28:00 GMT')).toMatchObject({ code: 'HTTP_429', after: 0 })
  expect(waitOf({ after: 9999 })).toBe(120)
})

test('why a list is not whole is said in the words of the page', () => {
  const reason = /reasonOpened = fmt\.Sprintf\("([^"]+)"/.exec(go('graph'))![1]
  expect(cutWord(reason)).toBe('incomplete.opened')
  expect(cutWord('something else')).toBe('')
})
