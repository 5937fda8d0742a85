import { happen } from './happen'
import { accessible, expect, test } from './visit'
import { Wire } from './wire'

const port = Number(process.env.PAGE_PORT ?? 8499)

test('what is recorded appears, pauses, and nothing is lost when the wire is cut', async ({ page, complaints }) => {
  const wire = new Wire(port), address = await wire.up()
  try {
    await page.addInitScript(() => sessionStorage.setItem('lichtspur.purpose', 'DEMONSTRATION'))
    await page.goto(address + '/#/live?kinds=CONSULT&sources=exercise-gateway')
    const state = page.getByTestId('live'), came = page.getByTestId('came'), fresh = page.locator('tr.fresh')
    await expect(state).toContainText('Connected')
    await expect(page.locator('tbody tr').first()).toBeVisible() // what was there before
    happen(3)
    await expect(fresh).toHaveCount(3)
    await expect(fresh.first().locator('.exercise')).toBeVisible()

    await page.getByRole('button', { name: 'Pause' }).click()
    await expect(state).toContainText('Paused')
    happen(2)
    await page.waitForTimeout(700)
    await expect(fresh).toHaveCount(3)
    await page.getByRole('button', { name: 'Go on' }).click()
    await expect(fresh).toHaveCount(5)

    wire.cut()
    await expect(state).toContainText('The connection broke')
    happen(120)
    await page.waitForTimeout(700)
    await expect(fresh).toHaveCount(5)
    wire.mend()
    await expect(fresh).toHaveCount(125, { timeout: 30_000 })
    await expect(came).toContainText('125 entries came')
    const ids = (await fresh.locator('td.index a').allInnerTexts()).map((s) => +s.replace(/\D/g, ''))
    expect(ids).toEqual(ids.map((_, i) => ids[0] - i)) // each once, in order, none missing
    for (const c of complaints.splice(0)) expect(c).toMatch(/ERR_(EMPTY_RESPONSE|CONNECTION|INCOMPLETE|SOCKET)/)
  } finally { await wire.down() }
})

test('live is accessible', async ({ page }) => {
  await accessible(page, '#/live?kinds=CONSULT&sources=exercise-gateway', async (p) => { await expect(p.getByTestId('live')).toHaveClass(/good/); await expect(p.locator('tbody tr').first()).toBeVisible() })
})
