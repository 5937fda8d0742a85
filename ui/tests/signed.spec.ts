import type { Page } from '@playwright/test'
import { accessible, expect, test, visit } from './visit'

// The source's own signature over what it sealed, checked in the browser.

const signed = (page: Page) => page.getByTestId('signed')

async function open(page: Page, language = 'en') {
  await visit(page, '#/events?sources=exercise-sealer&kinds=CONSULT', { language })
  await page.locator('tbody tr a').first().click()
}

/** Changes what the server answers of what the source signed. */
async function tamper(page: Page, change: (proof: any) => void) {
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch(), body = await res.json()
    if (body.data?.sourceProof) change(body.data.sourceProof)
    await route.fulfill({ response: res, json: body })
  })
}

test('a source\'s own signature is checked here, and leads to the key that the log declares', async ({ page }) => {
  await open(page)
  await expect(page.getByText('The source\'s own signature covers this entry.')).toBeVisible()
  await expect(signed(page)).toHaveAttribute('data-state', 'verified')
  await expect(signed(page).getByRole('status')).toHaveText('✔ Checked here: the signature holds.')
  await expect(signed(page).locator('.steps li')).toHaveText([/: holds$/, /: holds$/, /: holds$/, /: holds$/, /: holds$/])
  await signed(page).getByRole('link', { name: 'The entry that declares the key' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Declaration')
  await expect(page.locator('dl.fields').first()).toContainText('-----BEGIN PUBLIC KEY-----')
  await expect(signed(page)).toHaveCount(0) // nobody but the log vouches for that one
})

test('a tampered envelope, path or key turns it to failed', async ({ page }) => {
  const cases: [string, (p: any) => void][] = [
    ['What was signed is what the entry names', (p) => { const e = JSON.parse(p.envelope); e.payload = btoa(atob(e.payload).replace('"sequence":1', '"sequence":2')); p.envelope = JSON.stringify(e) }],
    ['It covers this entry (path to the root of the batch)', (p) => { p.path[0] = btoa('x'.repeat(32)) }],
    ['The key is the one that the entry names', (p) => { p.key.pem = '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n' }],
    ['The key signed it', (p) => { const e = JSON.parse(p.envelope), s = Buffer.from(e.signatures[0].sig, 'base64'); s[s.length - 1] ^= 1; e.signatures[0].sig = s.toString('base64'); p.envelope = JSON.stringify(e) }],
  ]
  await open(page)
  await expect(signed(page)).toHaveAttribute('data-state', 'verified')
  for (const [step, change] of cases) {
    await page.unroute('**/graphql')
    await tamper(page, change)
    await page.reload()
    await expect(signed(page), step).toHaveAttribute('data-state', 'failed')
    await expect(signed(page).getByRole('status')).toContainText('the signature does not hold. Do not rely on what this page shows.')
    await expect(signed(page).locator('.steps li').last()).toHaveText(`✖ ${step}: does not hold`)
  }
})

test('a key that is certified by another is not checked here, and the page says so', async ({ page }) => {
  await tamper(page, (p) => { p.key = null })
  await open(page, 'de')
  await expect(signed(page)).toHaveAttribute('data-state', 'unchecked')
  await expect(signed(page).getByRole('status')).toContainText('○ Hier nicht geprüft. Der Schlüssel ist nicht selbst eingetragen')
  await expect(signed(page)).toContainText('lichtspur verify --data')
})

test('a server that keeps to itself what was signed is told of, not trusted', async ({ page }) => {
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch(), body = await res.json()
    if (body.data && 'sourceProof' in body.data) body.data.sourceProof = null
    await route.fulfill({ response: res, json: body })
  })
  await open(page)
  await expect(signed(page)).toHaveAttribute('data-state', 'absent')
  await expect(signed(page)).toContainText('Not checked here: the server did not give what the source signed.')
})

test('who does not oversee is told why it is not checked here', async ({ page }) => {
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch(), body = await res.json()
    if (body.data?.me) body.data.me = { ...body.data.me, role: 'dpo', organisations: ['bka'] }
    if (body.data && 'sourceProof' in body.data) throw new Error('it was asked for')
    await route.fulfill({ response: res, json: body })
  })
  await open(page)
  await expect(signed(page)).toContainText('is for oversight bodies alone')
})

test('the check is accessible', async ({ page, request }) => {
  const query = '{ events(filter: { sources: ["exercise-sealer"], kinds: [CONSULT] }, first: 1) { nodes { id } } }'
  const [{ id }] = (await (await request.post('/graphql', { data: { query }, headers: { 'Lichtspur-Purpose': 'demonstration' } })).json()).data.events.nodes
  await accessible(page, '#/event/' + id, async (p) => { await expect(signed(p)).toHaveAttribute('data-state', 'verified') })
})
