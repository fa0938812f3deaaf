// Numbers for people.

const grouped = new Intl.NumberFormat('en-GB')

export const count = (n: number | undefined) => (n === undefined ? '' : grouped.format(n))

/** "1 asset", "2 assets". */
export const many = (n: number, one: string, more = one + 's') => `${count(n)} ${n === 1 ? one : more}`

export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let i = 0
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000
    i++
  }
  return `${i && n < 100 ? n.toFixed(1) : Math.round(n)} ${units[i]}`
}

export function rate(n: number): string {
  if (n >= 1e6) return (n / 1e6).toFixed(1) + ' M/s'
  if (n >= 1e4) return Math.round(n / 1e3) + ' k/s'
  if (n >= 1e3) return (n / 1e3).toFixed(1) + ' k/s'
  return (n < 10 && n > 0 ? n.toFixed(1) : String(Math.round(n))) + '/s'
}

/** Seconds of a cycle: "32 ms", "1.2 s". */
export function cycle(s: number | undefined): string {
  if (!s) return ''
  if (s < 0.001) return Math.round(s * 1e6) + ' µs'
  if (s < 1) return (s < 0.01 ? (s * 1e3).toFixed(1) : String(Math.round(s * 1e3))) + ' ms'
  return s < 100 ? s.toFixed(1) + ' s' : Math.round(s) + ' s'
}

export const percent = (share: number) => (share * 100 < 10 && share > 0 ? (share * 100).toFixed(1) : Math.round(share * 100)) + ' %'
