import type { Page } from '@playwright/test'
import { expect, test, visit } from './visit'

// The page by keyboard alone: no test here clicks.

const pages = ['overview', 'questions', 'events', 'live', 'image', 'reach', 'register/systems', 'readers', 'graphql']

/** What has the focus: by what it is told from others, and whether it is seen. */
const focused = (page: Page) => page.evaluate(() => {
  let e = document.activeElement as HTMLElement
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement as HTMLElement
  const box = e.getBoundingClientRect(), style = getComputedStyle(e), inside = e.closest('.cm-editor') ?? (e.getRootNode() as ShadowRoot).host?.closest('.editor')
  const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].map(([x, y]) => document.elementFromPoint(box.left + box.width * x, box.top + box.height * y))
  const name = (e.ariaLabel || e.textContent || (e as HTMLInputElement).labels?.[0]?.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 40)
  return {
    what: e.tagName.toLowerCase() + ' ' + name, body: e === document.body, date: (e as HTMLInputElement).type === 'date', editor: !!inside,
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 || !!inside,
    seen: e === document.body || points.some((p) => p && (e.contains(p) || p.contains(e) || p.shadowRoot)),
    place: [...document.querySelectorAll('a, button, input, select, textarea, summary, [tabindex]')].indexOf(document.activeElement as HTMLElement),
  }
})
const ready = async (page: Page) => { await expect(page.locator('main h1')).toBeVisible(); await page.waitForTimeout(700) }

test('the tabulator goes through every page: seen, outlined, never stuck, and out again', async ({ page }) => {
  test.setTimeout(150_000)
  await visit(page, '#/overview')
  for (const at of pages) {
    await page.goto('/#/' + at)
    await page.reload()
    await ready(page)
    await page.keyboard.press('Tab')
    expect((await focused(page)).what, at).toBe('a Skip to content')
    let last = -1, out = false
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab')
      let f = await focused(page)
      if (f.editor) {
        // Tab indents in there; the words beneath say how to leave.
        await page.keyboard.press('Escape')
        await page.keyboard.press('Tab')
        f = await focused(page)
        expect(f.editor).toBe(false)
      }
      if (out = f.body) break
      expect(f, `${at}: ${f.what}`).toMatchObject({ outlined: !f.date || f.outlined, seen: true }) // a date's button in it has a ring of its own
      if (!f.date) expect(f.place, `${at}: ${f.what}`).not.toBe(last) // a date has several stops in it
      last = f.place
    }
    // And back.
    await page.keyboard.press('Shift+Tab')
    const back = (await focused(page)).place // from behind the page to its last stop
    if (out) expect(back, at).toBe(last)
    else expect(back, at).not.toBe(last)
  }
})

test('the skip link leads to the content; another page begins at its heading, and is told', async ({ page }) => {
  await visit(page, '#/questions')
  await ready(page)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement!.id)).toBe('content')
  await page.keyboard.press('g')
  await page.keyboard.press('3')
  await expect(page.locator('main h1')).toBeFocused()
  await expect(page).toHaveTitle('Events · Lichtspur')
  await expect(page.getByRole('status').first()).toHaveText('Events · Lichtspur')
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
  // An entry says which it is; what came in later does not take the focus away.
  await expect(page.locator('tbody tr a').first()).toBeVisible()
  await page.locator('tbody tr a').first().press('Enter')
  await expect(page.locator('.badge')).toHaveAttribute('data-state', /verified/)
  await expect(page.locator('main h1')).toBeFocused()
  await expect(page).toHaveTitle(/^Event · \S.* [\d,]+ · Lichtspur$/)
  await page.keyboard.press('ControlOrMeta+k')
  await page.keyboard.type('deutsch')
  await page.keyboard.press('Enter')
  await expect(page).toHaveTitle(/^Ereignis · /)
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('de')
})

test('events: sorted, columns chosen, and opened', async ({ page }) => {
  await visit(page, '#/events?kinds=QUERY')
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await page.locator('th', { hasText: 'Happened' }).getByRole('button').press('Enter')
  await expect(page.locator('th', { hasText: 'Happened' })).toHaveAttribute('aria-sort', 'ascending')
  const columns = page.locator('summary', { hasText: 'Columns' }), menu = page.locator('details.menu[open]')
  await columns.press('Enter')
  await expect(menu).toHaveCount(1)
  await page.keyboard.press('Tab')
  await page.getByRole('checkbox', { name: 'Source' }).press('Space')
  await expect(page.locator('th', { hasText: 'Source' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(menu).toHaveCount(0)
  await expect(columns).toBeFocused()
  await columns.press('Enter')
  await page.getByRole('checkbox', { name: 'Vouched for by' }).focus()
  await page.keyboard.press('Tab')
  await expect(menu).toHaveCount(0) // who goes on closes it
  await page.locator('tbody tr a').first().focus()
  await page.keyboard.press('ArrowDown')
  await expect(page.locator('tr[data-row="1"] a')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/event\//)
})

test('dialogs keep the focus in, give it back, and Escape closes what is open', async ({ page }) => {
  await visit(page, '#/reach')
  await ready(page)
  for (const [opener, dialog] of [
    [page.getByRole('button', { name: /^Keys/ }), page.getByRole('dialog', { name: 'Keys' })],
    [page.getByRole('button', { name: /^Commands/ }), page.getByRole('dialog', { name: 'Commands' })],
    [page.getByRole('button', { name: /Purpose of this visit/ }), page.getByRole('dialog', { name: 'Purpose of this visit' })],
  ] as const) {
    await opener.press('Enter')
    await expect(dialog).toBeVisible()
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement!.closest('dialog[open]'))).toBe(true)
    }
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
    await expect(opener).toBeFocused()
  }
  // Every key of the help is one that the page knows.
  await page.keyboard.press('?')
  for (const key of ['Ctrl K', '?', '/', 'g 1–9', 'Ctrl P', 'Esc']) await expect(page.locator('.keys dt').filter({ hasText: new RegExp('^' + key.replace('?', '\\?').replaceAll(' ', '\\s+') + '\\s*$') })).toHaveCount(1)
})

test('a question is asked and answered by keyboard, and who asks keeps the focus', async ({ page }) => {
  await visit(page, '#/reach')
  await page.getByLabel('Origin', { exact: true }).focus()
  await page.keyboard.type('Germany')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Clearview AI')
  await page.keyboard.press('Enter')
  await expect(page.locator('.verdict')).toBeVisible()
  expect((await focused(page)).what).toMatch(/^input could have been in/)
  await page.keyboard.press('g') // a letter in a field
  await page.goto('/#/graphql')
  const run = page.getByRole('button', { name: 'Ask', exact: true })
  await run.press('Enter')
  await expect(page.locator('.answered')).toBeVisible()
  await expect(run).toBeFocused()
})
