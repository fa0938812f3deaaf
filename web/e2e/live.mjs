// What the intruder does appears on Home by itself, and after a broken connection, too.
import { ask, must, signIn, walk } from './browser.mjs'

await walk(async ({ page, context }) => {
  await signIn(page)
  let loads = 0
  page.on('load', () => loads++)
  const before = (await ask(page, '/findings?limit=1')).total
  // The demonstration's intruder comes within minutes; nobody reloads.
  await page.locator('.story').first().waitFor({ timeout: 420_000 })
  const text = await page.locator('.story').first().innerText()
  const total = (await ask(page, '/findings?limit=1')).total
  must(`no finding came: ${before} before, ${total} after`, total > before || /I-\d/.test(text))
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  await page.getByRole('table', { name: 'Findings' }).waitFor()
  await context.setOffline(true)
  await page.getByText('Connection lost, trying again').waitFor()
  await context.setOffline(false)
  await page.getByText('Live', { exact: true }).waitFor()
  must('the page was loaded again', loads === 0)
})
