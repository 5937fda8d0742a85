import { readFileSync } from 'node:fs'
import type { Locator } from '@playwright/test'
import { expect, test, visit, visitAs } from './visit'

// A data-protection officer of a body that took part in nothing of the exercise: what is recorded of others is not for it to see.
const hamburg = ['--organisation', 'hamburg-police']

test('what is out of scope is not told as recorded by nobody', async ({ page, browser }) => {
  const asked = '#/reach?from=country:DE&to=sis-ii&exercise=1', verdict = page.locator('.verdict')
  await visit(page, asked)
  await expect(verdict.getByRole('heading')).toContainText('Yes, it is recorded')
  await expect(verdict).not.toContainText('as far as you may see')
  for (const [language, heading, why] of [
    ['de', 'Nach dem, was Sie sehen dürfen, führt nichts Aufgezeichnetes oder Behauptetes dorthin', 'es kann auch aufgezeichnet oder davon gesprochen sein, ohne dass Sie es sehen dürfen'],
    ['en', 'As far as you may see, nothing recorded or claimed leads there', 'it may be recorded or spoken of where you may not see it'],
  ]) {
    const own = await browser.newPage()
    await visitAs(own, 'dpo', hamburg, asked, { language })
    await expect(own.locator('.verdict').getByRole('heading')).toContainText(heading)
    await expect(own.locator('.verdict')).toContainText(why)
    await expect(own.locator('.verdict')).not.toContainText(/niemand hat es|nobody recorded it/)
    await own.close()
  }
})

const line = 'Antworten, Listen und Zahlen umfassen nur, was die Rolle „Datenschutzbeauftragte“ (hamburg-police) sehen darf.'

test('every page says that it covers what the role may see, on paper, too; to who oversees none does', async ({ page, browser }) => {
  await visitAs(page, 'dpo', hamburg, '#/', { language: 'de' })
  for (const at of ['overview', 'questions', 'events', 'live', 'image', 'reach', 'register', 'readers', 'graphql', 'event/4']) {
    await page.goto('/#/' + at)
    await expect(page.getByTestId('scope')).toContainText(line)
    await page.emulateMedia({ media: 'print' })
    await expect(page.getByTestId('scope')).toBeVisible()
    await page.emulateMedia({ media: 'screen' })
  }
  const all = await browser.newPage()
  await visit(all, '#/events?kinds=CLAIM', { language: 'de' })
  await expect(all.getByTestId('visit')).toContainText('Aufsicht')
  await expect(all.getByText(/\d+ Einträge gezeigt|das sind alle/)).toBeVisible()
  await expect(all.getByTestId('scope')).toHaveCount(0)
})

test('who may see nothing but how the log is, or its own receipts, is told so', async ({ page, browser }) => {
  await visitAs(page, 'operator', [], '#/register/sources')
  await expect(page.getByTestId('scope')).toContainText('only what the role “operator” may see')
  const reporter = await browser.newPage()
  await visitAs(reporter, 'reporter', ['--reports-on', 'exercise'], '#/events')
  await expect(reporter.getByTestId('scope')).toContainText('only what the role “reporter” may see')
})

test('lists and numbers are of what may be seen, not of the whole', async ({ page }) => {
  await visitAs(page, 'dpo', hamburg, '#/events?kinds=DECLARE&since=2000-01-01', { language: 'de' })
  await expect(page.locator('.lead')).toContainText('die Sie sehen dürfen')
  await page.goto('/#/events?kinds=CLAIM&systems=ifrs')
  await expect(page.getByText(/^\d+ Einträge, das sind alle, die Sie sehen dürfen/)).toBeVisible()
  await page.goto('/#/overview')
  await expect(page.locator('.tally')).toContainText('was Sie sehen dürfen')
  const saved = page.waitForEvent('download')
  await page.locator('.take').first().getByRole('button', { name: 'SVG' }).click()
  expect(readFileSync(await (await saved).path(), 'utf8')).toContain('Antworten, Listen und Zahlen umfassen nur')
})

test('a file that is taken away says in its name that it is a part', async ({ page, browser }) => {
  await visitAs(page, 'dpo', hamburg, '#/events?kinds=CLAIM&systems=ifrs')
  const all = await browser.newPage()
  await visit(all, '#/events?kinds=CLAIM&systems=ifrs')
  for (const [reader, part, role] of [[page, '-seen-as-dpo', { role: 'dpo', organisations: ['hamburg-police'] }], [all, '', { role: 'oversight', organisations: [] }]] as const) {
    const take = async (button: Locator) => { const saved = reader.waitForEvent('download'); await button.click(); return saved }
    await expect(reader.locator('tbody tr').first()).toBeVisible()
    for (const format of ['CSV', 'JSON']) expect((await take(reader.locator('.take').first().getByRole('button', { name: format }))).suggestedFilename()).toMatch(new RegExp(`^events-as-of-\\d+${part}\\.${format.toLowerCase()}$`))
    await reader.locator('.everything summary').click()
    const whole = await take(reader.locator('.everything').getByRole('button', { name: 'JSON' }))
    expect(whole.suggestedFilename()).toMatch(new RegExp(`^events-as-of-\\d+-all-\\d+${part}\\.json$`))
    expect(JSON.parse(readFileSync(await whole.path(), 'utf8')).seenAs).toEqual(role)
  }
})

test('an end that is out of scope is not told as not recorded', async ({ page }) => {
  await visitAs(page, 'dpo', ['--organisation', 'exercise-de-federal-police'], '#/image', { language: 'de' })
  await page.getByLabel('Oder den SHA-256').fill('sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('region', { name: 'Wer es hält' })).toContainText('kein Ende für Sie sichtbar')
  await expect(page.getByRole('region', { name: 'Wer es hält' })).not.toContainText('kein Ende aufgezeichnet')
})

test('an operator, who sees no entries, begins at the sources, has the pages that are of use, and is told of others what the role sees', async ({ page, complaints }) => {
  await visitAs(page, 'operator', [])
  await expect(page).toHaveURL(/#\/register\/sources$/)
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await expect(page.locator('#menu a')).toHaveText(['Register', 'GraphQL'])
  await page.goto('/#/events')
  await expect(page.getByRole('alert')).toContainText('The role “operator” sees the register')
  await page.getByRole('link', { name: 'To what you may see' }).click()
  await expect(page).toHaveURL(/#\/register\/sources$/)
  complaints.length = 0 // the browser tells of what was refused
})
