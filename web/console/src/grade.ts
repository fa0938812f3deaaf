import type { Severity } from './rows.ts'

export const grades: Severity[] = ['critical', 'high', 'medium', 'low', 'info']
export const rank = (s: Severity | undefined) => (s ? grades.length - grades.indexOf(s) : 0)
