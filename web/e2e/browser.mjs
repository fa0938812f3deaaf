// What every walk through the console needs: a real Chromium, and words for what a person does.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const require = createRequire(new URL('../console/package.json', import.meta.url))
const { chromium } = require('playwright-core')

export let { DAVY_URL: base, DAVY_SETUP: setup, DAVY_CAPTURE: capture, DAVY_SHOTS: shots } = process.env
export const person = { name: 'anna', password: 'a lamp in a dark shaft' }

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** Goes to the sensor by another way from now on. */
export function by(url) {
  base = url
}

/** Starts Chromium and opens a page; whatever the page complains of is collected. */
export async function open(options = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  const complaints = []
  page.on('pageerror', (e) => complaints.push(`error in the page: ${e.message}`))
  page.on('console', (m) => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && complaints.push(m.text()))
  page.on('dialog', (d) => (complaints.push(`a dialog: ${d.message()}`), d.dismiss()))
  page.on('request', (r) => r.url().startsWith('https://127.0.0.1:') || r.url().startsWith('data:') || r.url().startsWith('blob:') || complaints.push(`asks elsewhere: ${r.url()}`))
  return { browser, context, page, complaints }
}

export async function fillIn(page, name, password) {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export async function signIn(page) {
  await page.goto(base + '/')
  await fillIn(page, person.name, person.password)
  await page.getByText('Live', { exact: true }).waitFor()
}

/** Fails with every complaint. */
export function quiet(complaints) {
  if (complaints.length) throw new Error(complaints.join('\n'))
}

export function must(what, holds) {
  if (!holds) throw new Error(what)
}

/** Asks the API as the page would, with its session. */
export async function ask(page, path) {
  return page.evaluate(async (p) => {
    const r = await fetch('/api/v1' + p)
    if (!r.ok) throw new Error(`${p} answers ${r.status}`)
    return r.json()
  }, path)
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds that is serious or critical. */
export async function axeOn(page) {
  // Through the debugger, since the page's own policy lets no foreign script in.
  await page.evaluate(axe)
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  return found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.length} times, as in ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary}`)
}

/** Runs a walk; its failure is the program's. */
export async function walk(f, options) {
  const b = await open(options)
  try {
    await f(b)
    quiet(b.complaints)
  } catch (e) {
    console.error(e.stack ?? e)
    if (b.complaints.length) console.error('The page complained:', b.complaints.join('\n'))
    if (shots) await b.page.screenshot({ path: `${shots}/failed-${process.argv[1].split('/').pop()}.png` }).catch(() => {})
    process.exitCode = 1
  } finally {
    await b.browser.close()
  }
}
