// What the intruder does appears on Home by itself; and when the connection breaks, the console
// says so, comes back, and tells what it missed. Nobody reloads.
import { connect, createServer } from 'node:net'
import { ask, base, by, must, signIn, walk } from './browser.mjs'

// The way to the sensor, with a hand on the cable.
const at = new URL(base)
const open = new Set()
let cut = false
const cable = createServer((near) => {
  if (cut) return near.destroy()
  const far = connect(+at.port, at.hostname)
  for (const [a, b] of [[near, far], [far, near]]) {
    open.add(a)
    a.on('error', () => {}).on('close', () => (open.delete(a), b.destroy()))
    a.pipe(b)
  }
})
await new Promise((up) => cable.listen(0, '127.0.0.1', up))
by(`https://127.0.0.1:${cable.address().port}`)

await walk(async ({ page, complaints }) => {
  await signIn(page)
  let loads = 0
  page.on('load', () => loads++)
  // The demonstration's intruder comes soon after the console has opened.
  await page.locator('.story').first().waitFor({ timeout: 600_000 })
  const open1 = (await ask(page, '/findings?limit=1')).total
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  await page.getByRole('table', { name: 'Findings' }).waitFor()
  await page.locator('.grid .wait').waitFor({ state: 'detached' })
  const before = await page.locator('.grid span[role=status]').innerText()
  cut = true
  for (const s of open) s.destroy()
  await page.getByText('Connection lost, trying again').waitFor()
  await page.waitForTimeout(3000)
  cut = false
  await page.getByText('Live', { exact: true }).waitFor()
  // The campaign goes on: what is new comes into the list that is open.
  await page.waitForFunction((was) => (document.querySelector('.grid:not(.old) span[role=status]')?.textContent ?? was) !== was, before, { timeout: 600_000 })
  must('no finding came', (await ask(page, '/findings?limit=1')).total > open1)
  must('the page was loaded again', loads === 0)
  // A cable that was pulled is what these complain of.
  for (let i = complaints.length - 1; i >= 0; i--) if (/ERR_(CONNECTION|EMPTY|SOCKET|NETWORK|INCOMPLETE)/.test(complaints[i])) complaints.splice(i, 1)
})
cable.close()
for (const s of open) s.destroy()
