import { rank } from './grade.ts'
import type { Finding, Incident, Step } from './rows.ts'

// How an incident is told.

/** A finding, and what the same actor did of the same kind right after it. */
export interface Told {
  finding: Finding
  more: Finding[]
}

const together = 600_000

/** Findings in order of time, those of one kind by one actor within ten minutes together. */
export function tell(findings: Finding[]): Told[] {
  const out: Told[] = []
  for (const f of [...findings].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))) {
    const at = out.find(
      (s) =>
        s.finding.detector === f.detector &&
        s.finding.severity === f.severity &&
        s.finding.entities[0] !== undefined &&
        s.finding.entities[0] === f.entities[0] &&
        Date.parse(f.time) - Date.parse(s.finding.time) < together,
    )
    if (at) at.more.push(f)
    else out.push({ finding: f, more: [] })
  }
  return out
}

/** A title is "What, What, and 2 more: who, who"; the two parts, the first as one sentence. */
export function parted(title: string): { what: string; who: string } {
  const at = title.indexOf(': ')
  const what = (at < 0 ? title : title.slice(0, at)).replace(/, ([A-Z])(?=[a-z])/g, (_, c: string) => ', ' + c.toLowerCase())
  return { what, who: at < 0 ? '' : title.slice(at + 2) }
}

/** The gravest steps of a timeline, at most n, in order of time. */
export function gravest(timeline: Step[], n: number): Step[] {
  return timeline
    .map((step, i) => ({ step, i }))
    .sort((a, b) => rank(b.step.severity) - rank(a.step.severity) || a.i - b.i)
    .slice(0, n)
    .sort((a, b) => a.i - b.i)
    .map((x) => x.step)
}

/** Open before decided, then graver first, then newer first. */
export function graverFirst(a: Incident, b: Incident): number {
  return rank(b.severity) - rank(a.severity) || (a.last < b.last ? 1 : -1)
}
