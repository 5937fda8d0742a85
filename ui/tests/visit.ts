import { execFileSync } from 'node:child_process'
import AxeBuilder from '@axe-core/playwright'
import { expect, test as base, type Page } from '@playwright/test'

/** A reader whose browser complains of nothing: console errors and uncaught exceptions fail the test. */
export const test = base.extend<{ complaints: string[] }>({
  complaints: [async ({ page }, use) => {
    const complaints: string[] = []
    page.on('console', (m) => { if (m.type() === 'error') complaints.push(m.text()) })
    page.on('pageerror', (e) => complaints.push(String(e)))
    if (process.env.SLOW) await slow(page, Number(process.env.SLOW))
    await use(complaints)
    if (!page.isClosed()) await page.unrouteAll({ behavior: 'ignoreErrors' }) // an answer that a test alters may still be on its way when it ends
    expect(complaints).toEqual([])
  }, { auto: true }],
})
export { expect }

/** As on a busy machine and a slow network, to find tests that are right only where all is quick: SLOW=3 npx playwright test. */
async function slow(page: Page, times: number) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: times })
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 60 * times, downloadThroughput: -1, uploadThroughput: -1 })
}

/** Opens a page of the app as somebody who has said what the visit is for. */
export async function visit(page: Page, hash = '#/', choices: Record<string, string> = {}) {
  await page.addInitScript((choices) => {
    sessionStorage.setItem('lichtspur.purpose', 'DEMONSTRATION')
    for (const [name, value] of Object.entries(choices)) localStorage.setItem('lichtspur.' + name, value)
  }, choices)
  await page.goto('/' + hash)
}

/** Opens a page of the app as a viewer with a role that sees a part alone; belonging: what the token is limited to, as the command line has it. */
export async function visitAs(page: Page, role: 'dpo' | 'reporter' | 'operator', belonging: string[], hash = '#/', choices: Record<string, string> = {}) {
  const made = execFileSync('../bin/lichtspur', ['token', 'create', '--data', '.run/data', '--viewer', 'page-' + role, '--role', role, ...belonging, '--expires', '1h'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  await page.addInitScript((token) => { sessionStorage.setItem('lichtspur.token', token) }, made.match(/ls[a-z]*_\S+/)![0])
  await visit(page, hash, choices)
}

/** Looks for what WCAG 2.2 AA forbids, in both appearances and languages. look brings the page to where it is to be looked at. */
export async function accessible(page: Page, hash: string, look: (page: Page) => Promise<void>) {
  test.setTimeout(240_000) // axe looks at each cell
  for (const [theme, language] of [['light', 'en'], ['dark', 'de'], ['light', 'de'], ['dark', 'en']]) {
    const fresh = await page.context().newPage()
    await visit(fresh, hash, { theme, language })
    await look(fresh)
    if (process.env.SCREENS && (theme === 'light') === (language === 'en')) {
      await fresh.screenshot({ path: `${process.env.SCREENS}/${hash.replace(/\W+/g, '-')}-${theme}.png` })
    }
    const found = await new AxeBuilder({ page: fresh }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
    expect(found.violations.map((v) => `${theme} ${language} ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary).join('\n')}`)).toEqual([])
    await fresh.close()
  }
}
