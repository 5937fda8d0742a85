import { accessible, expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

const content = (page: Page) => page.locator('.editor .cm-content')

test('a saved question is chosen and asked, offline and without inline code', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (r) => { if (!/^(http:..127.0.0.1:|data:|blob:)/.test(r.url())) asked.push(r.url()) })
  await visit(page, '#/graphql')
  await expect(content(page)).toBeVisible()
  await page.getByLabel('Saved questions').selectOption({ label: 'What went to a private vendor?' })
  await expect(content(page)).toContainText('query Vendors')
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
  await expect(page.locator('.answered')).toContainText('"complete": true')
  await page.getByLabel('Saved questions').selectOption('BT-1b')
  await expect(content(page)).toContainText('query BT_1b')
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
  await expect(page.locator('.answered')).toContainText('There is no free automated search in IFRS')
  expect(asked).toEqual([])
})

test('by keyboard: written, completed, asked; a mistake is told', async ({ page, complaints }) => {
  await visit(page, '#/graphql')
  await expect(page.getByRole('heading', { name: 'What can be asked' })).toBeVisible() // the schema is there
  await content(page).click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('{ checkpo')
  await expect(page.locator('.editor .cm-tooltip-autocomplete')).toContainText('checkpoint')
  await page.waitForTimeout(300) // what has just appeared is not taken, lest a new line be meant
  await page.keyboard.press('Enter')
  await expect(content(page)).toContainText('checkpoint}')
  await page.keyboard.type(' { size origin } ')
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(page.locator('.answered')).toContainText('localhost/lichtspur/page-test')
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('{ nothing ')
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(page.locator('.answered')).toContainText('nothing')
  await expect(page.locator('main')).toContainText('This could not be shown')
  expect(complaints.splice(0).join()).toMatch(/^[^,]* 400 [^,]*$/)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  await expect(page.getByLabel('Variables')).toBeFocused()
})

test('what can be asked is looked up', async ({ page }) => {
  await visit(page, '#/graphql')
  await page.getByRole('searchbox').fill('unmatched')
  await page.locator('.docs').getByRole('button', { name: 'unmatched' }).click()
  await expect(page.getByRole('heading', { name: 'EventFilter' })).toBeVisible()
  await expect(page.locator('.docs')).toContainText('the other side is not recorded')
})

test('asking in GraphQL is accessible', async ({ page }) => {
  await accessible(page, '#/graphql', async (p) => { await expect(p.locator('.docs dt').first()).toBeVisible(); await expect(content(p)).toBeVisible() })
})
