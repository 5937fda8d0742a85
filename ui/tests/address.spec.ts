import { check, parse } from '../src/address'
import { addresses } from '../src/addresses'
import { accessible, expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

const told = (page: Page) => page.locator('.told')
const hash = (page: Page) => new URL(page.url()).hash

test('overview: what an address asks for wrongly is told, is not used, and is taken out by a button', async ({ page }) => {
  await visit(page, '#/overview?from=banana&since=banana&until=2025-03&hide=CLAIMED,LOUD')
  await expect(told(page).locator('p')).toHaveCount(3)
  await expect(told(page)).toContainText('The address asks for “From: banana”, which is no date (like 2025-03-01). That was left out.')
  await expect(told(page)).toContainText('“from=banana”, which this page does not know')
  await expect(told(page)).toContainText('“Not shown: LOUD”, which is no choice here')
  await expect(page.locator('.tally')).toContainText('until March 2025')
  await told(page).getByRole('button', { name: 'Take it out of the address: LOUD' }).click()
  await expect(told(page).locator('p')).toHaveCount(2)
  expect(hash(page)).toBe('#/overview?from=banana&since=banana&until=2025-03&hide=CLAIMED')
  await told(page).getByRole('button').first().click()
  await told(page).getByRole('button').first().click()
  await expect(told(page)).toHaveCount(0)
  expect(hash(page)).toBe('#/overview?until=2025-03&hide=CLAIMED')
})

test('overview: a place that the register has not is said to be unknown, and an alias leads to its id', async ({ page }) => {
  await visit(page, '#/overview/nosuch')
  await expect(told(page)).toContainText('The register has neither a system nor an organisation “nosuch”')
  await expect(page.locator('.empty')).toHaveText('What is asked for is not known here, so nothing is shown: see above.')
  await told(page).getByRole('link', { name: 'To the register' }).click()
  await expect(page).toHaveURL(/#\/register\/systems$/)
  await expect(told(page)).toHaveCount(0)
  await page.goto('/#/overview/Bundeskriminalamt')
  await expect(page).toHaveURL(/#\/overview\/bka$/)
  await expect(told(page)).toHaveCount(0)
})

test('events: an unknown organisation shows neither everything nor nothing', async ({ page }) => {
  await visit(page, '#/events?organisations=nosuch&kinds=SONG&exercise=banana', { language: 'de' })
  await expect(told(page)).toContainText('Die Adresse verlangt „Arten: SONG“; das steht hier nicht zur Wahl. Das wurde weggelassen.')
  await expect(told(page)).toContainText('„Übungsdaten: banana“')
  await expect(told(page)).toContainText('Im Register steht keine Organisation „nosuch“')
  await expect(page.locator('.empty')).toHaveText('Wonach gefragt ist, kennt man hier nicht; also wird nichts gezeigt: siehe oben.')
  await expect(page.locator('tbody tr')).toHaveCount(0)
  await expect(page.getByRole('combobox', { name: 'Übungsdaten' })).toHaveValue('')
  await page.goto('/#/events?organisations=bka,nosuch') // one that is known beside it: its entries are there, and the other is told
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await expect(told(page).locator('p')).toHaveCount(1)
  await told(page).getByRole('button').click()
  await expect(told(page)).toHaveCount(0)
  expect(hash(page)).toBe('#/events?organisations=bka')
})

test('events: purposes, sources, images and states that there are none of', async ({ page }) => {
  await visit(page, '#/events?purposes=FUN')
  await expect(told(page)).toContainText('No entry that you may see names the purpose “FUN”.')
  await page.goto('/#/events?sources=nosuch')
  await expect(told(page)).toContainText('The register has no source “nosuch”')
  await page.goto('/#/events?images=DDDDDDDDDDDDDDDDDDDDDA')
  await expect(told(page)).toContainText('Nothing is recorded of an image “DDDDDDDDDDDDDDDDDDDDDA”')
  await page.goto('/#/events?asof=999999999')
  await expect(told(page)).toContainText(/The log has no state of 999999999 entries yet; it has [\d,]+\./)
  await expect(page.locator('.empty')).toBeVisible()
  await expect(page.locator('.failure')).toHaveCount(0)
  await told(page).getByRole('button').click()
  await expect(page.locator('tbody tr').first()).toBeVisible()
  expect(hash(page)).toBe('#/events')
})

test('event: no id, one that there is not, and none at all', async ({ page }) => {
  await visit(page, '#/event/abc')
  await expect(told(page)).toContainText('“Event: abc”, which is neither the id of an entry (22 letters and digits) nor its number')
  await expect(page.locator('.empty')).toContainText('No entry is chosen')
  await page.goto('/#/event/999999999')
  await expect(page.locator('.empty')).toContainText('The log has no entry “999999999”')
  await page.goto('/#/event')
  await expect(page.locator('.empty').getByRole('link', { name: 'Events' })).toBeVisible()
})

test('image, register, readers, questions and live tell it too', async ({ page }) => {
  await visit(page, '#/image/nosuch?hops=0')
  await expect(told(page)).toContainText('“image: nosuch”, which is no pseudonym (22 letters and digits)')
  await expect(told(page)).toContainText('“Hop: 0”')
  await page.goto('/#/register/zzz')
  await expect(told(page)).toContainText('“Parts of the register: zzz”')
  await expect(page.getByRole('heading', { level: 2, name: 'Organisations' })).toBeVisible()
  await page.goto('/#/readers?roles=king&organisations=nosuch')
  await expect(told(page).locator('p')).toHaveCount(2)
  await expect(page.locator('.empty')).toContainText('see above')
  await page.goto('/#/questions/NO-1?status=MAYBE')
  await expect(told(page).first()).toContainText('“Status: MAYBE”')
  await expect(told(page).last()).toContainText('The questionnaire has no question “NO-1”.')
  await page.goto('/#/live?sources=nosuch&order=OCCURRED')
  await expect(told(page)).toContainText('The register has no source “nosuch”')
  await expect(told(page)).toContainText('“order=OCCURRED”, which this page does not know')
})

test('got there: an origin that is none, and a place that is unknown, get no verdict', async ({ page }) => {
  await visit(page, '#/reach?origin=nosuch&from=banana&to=ifrs')
  await expect(told(page)).toContainText('“Origin: banana”, which is no origin (like country:DE or place:inpol)')
  await expect(told(page)).toContainText('“origin=nosuch”, which this page does not know')
  await page.goto('/#/reach?from=place:nosuch&to=ifrs&by=2025-02-30')
  await expect(told(page)).toContainText('The register has neither a system nor an organisation “nosuch”')
  await expect(told(page)).toContainText('“by (optional): 2025-02-30”')
  await expect(page.locator('.empty')).toHaveText('What is asked for is not known here, so nothing is shown: see above.')
  await expect(page.locator('.verdict, .failure')).toHaveCount(0)
})

test('no page leads to an address that another one does not take', async ({ page }) => {
  await visit(page, '#/overview')
  const seen = new Set<string>()
  for (const at of ['overview', 'questions/BT-2', 'events?kinds=DISCLOSE', 'live', 'image', 'reach?from=country:DE&to=ifrs', 'register', 'register/systems', 'register/sources', 'readers']) {
    await page.goto('/#/' + at)
    await expect(page.locator('main h1')).toBeVisible()
    await (at === 'live' ? expect(page.locator('tbody tr').first()).toBeVisible() : page.waitForLoadState('networkidle'))
    for (const h of await page.locator('a[href^="#/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')!))) seen.add(h)
  }
  const wrong = [...seen].map((h) => [h, check(parse(h), addresses[parse(h).page]).wrong] as const).filter(([, w]) => w.length)
  expect(seen.size).toBeGreaterThan(100)
  expect(wrong).toEqual([])
})

test('what is typed gets into the address as the id that it stands for, and else not at all', async ({ page }) => {
  await visit(page, '#/events')
  const organisation = page.getByLabel('Organisation', { exact: true })
  for (const text of ['Max Mustermann, geb. 1.1.1980', 'sha256:' + 'ab'.repeat(32), 'police']) {
    await organisation.fill(text)
    await organisation.press('Enter')
    await expect(page.locator('.missed')).toContainText('None or several are called so')
    await expect(organisation).toHaveValue(text)
    expect(hash(page)).toBe('#/events')
  }
  await organisation.fill('federal criminal police')
  await organisation.press('Enter')
  await expect(page).toHaveURL(/#\/events\?organisations=bka$/)
  await expect(organisation).toHaveValue('Federal Criminal Police Office')
  await expect(page.locator('.missed')).toHaveCount(0)
  await page.goto('/#/readers')
  const image = page.getByLabel('Image that was opened')
  await image.fill('sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962')
  await image.press('Enter')
  await expect(page).toHaveURL(/#\/readers\?images=[\w-]{22}$/)
  await page.goto('/#/overview')
  await page.getByLabel('Only to or from').fill('nobody of this name')
  await page.getByLabel('Only to or from').press('Enter')
  await expect(page.locator('.missed')).toBeVisible()
  expect(hash(page)).toBe('#/overview')
})

test('a digest in an address is told and does not stay there', async ({ page }) => {
  const digest = 'sha256:' + 'ab'.repeat(32)
  for (const [asked, left] of [['#/image/' + digest, '#/image'], [`#/events?organisations=bka,${digest}&kinds=QUERY`, '#/events?organisations=bka&kinds=QUERY'], [`#/live?q=${digest}`, '#/live']]) {
    await visit(page, '#/questions')
    await page.goto('/' + asked)
    await expect(told(page)).toContainText('which holds a digest')
    expect(hash(page)).toBe(left)
  }
})

test('the notice is accessible', async ({ page }) => {
  await accessible(page, '#/readers?roles=king&organisations=nosuch', async (p) => { await expect(p.locator('.told p')).toHaveCount(2) })
})
