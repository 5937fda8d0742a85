import { expect, test, visit, visitAs } from './visit'
import type { Page } from '@playwright/test'

// Answers that come when what they are for is no longer shown.

/** Holds back the questions that are wanted; goes lets them go on, or fail. */
async function hold(page: Page, wanted: (asked: { query: string, variables: any }) => boolean, failing = false) {
  let goes = () => {}, held = 0
  const until = new Promise<void>((done) => { goes = done })
  await page.route('**/graphql', async (route) => {
    if (!wanted(route.request().postDataJSON())) return route.continue()
    held++
    await until
    return failing ? route.fulfill({ json: { errors: [{ message: 'in the words of the server', extensions: { code: 'INTERNAL' } }] } }) : route.continue()
  })
  return { held: () => held, goes }
}
const operation = (name: string) => (asked: { query: string }) => asked.query.startsWith(`query ${name}(`) || asked.query.startsWith(`query ${name} `)
/** As long as an answer that was let go takes to be seen. */
const settled = (page: Page) => page.waitForTimeout(700)

test('who leaves the overview, an entry or a list before it is answered is not told of it', async ({ page }) => {
  const told: string[] = []
  page.on('console', (m) => { if (m.text().includes('svelte.dev')) told.push(m.text()) })
  await visit(page, '#/readers')
  const asked = await hold(page, ({ query }) => /^query (Flows|Event|Proof|Systems)\b/.test(query))
  for (const [i, hash] of ['#/overview', '#/event/3', '#/register/systems'].entries()) {
    await page.goto('/' + hash)
    await expect.poll(asked.held).toBeGreaterThan(i)
    await page.goto('/#/questions')
    await expect(page.locator('.questions details').first()).toBeVisible()
  }
  asked.goes()
  await settled(page)
  await page.unrouteAll({ behavior: 'wait' })
  const proof = await hold(page, ({ query, variables }) => /^query Proof\b/.test(query) || /^query Flows\b/.test(query) && !!variables.split)
  for (const [i, hash] of ['#/event/3', '#/overview'].entries()) {
    await page.goto('/' + hash)
    await expect.poll(proof.held).toBeGreaterThan(i)
    await page.goto('/#/questions')
    await expect(page.locator('.questions details').first()).toBeVisible()
  }
  proof.goes()
  await settled(page)
  expect(told).toEqual([])
})

test('an entry that could not be read is not told of another', async ({ page }) => {
  await visit(page, '#/events')
  const asked = await hold(page, (a) => operation('Event')(a) && a.variables.id === '3', true)
  await page.goto('/#/event/3')
  await expect.poll(asked.held).toBe(1)
  await page.goto('/#/event/5')
  await expect(page.locator('dl.fields').first()).toBeVisible()
  asked.goes()
  await settled(page)
  await expect(page.locator('main .failure')).toHaveCount(0)
  await expect(page.locator('dl.fields').first()).toBeVisible()
})

test('a day that was looked up for an image leaves the address of another page alone', async ({ page }) => {
  await visit(page, '#/reach?from=country:DE&to=ifrs')
  await expect(page.locator('.verdict')).toBeVisible()
  const asked = await hold(page, operation('StateOf'))
  await page.locator('.asof summary').click()
  await page.locator('.asof input[type=date]').fill('2026-01-01')
  await expect.poll(asked.held).toBe(1)
  await page.goto('/#/events?kinds=DISCLOSE')
  await expect(page.locator('tbody tr').first()).toBeVisible()
  asked.goes()
  await settled(page)
  expect(new URL(page.url()).hash).toBe('#/events?kinds=DISCLOSE')
})

test('who looked something up and went elsewhere stays there', async ({ page }) => {
  const digest = 'sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962'
  await visit(page, '#/events')
  const asked = await hold(page, ({ query }) => /\$digest/.test(query))
  await page.goto('/#/image')
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.getByRole('button', { name: 'Look it up' }).click()
  await expect.poll(asked.held).toBe(1)
  await page.goto('/#/reach')
  await page.locator('form.drop select').selectOption('image')
  await page.getByLabel('Origin', { exact: true }).fill(digest)
  await page.getByLabel('could have been in').fill('ifrs')
  await page.getByRole('button', { name: 'Check' }).click()
  await expect.poll(asked.held).toBe(2)
  await page.goto('/#/questions')
  await expect(page.locator('.questions details').first()).toBeVisible()
  asked.goes()
  await settled(page)
  expect(new URL(page.url()).hash).toBe('#/questions')
})

test('who the reader is is known before anything is told; where it cannot be had, that is said and asked again', async ({ page }) => {
  const tally = page.locator('.tally'), line = page.getByTestId('scope'), waiting = await hold(page, operation('Me'))
  await visitAs(page, 'dpo', ['--organisation', 'exercise-de-federal-police'])
  await expect.poll(waiting.held).toBe(1)
  await settled(page)
  await expect(tally).toHaveCount(0)
  waiting.goes()
  await expect(line).toContainText('data-protection officer')
  await expect(tally).toContainText('As far as you may see, only spoken of')
  await page.unrouteAll({ behavior: 'wait' })
  const failing = await hold(page, operation('Me'), true)
  failing.goes()
  await page.reload()
  await expect(page.getByTestId('stranger')).toContainText('did not say which role you have')
  await expect(tally).toContainText('As far as you may see, only spoken of')
  await page.unrouteAll({ behavior: 'wait' })
  await page.getByTestId('stranger').getByRole('button').click()
  await expect(line).toContainText('data-protection officer')
  await expect(page.getByTestId('stranger')).toHaveCount(0)
})
