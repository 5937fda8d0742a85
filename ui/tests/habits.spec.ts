import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test, visit } from './visit'

const pages = ['overview', 'questions', 'events', 'live', 'image', 'reach', 'register', 'register/systems', 'register/sources', 'readers', 'graphql']

test('commands by keyboard: found by name, and done', async ({ page }) => {
  await visit(page, '#/events')
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await page.keyboard.press('ControlOrMeta+k')
  await expect(page.getByRole('combobox', { name: 'Where to, or what to do' })).toBeFocused()
  await page.keyboard.type('access ledger')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/readers/)
  await page.keyboard.press('ControlOrMeta+k')
  await page.keyboard.type('events federal criminal')
  await expect(page.locator('#commands li').first()).toContainText('Federal Criminal Police Office')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/events\?organisations=bka/)
  await page.keyboard.press('ControlOrMeta+k')
  await page.keyboard.type('deutsch')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ereignisse')
})

test('the help names the keys, and keys without Ctrl can be turned off', async ({ page }) => {
  await visit(page, '#/questions')
  await expect(page.locator('.questions > details').first()).toBeVisible()
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keys' })
  await expect(help).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(help).toBeHidden()
  await page.keyboard.press('g')
  await page.keyboard.press('3')
  await expect(page).toHaveURL(/#\/events/)
  await page.keyboard.press('/')
  await expect(page.getByLabel('Organisation', { exact: true })).toBeFocused()
  await page.keyboard.type('?') // in a field it is a letter
  await expect(help).toBeHidden()
  await page.keyboard.press('Backspace')
  await page.getByRole('button', { name: /^Keys/ }).click()
  await help.getByRole('checkbox').uncheck()
  await page.keyboard.press('Escape')
  await page.locator('h1').click()
  await page.keyboard.press('?')
  await expect(help).toBeHidden()
})

test('dialogs are accessible while they are open', async ({ page }) => {
  test.setTimeout(180_000)
  for (const [theme, language] of [['light', 'en'], ['dark', 'de']]) {
    const fresh = await page.context().newPage()
    await visit(fresh, '#/live', { theme, language })
    await expect(fresh.getByTestId('live')).toHaveClass(/good/)
    for (const open of [() => fresh.keyboard.press('?'), () => fresh.keyboard.press('ControlOrMeta+k'), () => fresh.getByTestId('visit').getByRole('button').click()]) {
      await open()
      await expect(fresh.locator('dialog[open]')).toBeVisible()
      const found = await new AxeBuilder({ page: fresh }).include('dialog[open]').withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
      expect(found.violations.map((v) => `${theme} ${v.id}: ${v.nodes.map((n) => n.html + n.failureSummary).join('\n')}`)).toEqual([])
      await fresh.keyboard.press('Escape')
      await expect(fresh.locator('dialog[open]')).toHaveCount(0)
    }
    await fresh.close()
  }
})

test('on paper: a report with the purpose, the head of the log and nothing to click', async ({ page }) => {
  await page.addInitScript(() => { window.print = () => { document.documentElement.dataset.printed = 'yes' } })
  await visit(page, '#/events?kinds=DISCLOSE&order=OCCURRED', { theme: 'dark' })
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await page.keyboard.press('ControlOrMeta+p')
  await expect(page.locator('html')).toHaveAttribute('data-printed', 'yes')
  await page.emulateMedia({ media: 'print' })
  const report = page.locator('.report')
  await expect(report).toContainText('Purpose of this visit: Demonstration · demo, oversight')
  await expect(report).toContainText(/localhost\/lichtspur\/page-test, [\d,]+ entries/)
  await expect(report).toContainText('— localhost/lichtspur/page-test')
  await expect(report).toContainText('UTC')
  for (const hidden of ['header', 'footer', '.filters', '.take']) await expect(page.locator(hidden).first()).toBeHidden()
  await expect(page.locator('.exercise').first()).toBeVisible()
  const pdf = await page.pdf({ format: 'A4', landscape: true })
  expect(pdf.length).toBeGreaterThan(20_000)
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe('rgb(255, 255, 255)')
})

/** How far the page is wider than the window. */
const beyond = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

test('the menu is one line from 1200 pixels, two from 961, and behind a button below', async ({ page }) => {
  test.setTimeout(120_000)
  for (const language of ['en', 'de']) {
    const fresh = await page.context().newPage()
    await fresh.setViewportSize({ width: 1200, height: 800 })
    await visit(fresh, '#/events', { language })
    await expect(fresh.locator('tbody tr').first()).toBeVisible()
    expect((await fresh.locator('header').boundingBox())!.height).toBeLessThan(60)
    await fresh.setViewportSize({ width: 1024, height: 800 })
    expect((await fresh.locator('header').boundingBox())!.height).toBeLessThan(100)
    for (const width of [768, 390]) {
      await fresh.setViewportSize({ width, height: 844 })
      const fold = fresh.getByRole('button', { name: language === 'en' ? 'Menu' : 'Menü' }), nav = fresh.locator('header nav')
      expect((await fresh.locator('header').boundingBox())!.height).toBeLessThan(60)
      await expect(nav).toBeHidden()
      await fold.press('Enter')
      await expect(nav.locator('a[aria-current]')).toBeInViewport({ ratio: 1 })
      await nav.locator('a').first().focus()
      await fresh.keyboard.press('Escape')
      await expect(nav).toBeHidden()
      await expect(fold).toBeFocused()
    }
    await fresh.close()
  }
})

test('a phone reads every page without scrolling sideways', async ({ page }) => {
  test.setTimeout(120_000)
  await visit(page, '#/overview', { language: 'de' })
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 })
    for (const at of pages) {
      await page.goto('/#/' + at)
      await expect(page.locator('h1')).toBeVisible()
      await page.waitForTimeout(400)
      expect(await beyond(page), `${at} at ${width}`).toBeLessThanOrEqual(0)
      // Tables are cards: they need no scrolling sideways either.
      for (const box of await page.locator('.scroll').all()) expect(await box.evaluate((e) => e.scrollWidth - e.clientWidth), `${at} at ${width}`).toBeLessThanOrEqual(0)
      if (process.env.SCREENS) await page.screenshot({ path: `${process.env.SCREENS}/phone-${width}-${at.replace('/', '-')}.png` })
    }
  }
})

test('on a phone an entry is a card, and filters are folded', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await visit(page, '#/events?kinds=DISCLOSE&order=OCCURRED')
  const card = page.locator('tbody tr').first()
  for (const part of ['Transfer', 'Exercise', 'recorded', 'UTC', '→']) {
    const has = await card.evaluate((e, part) => e.textContent!.includes(part) || [...e.querySelectorAll('td')].some((td) => getComputedStyle(td, '::before').content.includes(part)), part)
    expect(has, part).toBe(true)
  }
  const kinds = page.locator('summary', { hasText: 'Kinds' })
  await expect(kinds).toBeHidden()
  await page.getByRole('button', { name: 'Filters (1)' }).click()
  await expect(kinds).toBeVisible()
  await card.click() // anywhere on it
  await expect(page).toHaveURL(/#\/event\//)
})

test('nothing moves for who wants it so, and what has the focus is seen', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await visit(page, '#/register')
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  const [outline, moving] = await page.evaluate(() => [getComputedStyle(document.activeElement!).outlineStyle, [...document.querySelectorAll('*')].filter((e) => parseFloat(getComputedStyle(e).transitionDuration) > 0).length])
  expect(outline).toBe('solid')
  expect(moving).toBe(0)
})

test('the purpose is chosen and not given, and Esc does not leave an empty page', async ({ page }) => {
  await page.goto('/')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('combobox')).toHaveValue('')
  for (let i = 0; i < 3; i++) { await page.keyboard.press('Escape'); await expect(dialog).toBeVisible() }
  await dialog.getByRole('button', { name: 'Begin' }).click()
  await expect(dialog).toBeVisible() // nothing was chosen
  await dialog.getByRole('combobox').selectOption('DEMONSTRATION')
  await dialog.getByRole('button', { name: 'Begin' }).click()
  await expect(page.getByRole('heading', { name: 'Who sends facial images to whom' })).toBeVisible()
})

test('a digest among the commands leads to its image, and not through the address', async ({ page }) => {
  await visit(page, '#/questions')
  await expect(page.locator('.questions > details').first()).toBeVisible()
  await page.keyboard.press('ControlOrMeta+k')
  await page.locator('dialog[open]').getByRole('combobox').fill('014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962')
  await expect(page.locator('dialog[open]').getByRole('option')).toHaveText('Follow this image')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/image\/[\w-]{22}$/)
  await page.keyboard.press('ControlOrMeta+k')
  await page.locator('dialog[open]').getByRole('combobox').fill('sha256:' + 'ab'.repeat(32))
  await page.keyboard.press('Enter')
  await expect(page.locator('.empty')).toContainText('No information')
})

test('the help names the keys that do something on the page, and no others', async ({ page }) => {
  const named = page.getByRole('dialog', { name: 'Keys' }).locator('dd')
  for (const [at, own] of [['questions', ''], ['overview', 'In the map of flows'], ['events', 'In the table of events'], ['image', 'In the lanes of an image'], ['graphql/counts', 'Leave the editor']]) {
    await visit(page, '#/' + at)
    await expect(page.locator('h1')).toBeVisible()
    await page.locator('h1').click()
    await page.keyboard.press('?')
    await expect(named.first()).toBeVisible()
    expect((await named.allTextContents()).filter((w) => /In the|stretch|editor/.test(w)).length > 0, at).toBe(own !== '')
    if (own) await expect(named.filter({ hasText: own })).toHaveCount(1)
    await page.keyboard.press('Escape')
  }
})

test('a system is found among the commands by its name, in the register and not by its events alone', async ({ page }) => {
  await visit(page, '#/register/systems')
  await expect(page.locator('tbody tr').first()).toBeVisible()
  for (const from of ['#/register/systems', '#/questions']) {
    await page.goto('/' + from)
    await page.keyboard.press('ControlOrMeta+k')
    await page.keyboard.type('inpol')
    await expect(page.locator('#commands li').first()).toContainText('In the register: INPOL')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/#\/register\/systems$/)
    await expect(page.getByLabel('Search this list')).toHaveValue('INPOL')
    await expect(page.locator('tbody tr', { hasText: 'INPOL' }).first()).toBeVisible()
    expect(await page.locator('tbody tr').count()).toBeLessThan(5)
  }
})
