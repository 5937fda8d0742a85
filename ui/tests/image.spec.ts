import { readFileSync } from 'node:fs'
import { accessible, expect, test, visit } from './visit'

const digest = 'sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962'

test('a digest is pasted: what is recorded, where it went, who holds it and who saw it', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.getByRole('button', { name: 'Look it up' }).click()
  await expect(page).toHaveURL(/#\/image\/[\w-]{22}$/)
  await expect(page.getByRole('link', { name: /^12 entries/ })).toBeVisible()
  const lineage = page.getByRole('region', { name: 'Where it went' })
  await expect(lineage.locator('tbody tr')).toHaveCount(5) // how it came about, and one hop
  await expect(page.locator('svg.lanes .hop')).toHaveCount(5)
  const before = await page.locator('svg.lanes .hop circle').first().getAttribute('cx')
  await page.getByRole('button', { name: 'One hop further' }).click()
  await expect(lineage.locator('tbody tr')).toHaveCount(7)
  await expect(page.locator('svg.lanes .hop')).toHaveCount(7)
  expect(await page.locator('svg.lanes .hop circle').first().getAttribute('cx')).toBe(before)
  await expect(page).toHaveURL(/hops=2/)
  await expect(page.getByRole('region', { name: 'Who holds it' })).toContainText('no end is recorded')
  await expect(page.getByRole('region', { name: 'Who saw it' })).toContainText('officer-0004')
  await expect(lineage.locator('.exercise').first()).toBeVisible()
  expect(page.url()).not.toContain('014e9a9a')
  await lineage.locator('tbody a').first().click()
  await expect(page.locator('.badge')).toBeVisible()
})

test('who has no picture at hand begins with a transfer, which names its images', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByRole('link', { name: 'No picture at hand?' }).click()
  await page.locator('tbody a').first().click()
  await page.locator('main a[href*="#/image/"]').first().click()
  await expect(page.getByRole('region', { name: 'Where it went' }).locator('tbody tr').first()).toBeVisible()
})

test('a picture is hashed here and never sent', async ({ page }) => {
  const bodies: string[] = []
  page.on('request', (r) => { bodies.push(r.url() + (r.postData() ?? '')) })
  await visit(page, '#/image')
  await page.locator('input[type=file]').setInputFiles({ name: 'face-of-somebody.png', mimeType: 'image/png', buffer: Buffer.from('the bytes of a picture') })
  await expect(page.locator('.empty')).toContainText('Nothing is recorded of this picture')
  expect(bodies.some((b) => b.includes('sha256:'))).toBe(true)
  for (const b of bodies) { expect(b).not.toContain('the bytes'); expect(b).not.toContain('face-of-somebody') }
})

test('no digest is told so before anything is asked', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill('014e')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('64 digits')
})

test('the lineage is taken away as CSV, JSON, SVG and PNG', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.keyboard.press('Enter')
  await expect(page.locator('svg.lanes')).toBeVisible()
  const take = async (name: string) => {
    const saved = page.waitForEvent('download')
    await page.locator('.take').first().getByRole('button', { name }).click()
    return readFileSync(await (await saved).path())
  }
  expect((await take('CSV')).toString()).toMatch(/^\uFEFFn,depth,left,left_from,left_to,came,came_from,came_to,edge,kind,/)
  expect(JSON.parse((await take('JSON')).toString()).hops).toHaveLength(5)
  expect((await take('SVG')).toString()).toContain('<svg')
  expect((await take('PNG')).subarray(1, 4).toString()).toBe('PNG')
})

const busy = 'sha256:e953b209ac463cd5b9a8a386a8c3a8854c99f1c0cd189bc0eaf8de2a1d98b851' // shown in some two thousand searches

test('many hops alike stand as one with their count, and open on a click while nothing else moves', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(busy)
  await page.keyboard.press('Enter')
  const groups = page.locator('svg.lanes .many')
  await expect(groups.first()).toBeVisible()
  await page.getByRole('button', { name: 'One hop further' }).click()
  await expect(page.getByText('Shown up to hop 2')).toBeVisible()
  const lanes = () => page.locator('svg.lanes .lane').evaluateAll((l) => l.map((e) => e.getAttribute('y1')).join())
  const before = await lanes(), count = await groups.count(), smallest = (await groups.allTextContents()).map((t) => +t.replace(/\D/g, '')).reduce((a, b, i, all) => (b < all[a] ? i : a), 0)
  await groups.nth(smallest).focus()
  await page.keyboard.press('Enter')
  await expect(groups).toHaveCount(count - 1)
  expect(await lanes()).toBe(before)
  if (process.env.SCREENS) await page.screenshot({ path: `${process.env.SCREENS}/groups.png` })
  await page.getByRole('button', { name: 'Group what is alike' }).click()
  await expect(groups).toHaveCount(count)
})

test('following an image is accessible', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/image\/[\w-]{22}$/)
  const hash = new URL(page.url()).hash
  await accessible(page, hash + '?hops=2', async (p) => { await expect(p.locator('svg.lanes .hop')).toHaveCount(7) })
})
