import { readFileSync } from 'node:fs'
import { cells } from './csv'
import { accessible, expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

const verdict = (page: Page) => page.locator('.verdict')

test('a question is asked in names, answered in words, and its address carries ids', async ({ page }) => {
  await visit(page, '#/reach')
  await page.getByLabel('Origin', { exact: true }).fill('Germany')
  await page.getByLabel('could have been in').fill('interpol face recognition database')
  await page.getByLabel('by (optional)').fill('2020-04-07')
  await page.getByRole('button', { name: 'Check' }).click()
  await expect(verdict(page).getByRole('heading')).toContainText('It is denied')
  await expect(verdict(page)).toContainText('Could images captured by bodies of the country Germany have been in Interpol face recognition database by 7 Apr 2020?')
  expect(new URL(page.url()).hash).toBe('#/reach?from=country%3ADE&to=ifrs&by=2020-04-07')
  // The deciding way is drawn, and each step has who says so and where.
  const way = page.locator('section').filter({ has: page.getByRole('heading', { name: 'The way that decides it' }) })
  await expect(way.locator('svg.chain .stop')).toHaveCount(2)
  await expect(way.locator('svg.chain .flow.CONTESTED')).toHaveCount(1)
  await expect(way.locator('tbody tr')).toHaveCount(1)
  await expect(way).toContainText('German photographs have so far not been released for IFRS.')
  await expect(way).toContainText('BT-Drucksache 19/18172')
  // So is what is denied.
  const cut = page.locator('section').filter({ has: page.getByRole('heading', { name: 'What is denied', exact: true }) })
  await expect(cut.locator('tbody tr')).toHaveCount(await cut.locator('svg.chain .flow').count())
  await expect(page.getByRole('heading', { name: 'Who denies it' })).toBeVisible()
  await page.reload()
  await expect(verdict(page).getByRole('heading')).toContainText('It is denied')
  await expect(page.getByLabel('Origin', { exact: true })).toHaveValue('Germany')
})

test('what is possible is not what happened, and a rule beside it is no denial', async ({ page }) => {
  await visit(page, '#/reach?from=country:DE&to=clearview-ai', { language: 'de' })
  await expect(verdict(page).getByRole('heading')).toContainText('Es ist möglich')
  await expect(page.locator('svg.chain')).toContainText('mehr als 320 Abfragen')
  await expect(page.getByRole('heading', { name: 'Regeln, die es beschränken' })).toBeVisible()
  await expect(page.getByText('Verbotenes kann trotzdem geschehen sein.')).toBeVisible()
})

test('what may be on the way is chosen; that nothing leads there is not a no', async ({ page }) => {
  await visit(page, '#/reach?from=place:dtech&to=first')
  await expect(verdict(page).getByRole('heading')).toContainText('It is possible')
  await page.getByText('What may be on the way').click()
  await page.getByRole('checkbox', { name: 'flows that somebody thinks possible' }).uncheck()
  await page.getByRole('button', { name: 'Check' }).click()
  await expect(page).toHaveURL(/through=/)
  await expect(verdict(page).getByRole('heading')).not.toContainText('It is possible')
  await visit(page, '#/reach?from=country:DE&to=lapd&through=none')
  await page.reload()
  await expect(verdict(page).getByRole('heading')).toContainText('Nothing recorded or claimed leads there')
  await expect(verdict(page)).toContainText('That is not a no')
})

test('each verdict has its words, and none but the recorded one is a yes', async ({ page }) => {
  let verdict = 'DENIED' // the address asks at once
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch(), body = await res.json()
    if (body.data?.reach) body.data.reach.verdict = verdict
    await route.fulfill({ response: res, json: body })
  })
  await visit(page, '#/reach?from=country:DE&to=ifrs')
  for (const [v, en, de] of [
    ['RECORDED', 'Yes, it is recorded', 'Ja, es ist aufgezeichnet'], ['POSSIBLE', 'could have happened is not that it did', 'heißt nicht, dass es geschah'], ['DENIED', 'each crosses a step that somebody denies', 'jeder führt über einen Schritt, den jemand verneint'],
    ['UNKNOWN', 'has no information, or withholds it. That is not a no.', 'keine Erkenntnisse hat oder sie zurückhält. Das ist kein Nein.'], ['NO_RECORDED_PATH', 'Nothing recorded or claimed leads there', 'Nichts Aufgezeichnetes oder Behauptetes führt dorthin'],
  ]) {
    verdict = v
    await page.getByRole('combobox', { name: /^(Language|Sprache)/ }).selectOption('en')
    await page.getByRole('button', { name: 'Check' }).click()
    await expect(page.locator('.verdict.' + v)).toContainText(en)
    await page.getByRole('combobox', { name: /^(Language|Sprache)/ }).selectOption('de')
    await expect(page.locator('.verdict.' + v)).toContainText(de)
  }
})

test('an image of the exercise is recorded to have got there, step by step', async ({ page }) => {
  await visit(page, '#/reach')
  await page.getByRole('combobox', { name: 'Images' }).selectOption('image')
  await page.getByLabel('Origin', { exact: true }).fill('sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962')
  await page.getByLabel('could have been in').fill('inpol')
  await page.getByRole('checkbox', { name: 'Count exercise data' }).check()
  await page.getByRole('button', { name: 'Check' }).click()
  await expect(verdict(page)).toBeVisible()
  expect(page.url()).not.toContain('014e9a9a')
  await expect(page).toHaveURL(/from=image%3A[\w-]{22}&to=inpol&exercise=1/)
})

test('the answer of an earlier state: what nobody had said yet', async ({ page }) => {
  await visit(page, '#/reach?from=country:DE&to=ifrs')
  await expect(verdict(page).getByRole('heading')).toContainText('It is denied')
  await page.getByText('As it stood earlier').click()
  await page.getByLabel('With so many entries').fill('120')
  await page.keyboard.press('Enter')
  await expect(verdict(page)).toContainText('State of the log: 120 entries')
  await expect(verdict(page).getByRole('heading')).not.toContainText('It is denied')
  await expect(page).toHaveURL(/asof=120/)
  await page.getByRole('button', { name: 'As it stands now' }).click()
  await expect(verdict(page).getByRole('heading')).toContainText('It is denied')
})

test('what is not there is said beside the form, and nothing of it gets into the address', async ({ page }) => {
  await visit(page, '#/reach')
  await page.getByLabel('Origin', { exact: true }).fill('DE')
  await page.getByLabel('could have been in').fill('Nowhere at all')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('There is no system or organisation of this name')
  expect(page.url()).not.toContain('Nowhere')
  await page.getByRole('link', { name: /DTECH/ }).click()
  await expect(verdict(page)).toBeVisible()
})

test('what is typed and not yet asked outlasts a change of language; names that nobody touched are in the new one', async ({ page }) => {
  await visit(page, '#/reach?from=country:DE&to=ifrs')
  await expect(verdict(page)).toBeVisible()
  const form = page.locator('form.drop'), date = form.locator('input[type=date]')
  await page.getByLabel('could have been in').fill('Clearview AI')
  await date.fill('2021-02-03')
  await page.getByLabel('Count exercise data').check()
  await page.getByRole('combobox', { name: 'Language' }).selectOption('de')
  await expect(page.getByLabel('könnten gelangt sein zu')).toHaveValue('Clearview AI')
  await expect(date).toHaveValue('2021-02-03')
  await expect(form.getByRole('checkbox', { name: 'Übung' })).toBeChecked()
  await expect(page.getByLabel('Herkunft', { exact: true })).toHaveValue('Deutschland')
  await page.goto('/#/reach?from=country:FR&to=ifrs')
  await expect(page.getByLabel('Herkunft', { exact: true })).toHaveValue('Frankreich')
  await expect(date).toHaveValue('')
  await expect(page.getByLabel('könnten gelangt sein zu')).not.toHaveValue('Clearview AI')
})

test('the questionnaire leads here', async ({ page }) => {
  await visit(page, '#/questions/BT-2')
  await page.locator('#q-BT-2').getByRole('link', { name: 'The way that decides it' }).click()
  await expect(page).toHaveURL(/#\/reach\?from=/)
  await expect(verdict(page)).toBeVisible()
})

test('the way is taken away as CSV, JSON, SVG and PNG', async ({ page }) => {
  await visit(page, '#/reach?from=country:DE&to=ifrs')
  await expect(page.locator('svg.chain').first()).toBeVisible()
  const take = async (name: string) => {
    const saved = page.waitForEvent('download')
    await page.locator('.take').first().getByRole('button', { name }).click()
    return readFileSync(await (await saved).path())
  }
  expect((await take('CSV')).toString()).toMatch(/^\uFEFFn,from_organisation,from_system,from_country,to_organisation,/)
  expect(JSON.parse((await take('JSON')).toString())).toMatchObject({ asked: { from: 'country:DE', to: 'ifrs' }, reach: { verdict: 'DENIED' } })
  expect((await take('SVG')).toString()).toContain('Interpol face recognition database')
  expect((await take('PNG')).subarray(1, 4).toString()).toBe('PNG')
})

test('how much was said to go is in the picture, in the table and in the file', async ({ page }) => {
  await visit(page, '#/reach?from=country:DE&to=clearview-ai')
  await expect(page.locator('svg.chain')).toContainText('more than 320 searches (as said)')
  await expect(page.getByRole('region', { name: 'The way that decides it' }).locator('tbody tr')).toContainText('more than 320 searches (as said)')
  const saved = page.waitForEvent('download')
  await page.locator('.take').first().getByRole('button', { name: 'CSV' }).click()
  const [head, row] = cells(readFileSync(await (await saved).path(), 'utf8').replace(/^\uFEFF/, ''), ',')
  expect(['quantity', 'bound', 'unit', 'quantities_are'].map((c) => row[head.indexOf(c)])).toEqual(['320', 'MORE_THAN', 'SEARCH', 'SAID'])
})

test('an answer is accessible', async ({ page }) => {
  await accessible(page, '#/reach?from=country:DE&to=clearview-ai', async (p) => { await expect(verdict(p)).toBeVisible() })
})

test('what is asked is a German sentence, whether it goes into a system or to a body', async ({ page }) => {
  await visit(page, '#/reach', { language: 'de' })
  for (const sentence of [
    'Könnten Bilder, die Stellen des Landes Deutschland aufgenommen haben, zu „Clearview AI“ gelangt sein?',
    'Könnten Bilder, die im System „Interpol-Projekt DTECH“ vorhanden sind oder waren, in das System „Interpol-Projekt FIRST“ gelangt sein?',
  ]) await expect(page.getByRole('link', { name: sentence, exact: true })).toBeVisible()
  await page.goto('/#/reach?from=country:DE&to=ifrs&by=2025-03-01')
  await expect(page.locator('.verdict')).toContainText(/aufgenommen haben, bis zum 0?1\.0?3\.2025 in das System „[^“]+“ gelangt sein\?/)
})
