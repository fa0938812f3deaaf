// The rows that the API hands out, kept by hand after docs/openapi.json. Times are RFC 3339.

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical'
export type Level = 'ok' | 'warn' | 'bad'

/** A list that comes in one part. */
export interface List<T> {
  items: T[]
}

export interface Page<T> {
  items: T[]
  next?: string
  total: number
}

export interface Session {
  name: string
  role: 'admin' | 'operator' | 'viewer'
  csrf: string
}

export interface Finding {
  id: string
  detector: string
  title: string
  severity: Severity
  time: string
  last?: string
  file: string
  frames: number[]
  count: number
  entities: string[]
  path?: string
  protocol?: string
  verb?: string
  attack?: string[]
  expected: string
  seen: string
  window?: string
}

export interface Step {
  time: string
  finding: string
  severity: Severity
  text: string
}

export interface Decision {
  time: string
  by: string
  act: 'acknowledge' | 'learn' | 'reopen'
  reason: string
}

/** Joined: it became part of an older incident. */
export type State = 'open' | 'acknowledged' | 'learned' | 'joined'

export interface Incident {
  id: string
  title: string
  severity: Severity
  first: string
  last: string
  entities: string[]
  attack?: string[]
  findings: string[]
  timeline?: Step[]
  state: State
  decisions?: Decision[]
}

/** What GET /incidents/{id} answers: the incident, and its findings in full. */
export interface IncidentPage extends Incident {
  finding_rows: Finding[]
  finding_count: number
}

export interface Evidence {
  attribute: string
  value: string
  source: string
  confidence: number
  first?: string
  last?: string
  count?: number
}

export interface Module {
  path: string
  name?: string
  vendor?: string
  model?: string
  firmware?: string
  serial?: string
}

export interface Asset {
  id: string
  scope: string
  addresses: string[]
  macs: string[]
  path?: string
  name?: string
  kind: string
  vendor?: string
  model?: string
  firmware?: string
  serial?: string
  modules?: Module[]
  level?: string
  zone?: string
  owner?: string
  criticality?: string
  run_state?: string
  key?: string
  virtual?: boolean
  members?: string[]
  first_seen: string
  last_seen: string
  evidence?: Evidence[]
  new?: boolean
  severity?: Severity
}

export interface AssetPage extends Asset {
  links: Link[]
  link_count: number
  findings: Finding[]
  finding_count: number
}

export interface Operation {
  path?: string
  verb?: string
  op?: string
  object?: string
  count: number
  cycle_s?: number
  jitter_s?: number
  response_s?: number
  last?: string
}

export interface Link {
  id: string
  client: string
  server: string
  scope?: string
  port?: number
  transport: string
  protocol?: string
  first_seen: string
  last_seen: string
  messages: number
  requests: number
  failures?: number
  packets: number
  bytes: number
  one_way?: boolean
  encrypted?: boolean
  operations?: Operation[]
  new?: boolean
  client_name?: string
  server_name?: string
}

export interface Message {
  time: string
  file?: string
  frame: number
  protocol: string
  client: string
  server: string
  reply?: boolean
  verb?: string
  op?: string
  object?: string
  value?: unknown
  result?: string
  defect?: string
}

export interface Messages {
  items: Message[]
  more?: boolean
  text?: string
}

export interface Line {
  name: string
  value: string
  hint?: string
  level: Level
  items?: string[]
}

export interface Learning {
  state: 'learning' | 'guarding' | 'off'
  since?: string
  until?: string
  share: number
  text: string
}

export interface Home {
  incidents: Incident[]
  counts: { assets: number; links: number; findings: number; incidents: number; open: Partial<Record<Severity, number>> }
  new: { assets: number; links: number; findings: number }
  coverage: Line[]
  learning: Learning
  sensors: Line[]
}

export interface Baseline {
  learning: Learning
  stations: number
  links: number
  operations: number
  objects: number
  protocols: { name: string; links: number; operations: number }[]
  lost?: Record<string, number>
}

export interface Sensor {
  name: string
  version: string
  time: string
  message_time?: string
  started: string
  source: string
  interfaces: { name: string; up: boolean; packets: number; bytes: number; drops: number; freezes: number; text?: string }[]
  rates: { packets: number; bytes: number; messages: number }
  ring: { bytes: number; max_bytes: number; segments: number; packets: number; from?: string; to?: string; dropped: number }
  disk: { free_bytes: number; total_bytes: number; database_bytes: number; evidence_bytes: number }
  memory_bytes: number
  cpu: number
  lost?: Record<string, number>
  lines: Line[]
  events: { time: string; kind: string; level: Level; text: string; hint?: string }[]
  key?: string
}

export interface Minute {
  time: string
  packets: number
  bytes: number
  drops: number
  messages: number
  findings: number
  memory_bytes: number
  cpu: number
}

export interface Node {
  id: string
  label: string
  kind: string
  level?: string
  zone?: string
  severity?: Severity
  new?: boolean
  count: number
}

export interface Edge {
  from: string
  to: string
  protocols: string[]
  new?: boolean
  severity?: Severity
  one_way?: boolean
  count: number
}

export interface PlantMap {
  nodes: Node[]
  edges: Edge[]
  text?: string
}

export interface Window {
  id: string
  from: string
  to: string
  assets?: string[]
  sources?: string[]
  verbs?: string[]
  note?: string
  by?: string
  created?: string
}

export interface Summary {
  packets?: number
  bytes?: number
  duration_s?: number
  assets?: number
  links?: number
  findings?: number | Record<string, number>
  incidents?: number
  protocols?: Record<string, { messages: number; requests: number; defects: number }>
}

export interface Capture {
  id: string
  name: string
  size: number
  sha256?: string
  state: 'queued' | 'reading' | 'done' | 'failed'
  progress: number
  error?: string
  summary?: Summary
  time: string
  by: string
}

export interface User {
  name: string
  role: Session['role']
  created?: string
  last?: string
}

export interface Token {
  id: string
  name: string
  role: Session['role']
  by?: string
  created?: string
  ends?: string
  last?: string
  secret?: string
}

export interface Audit {
  seq: number
  time: string
  by: string
  from?: string
  act: string
  object?: string
  detail?: string
  hash: string
}

export type Facets = Record<string, { value: string; count: number }[]>
