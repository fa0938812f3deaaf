// How quick the console is with a large plant, measured in the browser and printed: the first
// paint of every screen, and each kind of filter from the key to the rows that it lets through.
// Nothing here fails for being slow; what fails is what does not come at all.
import { cpus, loadavg } from 'node:os'
import { ask, base, must, person, setup, walk } from './browser.mjs'

const runs = +(process.env.DAVY_RUNS ?? 5)
const order = (list) => [...list].sort((a, b) => a - b)
const share = (list, p) => order(list)[Math.min(list.length - 1, Math.ceil(list.length * p) - 1)]
const line = (name, list) => console.log(`${name.padEnd(34)} ${String(list.length).padStart(3)} times   median ${share(list, 0.5).toFixed(0).padStart(5)} ms   p95 ${share(list, 0.95).toFixed(0).padStart(5)} ms   most ${Math.max(...list).toFixed(0).padStart(5)} ms`)

await walk(async ({ page }) => {
  await page.goto(setup)
  await page.getByLabel('Your name').fill(person.name)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByLabel('Once more').fill(person.password)
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  const total = (await ask(page, '/assets?limit=1')).total
  const incident = (await ask(page, '/incidents?limit=1')).items[0].id
  const asset = (await ask(page, '/assets?limit=1')).items[0].id
  console.log(`${cpus().length} processors, load ${loadavg()[0].toFixed(1)} at the begin`)
  console.log(`${total} assets, ${(await ask(page, '/links?limit=1')).total} links, ${(await ask(page, '/findings?limit=1')).total} findings, ${(await ask(page, '/incidents?limit=1')).total} incidents`)

  // Ready is what the screen is for: its rows, its steps, its drawing.
  const screens = [
    ['Home', '/', '.story'], ['Incidents', '/incidents', '.grid .body .row'], ['Incident', '/incidents/' + incident, '.step'], ['Findings', '/findings', '.grid .body .row'],
    ['Assets', '/assets', '.grid .body .row'], ['Asset', '/assets/' + asset, 'dl.facts'], ['Links', '/links', '.grid .body .row'], ['Map', '/map', '.canvas canvas'],
    ['Work', '/work', '.week'], ['Captures', '/captures', '.drop'], ['Sensor health', '/sensor', '.kpis'], ['Administration', '/admin', 'table.plain'],
  ]
  const paints = []
  for (const [name, path, ready] of screens) {
    const paint = []
    const whole = []
    for (let n = 0; n < runs; n++) {
      await page.goto(base + path, { waitUntil: 'commit' })
      await page.locator(ready).first().waitFor()
      const [first, done] = await page.evaluate(() => new Promise((d) => requestAnimationFrame(() => setTimeout(() => d([performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now(), performance.now()]), 0))))
      paint.push(first)
      whole.push(done)
    }
    paints.push(...paint)
    line(`first paint, ${name}`, paint)
    line(`its rows or drawing, ${name}`, whole)
  }
  line('first paint, all screens', paints)

  // Filters. The clock runs in the page: from the event that asks to the frame that shows the answer.
  const took = []
  const measure = async (name, act, shows) => {
    const list = []
    for (let n = 0; n < runs; n++) {
      await page.evaluate(({ count, head, order }) => {
        const shown = () => {
          const grid = document.querySelector('.grid:not(.old)')
          if (!grid) return false
          if (count) return [' ', ','].some((end) => grid.querySelector('[role=status]').textContent.startsWith(count + end))
          const sorted = grid.querySelector('.heads [aria-sort]')
          return sorted?.textContent.startsWith(head) && sorted.ariaSort === order
        }
        window.__took = new Promise((done) => {
          let begin = 0
          for (const kind of ['input', 'click']) addEventListener(kind, () => (begin ||= performance.now()), { capture: true, once: true })
          const look = () => (begin && shown() ? done(performance.now() - begin) : requestAnimationFrame(look))
          look()
        })
      }, shows(n))
      await act(n)
      list.push(await page.evaluate(() => window.__took))
    }
    took.push(...list)
    line(name, list)
  }
  const grouped = (n) => new Intl.NumberFormat('en-GB').format(n)
  const answers = async (path) => grouped((await ask(page, path + '&limit=1')).total)
  const typed = async (list, label, words) => {
    await page.goto(base + list)
    await page.locator('.grid .body .row').first().waitFor()
    const box = page.getByLabel(label)
    const wants = []
    for (const w of words) wants.push(await answers(`${list}?q=${encodeURIComponent(w)}`))
    await measure(`${list.slice(1)}: text`, (n) => box.fill(words[n % words.length]), (n) => ({ count: wants[n % words.length] }))
  }
  await typed('/assets', 'Name, address, model…', ['plc', 'Siemens', '10.20.3', 'st-0123', 'Model 17'])
  await typed('/links', 'Address, protocol, object…', ['modbus', '10.20.7', 'opcua', 'register 100', '10.21'])
  await typed('/findings', 'Station, address, what was seen…', ['profinet', '10.20.9', 'ssh', '10.21.1', 'F-123'])
  const zone = (await ask(page, '/assets/facets')).zone[0].value // the most frequent one: it stands first
  for (const [list, facet, word, query] of [['/assets', 'Kind', 'controller', 'kind=controller'], ['/assets', 'Zone', zone, 'zone=' + encodeURIComponent(zone)], ['/findings', 'Severity', 'high', 'severity=high']]) {
    await page.goto(base + list)
    await page.locator('.grid .body .row').first().waitFor()
    const some = await answers(`${list}?${query}`)
    const all = await answers(`${list}?sort=id`)
    await page.locator('.bar').getByRole('button', { name: facet }).click()
    const box = page.getByRole('dialog').getByRole('checkbox', { name: word, exact: true })
    await measure(`${list.slice(1)}: ${facet.toLowerCase()}`, () => box.click(), (n) => ({ count: n % 2 ? all : some }))
  }
  for (const [list, head] of [['/assets', 'Vendor'], ['/links', 'Bytes'], ['/findings', 'When']]) {
    await page.goto(base + list)
    await page.locator('.grid .body .row').first().waitFor()
    const button = page.getByRole('columnheader').getByRole('button', { name: head })
    await measure(`${list.slice(1)}: sorted by ${head.toLowerCase()}`, () => button.click(), (n) => ({ head, order: n % 2 ? 'descending' : 'ascending' }))
  }
  line('every filter and order', took)
  console.log(`load ${loadavg()[0].toFixed(1)} at the end`)

  // Scrolling goes on to rows that were not there.
  await page.goto(base + '/assets')
  await page.locator('.grid .body .row').first().waitFor()
  for (let n = 0; n < 12; n++) {
    await page.evaluate(() => document.querySelector('.grid .box').scrollTo(0, 1e9))
    await page.waitForTimeout(150)
  }
  const loaded = await page.locator('.grid [role=status]').innerText()
  must('scrolling loads nothing: ' + loaded, /, ([1-9]\d,?\d*|[5-9]\d\d|[1-9],\d\d\d) loaded/.test(loaded))
  must('all rows are drawn', (await page.locator('.grid .body .row').count()) < 120)
})
