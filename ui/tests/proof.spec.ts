import { readFileSync } from 'node:fs'
import { happen } from './happen'
import { expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

const key = () => readFileSync('.run/data.keys/log.pub', 'utf8').trim()
const badge = (page: Page) => page.locator('.badge'), state = (page: Page) => badge(page).getAttribute('data-state')

/** Opens the first entry, whose proof is asked anew each time. */
async function open(page: Page) {
  await visit(page, '#/events?kinds=DISCLOSE&order=OCCURRED', { key: key() })
  await page.locator('tbody tr a').first().click()
  await expect(badge(page)).toHaveAttribute('data-state', /verified|failed/)
}

test('a later head is held against the one that was verified before', async ({ page }) => {
  await open(page)
  await expect(badge(page)).toHaveAttribute('data-state', 'verified')
  await expect(page.getByTestId('grown')).toContainText('This head is kept in this browser')
  happen(3)
  await page.reload()
  await expect(badge(page)).toHaveAttribute('data-state', 'verified')
  await expect(page.getByTestId('grown')).toContainText('nothing of it was taken away or changed')
  await expect(badge(page)).toContainText('The log only grew since you were here before: holds')
  await page.reload()
  await expect(page.getByTestId('grown')).toContainText(/^It is the head of [\d,]+ entries that you verified here/)
})

test('an answer that was on its way is no rollback, a server that went back is', async ({ page }) => {
  let old: string | undefined, head: string | undefined, whole = false
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch(), text = await res.text()
    if (!text.includes('"leafHash"') || !text.includes('"path"')) return route.fulfill({ response: res, body: text })
    old ??= text
    await route.fulfill({ response: res, body: whole ? old : text })
  })
  await page.route('**/checkpoint', async (route) => {
    const res = await route.fetch(), text = await res.text()
    head ??= text
    await route.fulfill({ response: res, body: text })
  })
  await open(page)
  happen(2)
  await page.reload()
  await expect(page.getByTestId('grown')).toContainText('nothing of it was taken away')
  const stale = await page.evaluate(() => fetch('/checkpoint').then((r) => r.text()))
  whole = true // the proof as it was, while the log has grown
  await page.reload()
  await expect(badge(page)).toHaveAttribute('data-state', 'verified')
  // Now the whole server shows its earlier state, signed as it was then.
  const earlier = JSON.parse(old!).data.proof.checkpoint.note
  await page.unroute('**/checkpoint')
  await page.route('**/checkpoint', (route) => route.fulfill({ body: earlier }))
  await page.reload()
  await expect(badge(page)).toHaveAttribute('data-state', 'failed')
  await expect(badge(page)).toContainText('This log had more entries when you were here before')
  const saved = page.waitForEvent('download')
  await badge(page).getByRole('button', { name: 'Save both heads' }).click()
  const evidence = readFileSync(await (await saved).path(), 'utf8')
  expect(evidence).toContain(stale)
  expect(evidence).toContain(earlier)
})

test('a log with another past fails, and stays failed', async ({ page }) => {
  await open(page)
  await page.evaluate(() => {
    const h = JSON.parse(localStorage.getItem('lichtspur.head')!)
    localStorage.setItem('lichtspur.head', JSON.stringify({ ...h, size: h.size - 7, root: btoa('x'.repeat(32)) }))
  })
  for (let i = 0; i < 2; i++) {
    await page.reload()
    await expect(badge(page)).toHaveAttribute('data-state', 'failed')
    await expect(badge(page)).toContainText('This is not the log that you saw before')
  }
})

test('tiles that are changed on their way fail; a server that keeps them to itself is not verified', async ({ page, complaints }) => {
  await open(page)
  happen(1)
  await page.route('**/tile/**', async (route) => {
    const res = await route.fetch(), body = Buffer.from(await res.body())
    for (let i = 0; i < body.length; i += 32) body[i] ^= 1
    await route.fulfill({ response: res, body })
  })
  await page.reload()
  await expect(badge(page)).toHaveAttribute('data-state', 'failed')
  await page.unroute('**/tile/**')
  await page.route('**/tile/**', (route) => route.fulfill({ status: 404, body: '' }))
  await page.reload()
  await expect(badge(page)).toHaveAttribute('data-state', 'unverified')
  await expect(badge(page)).toContainText('gave no hashes to check that the log only grew')
  await page.unroute('**/tile/**')
  await page.reload()
  await expect(badge(page)).toHaveAttribute('data-state', 'verified')
  for (const c of complaints.splice(0)) expect(c).toContain('404')
})

test('another key starts anew, without a key nothing is kept', async ({ page }) => {
  await open(page)
  await badge(page).locator('summary').click()
  await badge(page).getByRole('button', { name: 'Forget' }).click()
  await expect(badge(page)).toHaveAttribute('data-state', 'unverified')
  expect(await page.evaluate(() => localStorage.getItem('lichtspur.head'))).toBeNull()
  expect(await state(page)).toBe('unverified')
})

test('the proof of another entry, whole and true, does not vouch for this one', async ({ page, request }) => {
  const ask = async (query: string, variables = {}) => (await (await request.post('/graphql', { data: { query, variables }, headers: { 'Lichtspur-Purpose': 'demonstration' } })).json()).data
  const { id, index, leafHash } = (await ask('{ events(filter: { kinds: [DISCLOSE] }, order: OCCURRED, first: 2) { nodes { id index leafHash } } }')).events.nodes[1]
  const { proof } = await ask('query P($id: ID!) { proof(event: $id) { index leaf leafHash path disclosures text checkpoint { origin size root note } } }', { id })
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch(), body = await res.json()
    if (body.data.event) Object.assign(body.data.event, { index, leafHash })
    if (body.data.proof) body.data.proof = proof
    await route.fulfill({ response: res, json: body })
  })
  await open(page)
  await expect(badge(page)).toHaveAttribute('data-state', 'failed')
  await expect(badge(page)).toContainText('differs from what was sealed')
})
