// Writes web/dist/SOURCES.sha256: what the built console was built from. A Go test computes
// the same and fails when somebody changed the sources and did not build.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const files = []
const walk = (dir) => {
  for (const e of readdirSync(dir, { withFileTypes: true })) {
    const path = dir === '.' ? e.name : dir + '/' + e.name
    if (e.isDirectory()) {
      if (e.name !== 'node_modules') walk(path)
    } else if (!e.name.endsWith('.tsbuildinfo')) files.push(path)
  }
}
walk('.')
files.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
const hash = createHash('sha256')
for (const f of files) hash.update(`${f}\0${createHash('sha256').update(readFileSync(f)).digest('hex')}\n`)
writeFileSync(join('..', 'dist', 'SOURCES.sha256'), hash.digest('hex') + '\n')
