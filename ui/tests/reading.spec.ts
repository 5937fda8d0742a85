import AxeBuilder from '@axe-core/playwright'
import { readFileSync } from 'node:fs'
import { expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

// However somebody reads: on a phone, with large letters, with the colours of their system, by ear, by keyboard, without motion.

/** Every page, and what is there when it is. */
const pages: [string, string][] = [
  ['overview', 'svg.flows .flow'], ['overview?picture=matrix', 'a.cell'], ['questions/BT-1b', '.part'], ['events?kinds=DISCLOSE', 'tbody tr'], ['event/3', '.badge .steps'], ['live?kinds=CONSULT&sources=exercise-gateway', 'tbody tr'],
  ['image/IMAGE?hops=2', 'svg.lanes .hop'], ['reach?from=country:DE&to=clearview-ai', '.verdict'], ['register/systems', 'tbody tr'], ['register/keys', 'tbody tr'], ['register/sources', 'tbody tr'],
  ['readers', 'tbody tr'], ['graphql', '.docs dt'],
]
let image = ''
test.beforeAll(async ({ request }) => {
  const res = await request.post('/graphql', { data: { query: '{ events(filter: { kinds: [DISCLOSE], exercise: true }, first: 1) { nodes { images { pseudonym } } } }' }, headers: { 'Lichtspur-Purpose': 'demonstration' } })
  image = (await res.json()).data.events.nodes[0].images[0].pseudonym // a pseudonym is of this record alone
})
async function go(page: Page, [at, there]: [string, string]) {
  await page.goto('/#/' + at.replace('IMAGE', image))
  await expect(page.locator(there).first(), at).toBeAttached()
  await expect(page.locator('main'), at).toHaveAttribute('aria-busy', 'false')
}
/** How far the page is wider than the window. */
const beyond = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
/** Cells and buttons whose text is cut; names of organisations and systems may be, since the entry has them whole. */
const cut = (page: Page) => page.evaluate(() => [...document.querySelectorAll('main :is(th, td.index, td.kind, td.occurred, td.recorded, td.standing, .chip, button, summary)')]
  .filter((e) => e.checkVisibility() && !/hidden|clip/.test(getComputedStyle(e).clipPath) && getComputedStyle(e).clipPath === 'none' && getComputedStyle(e).overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1).map((e) => e.tagName + ' ' + e.className + ' ' + e.textContent!.trim()))

test('on a phone axe finds nothing; letters twice as large and wider spacing cut nothing', async ({ page }) => {
  test.setTimeout(240_000)
  for (const [theme, language] of [['dark', 'de'], ['light', 'en']]) {
    const fresh = await page.context().newPage()
    await fresh.setViewportSize({ width: 360, height: 740 })
    await visit(fresh, '#/register/purposes', { theme, language })
    for (const p of pages.filter((_, i) => i % 2 === (theme === 'dark' ? 0 : 1))) {
      const at = `${p[0]} ${theme} ${language}`
      await go(fresh, p)
      // Rows are alike: some of each table do, axe takes its time with each cell.
      const found = await new AxeBuilder({ page: fresh }).exclude('tbody tr:nth-child(n+6)').exclude('.docs dt:nth-of-type(n+6) ~ *').withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
      expect(found.violations.map((v) => `${at} ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary).join('\n')}`)).toEqual([])
      await fresh.setViewportSize({ width: 1280, height: 900 })
      await fresh.evaluate(() => { document.documentElement.style.fontSize = '200%' })
      expect(await beyond(fresh), at + ', large letters').toBeLessThanOrEqual(0)
      await fresh.evaluate(() => {
        document.documentElement.style.fontSize = ''
        const sheet = new CSSStyleSheet() // WCAG 1.4.12
        sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }')
        document.adoptedStyleSheets = [sheet]
      })
      expect(await beyond(fresh), at + ', spacing').toBeLessThanOrEqual(0)
      expect(await cut(fresh), at + ', spacing').toEqual([])
      await fresh.evaluate(() => { document.adoptedStyleSheets = [] })
      expect(await cut(fresh), at).toEqual([])
      await fresh.setViewportSize({ width: 360, height: 740 })
    }
    await fresh.close()
  }
})

test('where the system sets the colours, standings keep their dashes, and what is chosen is told', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' })
  await visit(page, '#/overview', { theme: 'light' }) // the system's colours win
  await expect(page.locator('svg.flows .flow').first()).toBeAttached()
  const looks = await page.evaluate(() => {
    const ink = getComputedStyle(document.body).color, all = [...document.querySelectorAll('.picture .flow:not([data-key] *)')]
    const of = (s: string) => getComputedStyle(all.find((e) => e.classList.contains(s))!.querySelector('.line')!)
    const told = ['RECORDED', 'CLAIMED', 'CONTESTED', 'DENIED', 'NO_INFORMATION'].filter((s) => all.some((e) => e.classList.contains(s)))
    return { ink, strokes: [...new Set(told.map((s) => of(s).stroke))], dashes: told.map((s) => of(s).strokeDasharray), text: getComputedStyle(document.querySelector('.picture .node text')!).fill, ground: getComputedStyle(document.querySelector('svg.flows')!).backgroundColor, of: getComputedStyle(document.body).backgroundColor }
  })
  expect(looks.strokes).toEqual([looks.ink])
  expect(looks.text).toBe(looks.ink)
  expect(looks.ground).not.toBe(looks.ink)
  expect(looks.dashes.length).toBeGreaterThanOrEqual(4)
  expect(new Set(looks.dashes).size).toBe(looks.dashes.length)
  const ground = (name: string) => page.getByRole('button', { name, exact: true }).evaluate((e) => getComputedStyle(e).backgroundColor)
  expect(await ground('Map')).not.toBe(await ground('Matrix'))
  const line = (name: string) => page.locator('header nav').getByRole('link', { name, exact: true }).evaluate((e) => getComputedStyle(e).borderBottomWidth)
  expect([await line('Overview'), await line('Events')]).toEqual(['3px', '0px'])
  // Whoever takes the picture away gets it on white, as everybody does.
  const saved = page.waitForEvent('download')
  await page.locator('.take').getByRole('button', { name: 'SVG', exact: true }).click()
  const svg = readFileSync(await (await saved).path(), 'utf8')
  const inks = [...svg.matchAll(/<text[^>]* fill="rgb\((\d+), (\d+), (\d+)\)"/g)].map((m) => .2126 * +m[1] + .7152 * +m[2] + .0722 * +m[3])
  expect(inks.length).toBeGreaterThan(20)
  expect(Math.max(...inks)).toBeLessThan(120)
  await page.goto('/#/image')
  const button = page.getByRole('button', { name: 'Look it up' })
  const [text, behind] = await button.evaluate((e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor])
  expect(text).not.toBe(behind)
  await button.focus()
  await page.keyboard.press('Shift+Tab')
  expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toBe('solid')
})

test('what is clicked is 24 pixels large', async ({ page }) => {
  const small = (css: string) => page.locator(css).evaluateAll((all) => all.map((e) => e.getBoundingClientRect()).filter((r) => r.width > 0 && Math.min(r.width, r.height) < 23.9).map((r) => `${r.width} × ${r.height}`))
  await visit(page, '#/overview')
  for (const width of [1360, 360]) {
    await page.setViewportSize({ width, height: 900 })
    await go(page, ['overview', 'svg.flows .node'])
    await expect(page.locator('.node .hit').first()).toBeAttached()
    expect(await small('.node .hit, .brush .grip, .flowtable a'), `map at ${width}`).toEqual([])
    await go(page, ['overview?picture=matrix', 'a.cell'])
    expect(await small('a.cell .hit'), `matrix at ${width}`).toEqual([])
    await go(page, ['image/IMAGE?hops=2', 'svg.lanes .go'])
    expect(await small('.lanes .go .hit, .lanes .many rect, td a, td button'), `lanes at ${width}`).toEqual([])
  }
})

test('by ear: a name in the map says which side and how much; marks are not read; a card keeps its columns', async ({ page }) => {
  await visit(page, '#/overview')
  await expect(page.locator('svg.flows .flow').first()).toBeAttached()
  const map = page.getByRole('group', { name: /Flows from senders to receivers/ })
  await expect(map.getByRole('link', { name: /^From: INPOL, Federal Criminal Police Office: \d+$/ })).toHaveCount(1)
  await expect(map.getByRole('link', { name: /^To: INPOL, Federal Criminal Police Office: \d+$/ })).toHaveCount(1)
  expect(await map.ariaSnapshot()).not.toMatch(/[⚡◇✕]/)
  await go(page, ['image/IMAGE?hops=2', 'svg.lanes .hop'])
  const lanes = page.getByRole('group', { name: /Lanes by organisation/ })
  await expect(lanes.getByRole('button').first()).toHaveAccessibleName(/alike|hop on/)
  expect(await lanes.ariaSnapshot()).not.toMatch(/- text/)
  await page.setViewportSize({ width: 360, height: 740 })
  const tree = await page.context().newCDPSession(page)
  for (const p of pages.filter(([, there]) => there === 'tbody tr')) {
    await go(page, p)
    const { nodes } = await tree.send('Accessibility.getFullAXTree') as { nodes: { nodeId: string, parentId?: string, ignored: boolean, role?: { value: string } }[] }
    const role = (n: (typeof nodes)[0]) => n.role?.value ?? '', byId = new Map(nodes.map((n) => [n.nodeId, n])), cells = new Map<string, number>()
    for (const n of nodes) {
      if (n.ignored || !/^(cell|gridcell|columnheader|rowheader)$/.test(role(n))) continue
      let up = n.parentId ? byId.get(n.parentId) : undefined
      while (up && role(up) !== 'row') up = up.parentId ? byId.get(up.parentId) : undefined
      if (up) cells.set(up.nodeId, (cells.get(up.nodeId) ?? 0) + 1)
    }
    expect(nodes.some((n) => role(n) === 'table'), p[0]).toBe(true)
    expect(cells.size, p[0]).toBeGreaterThan(1)
    expect(new Set(cells.values()).size, p[0]).toBe(1) // as many cells in each row as there are heads
  }
})

test('what was found is told, nothing too', async ({ page }) => {
  await visit(page, '#/events?kinds=DISCLOSE')
  await expect(page.locator('main [role=status]', { hasText: 'entries shown' })).toHaveCount(1)
  await page.goto('/#/events?kinds=DISCLOSE&since=1999-01-01&until=1999-01-02')
  await expect(page.locator('main [role=status]', { hasText: 'Nothing like that is recorded' })).toHaveCount(1)
  await page.goto('/#/reach?from=country:DE&to=clearview-ai')
  await expect(page.locator('main [role=status]', { hasText: 'It is possible' })).toHaveCount(1)
  await page.goto('/#/register/systems')
  await page.getByRole('link', { name: 'Sources', exact: true }).click()
  await expect(page.locator('[role=status]', { hasText: 'Register · Sources' })).toHaveCount(1)
})

test('the head of a table that sticks never hides what has the focus', async ({ page }) => {
  await visit(page, '#/events?kinds=DISCLOSE')
  const links = page.locator('.tall tbody tr a')
  await expect(links.first()).toBeVisible()
  await page.locator('.tall').evaluate((e) => { e.scrollTop = 900 })
  await expect(page.locator('tr[data-row="20"] a')).toBeVisible()
  await page.locator('tr[data-row="20"] a').focus()
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Shift+Tab')
    const [link, head] = await page.evaluate(() => [document.activeElement!.getBoundingClientRect().top, document.querySelector('.tall thead tr')!.getBoundingClientRect().bottom])
    expect(link).toBeGreaterThanOrEqual(head)
  }
})

test('nothing moves while a slow server is waited for, for who wants it so', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await visit(page, '#/graphql')
  await page.route('**/graphql', async (route) => { await new Promise((done) => setTimeout(done, 1500)); await route.continue() })
  await page.goto('/#/questions')
  await expect(page.locator('main')).toHaveAttribute('aria-busy', 'true')
  await expect(page.locator('.progress')).toBeAttached()
  expect(await page.evaluate(() => document.getAnimations().map((a) => Number(a.effect!.getTiming().duration)).filter((d) => d > 10))).toEqual([])
  await page.unrouteAll({ behavior: 'wait' })
})
