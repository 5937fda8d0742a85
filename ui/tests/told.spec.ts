import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { eventQuery, proofQuery, type Entry, type Proof } from '../src/pages/event'
import { check } from '../src/verify'
import { expect, test, visit } from './visit'
import type { APIRequestContext } from '@playwright/test'

const key = () => readFileSync('.run/data.keys/log.pub', 'utf8').trim()

type Held = { entry: Entry, proof: Proof }

async function ask(request: APIRequestContext, query: unknown, variables = {}, token = '') {
  const res = await request.post('/graphql', { data: { query, variables }, headers: { 'Lichtspur-Purpose': 'SELF_MONITORING', ...(token && { Authorization: 'Bearer ' + token }) } })
  const body = await res.json()
  if (!body.data) throw new Error(JSON.stringify(body.errors))
  return body.data
}

/** Entries of every kind that there is, the last ones, and those with the most that is rare, as the page asks for them. */
async function sample(request: APIRequestContext, token = ''): Promise<Held[]> {
  const ids = new Set<string>()
  const kinds = ['CAPTURE', 'ENROL', 'DERIVE', 'QUERY', 'CONSULT', 'DISCLOSE', 'RECEIVE', 'COMPARE', 'MATCH', 'TRAIN', 'ERASE', 'RELEASE', 'RESTRICT', 'ADMIT', 'LINK', 'REDACT', 'CLAIM', 'DECLARE', 'CORRECT', 'REVIEW', 'HOLD']
  const filters = [...kinds.map((k) => ({ kinds: [k] })), { sources: ['exercise-sealer'] }, { urgent: true }, { hidden: true }, { bulk: true }, { withheld: ['/justification', '/case'] }, { automated: true }, { held: true }, { results: ['HIT'] }]
  for (const filter of filters) for (const order of ['RECORDED', 'RECORDED_DESC']) {
    const found = await ask(request, 'query($f: EventFilter, $o: EventOrder) { events(filter: $f, order: $o, first: 6) { nodes { id } } }', { f: filter, o: order }, token)
    for (const { id } of found.events.nodes) ids.add(id)
  }
  const [redaction] = token ? [] : (await ask(request, '{ events(filter: { kinds: [REDACT] }) { nodes { json } } }')).events.nodes
  if (redaction) for (const { id } of (await ask(request, 'query($p: ID!) { events(filter: { persons: [{ pseudonym: $p }] }) { nodes { id } } }', { p: JSON.parse(redaction.json).redaction.denotes[0].pseudonym })).events.nodes) ids.add(id)
  return Promise.all([...ids].map(async (id) => {
    const { event: entry } = await ask(request, eventQuery, { id }, token), { proof } = await ask(request, proofQuery, { id }, token)
    return { entry, proof }
  }))
}

// What the server works out for itself, or what another step of the check is for.
const worked = /^(operation|standing|counterpart|redactions|index|leafHash|json)|\.(contested|document)(\.|$)|^claim\.(id|index)$|\.name(\.(en|de|absent))?$/

/** Every single value in an answer, by where it is. */
function* values(v: any, at: (string | number)[] = []): Generator<(string | number)[]> {
  if (v === null || typeof v !== 'object') { yield at; return }
  if (Array.isArray(v)) yield at
  for (const [k, x] of Object.entries(v)) yield* values(x, [...at, Array.isArray(v) ? Number(k) : k])
}

/** The answer with another value at one place; null where the page could not tell it from what was there. */
function altered(entry: Entry, at: (string | number)[]): Entry | null {
  const copy = structuredClone(entry) as any, last = at.at(-1)!
  const holder = at.slice(0, -1).reduce((o, k) => o[k], copy), was = holder[last]
  if (last === 'absent') {
    if (!('value' in holder) || holder.value !== null) return null // it is not shown beside a value
    holder[last] = was === 'EMPTY' || was === 'WITHHELD_BY_SOURCE' ? 'REDACTED' : 'EMPTY'
  } else if (Array.isArray(was)) {
    if (!was.length) return null
    was.pop()
  } else if (typeof was === 'boolean') holder[last] = !was
  else if (typeof was === 'number') holder[last] = was + 1
  else if (last === 'value' && 'absent' in holder && was !== null) Object.assign(holder, { value: null, absent: 'EMPTY' }) // suppressed
  else if (was === null && at.length > 1 && (last === 'value' || last === 'en' || last === 'de')) Object.assign(holder, { [last]: 'invented', absent: null })
  else if (was === null) holder[last] = 'invented'
  else if (last === 'recorded') holder[last] = new Date(Date.parse(was) + 86_400_000).toISOString()
  else holder[last] = was + '1'
  return copy
}

test('every field that the page shows of an entry is held to what was sealed, and none that is as it was sealed fails', async ({ request }) => {
  test.setTimeout(240_000)
  const held = await sample(request), closed = held.map(({ entry, proof }) => check(entry, proof, key()).closed ?? 0)
  expect(held.length).toBeGreaterThan(100)
  expect(closed.filter((n) => n > 0).length).toBeGreaterThan(0) // what was erased is among them
  let tried = 0
  const missed = new Set<string>()
  for (const { entry, proof } of held) {
    const verdict = check(entry, proof, key())
    expect(verdict, `entry ${entry.index}, ${entry.kind}: ${verdict.fails} ${verdict.where}`).toMatchObject({ state: 'verified' })
    for (const at of values(entry)) {
      const path = at.join('.')
      // A source that sealed it has another entry say when it was recorded, with what key and number.
      if (worked.test(path) && !/^(actor|authorisation\.by|persons\.\d+|verifiers\.\d+)\.name\./.test(path)) continue
      if (entry.signature.attested === 'SOURCE' && /^(recorded|signature\.(key|sequence|statement))$/.test(path) || /^signature\.(sequence|statement)$/.test(path)) continue
      const wrong = altered(entry, at)
      if (!wrong) continue
      tried++
      if (check(wrong, proof, key()).state !== 'failed') missed.add(`${entry.kind} ${path}: ${JSON.stringify(at.reduce((o, k) => o?.[k], wrong as any))}`)
    }
  }
  expect([...missed]).toEqual([])
  expect(tried).toBeGreaterThan(5000)
})

test('nor does any fail for a data-protection officer', async ({ request }) => {
  const token = execFileSync('../bin/lichtspur', ['token', 'create', '--data', '.run/data', '--viewer', 'told-dsb', '--role', 'dpo', '--organisation', 'exercise-de-federal-police', '--expires', '1h'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).match(/ls[a-z]*_\S+/)![0]
  let verified = 0
  for (const { entry, proof } of await sample(request, token)) {
    const verdict = check(entry, proof, key())
    expect(verdict.fails, `entry ${entry.index}, ${entry.kind}: ${verdict.where}`).toBeUndefined()
    if (verdict.state === 'verified') verified++
  }
  expect(verified).toBeGreaterThan(20)
})

test('a value that the server keeps back as if there were none turns the badge to failed, and says where', async ({ page }) => {
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch(), body = await res.json()
    if (body.data?.event) body.data.event.justification = { value: null, absent: 'EMPTY' }
    await route.fulfill({ response: res, json: body })
  })
  await visit(page, '#/events?kinds=QUERY&order=OCCURRED', { key: key() })
  await page.locator('tbody tr a').first().click()
  await expect(page.locator('.badge')).toHaveAttribute('data-state', 'failed')
  await expect(page.locator('.badge')).toContainText('What the server shows differs from what was sealed. /justification')
})
