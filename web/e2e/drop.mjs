// A capture dropped onto the page is read, with its progress, and its report opens.
import { readFileSync } from 'node:fs'
import { base, capture, must, signIn, walk } from './browser.mjs'

await walk(async ({ page, context }) => {
  await signIn(page)
  await page.goto(base + '/captures')
  await page.getByText('Drop a capture here').waitFor()
  const bytes = readFileSync(capture).toString('base64')
  const transfer = await page.evaluateHandle(async (b64) => {
    const raw = Uint8Array.from(atob(b64), (c) => c.charCodeAt(0))
    const t = new DataTransfer()
    t.items.add(new File([raw], 'line <b>3.pcapng'))
    return t
  }, bytes)
  const steps = new Set()
  await page.exposeFunction('noteProgress', (n) => steps.add(n))
  await page.evaluate(() => new MutationObserver(() => document.querySelectorAll('main [role=progressbar]').forEach((b) => window.noteProgress(b.getAttribute('aria-label') + b.getAttribute('aria-valuenow')))).observe(document.body, { subtree: true, childList: true, attributes: true }))
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer })
  const one = page.getByRole('region', { name: 'line <b>3.pcapng' })
  await one.getByRole('link', { name: 'Open the report' }).waitFor({ timeout: 60_000 })
  must('no progress was shown: ' + [...steps], steps.size >= 1)
  must('the summary tells no packets', /[\d,]+ packets/.test(await one.innerText()))
  const opening = context.waitForEvent('page')
  await one.getByRole('link', { name: 'Open the report' }).click()
  const report = await opening
  await report.getByText('What needs a person').waitFor()
  await report.close()
  // What is no capture is refused with words, or fails with them.
  await page.setInputFiles('input[type=file]', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('this is no capture') })
  await page.getByText(/could not be read|no capture|not a capture/i).first().waitFor()
  await one.getByRole('button', { name: /Remove/ }).click()
  await one.waitFor({ state: 'hidden' })
})
