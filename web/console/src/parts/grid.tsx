import { ActionIcon, Checkbox, Popover } from '@mantine/core'
import { type ColumnDef, columnVisibilityFeature, tableFeatures, useTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Pages } from '../data.ts'
import { useKeys } from '../keys.ts'
import { count } from '../numbers.ts'
import { A, go } from '../router.tsx'
import { Fault, Wait } from './bits.tsx'
import { ColumnsIcon } from './icons.tsx'

// The list of many rows: only those on screen are drawn, order and filters are the server's,
// columns are chosen by the reader, and the keyboard walks it.

export interface Column<T> {
  id: string
  head: string
  cell: (row: T) => ReactNode
  width: string // of a CSS grid: "120px", "minmax(160px, 2fr)"
  sort?: string // the server's name for the order, when it can be asked for
  right?: boolean
  hidden?: boolean // until chosen
}

const features = tableFeatures({ columnVisibilityFeature })
const rowHeight = 32

function useShown(name: string, columns: Column<any>[]) {
  const key = 'davy.columns.' + name
  const [shown, set] = useState<Record<string, boolean>>(() => {
    const start = Object.fromEntries(columns.map((c) => [c.id, !c.hidden]))
    try {
      return { ...start, ...JSON.parse(localStorage.getItem(key) ?? '{}') }
    } catch {
      return start
    }
  })
  const keep = (next: Record<string, boolean>) => {
    set(next)
    try {
      localStorage.setItem(key, JSON.stringify(next))
    } catch {
      // a private window keeps no settings
    }
  }
  return [shown, keep] as const
}

export interface GridProps<T> {
  name: string
  label: string
  columns: Column<T>[]
  pages: Pages<T>
  rowKey: (row: T) => string
  href: (row: T) => string
  sort: string
  onSort: (sort: string) => void
  empty: ReactNode
  unit: string
}

export function Grid<T extends object>({ name, label, columns, pages, rowKey, href, sort, onSort, empty, unit }: GridProps<T>) {
  const [shown, setShown] = useShown(name, columns)
  const defs = useMemo<ColumnDef<typeof features, T>[]>(() => columns.map((c) => ({ id: c.id, header: c.head, cell: (x) => c.cell(x.row.original) })), [columns])
  const table = useTable({ features, columns: defs, data: pages.items, getRowId: rowKey, state: { columnVisibility: shown } })
  const byID = useMemo(() => new Map(columns.map((c) => [c.id, c])), [columns])
  const visible = table.getVisibleLeafColumns().map((c) => byID.get(c.id)!)
  // Rows are as wide as the box, or as their columns need at least.
  const least = visible.reduce((n, c) => n + parseFloat(/\d+(?=px)/.exec(c.width)?.[0] ?? '0') + 14, 14)
  const template = { gridTemplateColumns: visible.map((c) => c.width).join(' '), minWidth: least }
  const rows = table.getRowModel().rows

  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 12, scrollPaddingStart: 34, initialRect: { width: 1200, height: 900 } })
  const seen = virtual.getVirtualItems()
  const lastSeen = seen.at(-1)?.index ?? 0
  const { more, fetchMore } = pages
  useEffect(() => {
    if (more && lastSeen >= rows.length - 40) fetchMore()
  }, [more, lastSeen, rows.length, fetchMore])

  const [at, setAt] = useState(0)
  const want = useRef(false)
  useEffect(() => setAt((i) => Math.min(i, Math.max(0, rows.length - 1))), [rows.length])
  // A row that was scrolled into view is there only after it was drawn.
  useEffect(() => {
    if (!want.current) return
    const row = box.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)
    if (row) {
      want.current = false
      row.focus({ preventScroll: true })
    }
  })
  const step = useCallback(
    (by: number) => {
      if (!rows.length) return
      const inside = box.current?.contains(document.activeElement)
      const next = inside || by > 1 ? Math.max(0, Math.min(rows.length - 1, at + by)) : at
      want.current = true
      setAt(next)
      virtual.scrollToIndex(next)
      const row = box.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)
      if (row) {
        want.current = false
        row.focus({ preventScroll: true })
      }
    },
    [at, rows.length, virtual],
  )
  const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 400) / rowHeight) - 2)
  const open = () => {
    if (rows[at] && box.current?.contains(document.activeElement)) go(href(rows[at].original))
  }
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    PageDown: () => step(page),
    PageUp: () => step(-page),
    'g g': () => step(-rows.length),
    G: () => step(rows.length),
  })

  return (
    <div className={pages.loading ? 'grid old' : 'grid'} aria-busy={pages.loading}>
      <div className="box" ref={box} role="table" aria-label={label} aria-rowcount={pages.total + 1} aria-colcount={visible.length} tabIndex={rows.length ? -1 : 0}>
        <div role="rowgroup" className="heads">
          <div role="row" aria-rowindex={1} className="row" style={template}>
            {visible.map((c) => {
              const order = sort === c.sort ? 'ascending' : sort === '-' + c.sort ? 'descending' : undefined
              return (
                <div role="columnheader" key={c.id} aria-sort={order} className={c.right ? 'right' : undefined}>
                  {c.sort ? (
                    <button type="button" onClick={() => onSort(order === 'ascending' ? '-' + c.sort! : c.sort!)}>
                      {c.head}
                      <span aria-hidden="true">{order === 'ascending' ? '↑' : order === 'descending' ? '↓' : ''}</span>
                    </button>
                  ) : (
                    <span>{c.head}</span>
                  )}
                </div>
              )
            })}
          </div>
        </div>
        {rows.length > 0 && (
          <div role="rowgroup" className="body" style={{ height: virtual.getTotalSize(), position: 'relative', minWidth: least }}>
            {seen.map((v) => {
              const row = rows[v.index]
              return (
                <div
                  role="row"
                  key={row.id}
                  data-index={v.index}
                  aria-rowindex={v.index + 2}
                  tabIndex={v.index === at ? 0 : -1}
                  className="row"
                  style={{ ...template, transform: `translateY(${v.start}px)` }}
                  onFocus={() => setAt(v.index)}
                  onClick={(e) => !e.defaultPrevented && go(href(row.original))}
                  onKeyDown={(e) => e.key === 'Enter' && e.target === e.currentTarget && open()}
                >
                  {visible.map((c, i) => (
                    <div role="cell" key={c.id} className={c.right ? 'right' : undefined}>
                      {i === 0 ? (
                        <A href={href(row.original)} tabIndex={-1}>
                          {c.cell(row.original)}
                        </A>
                      ) : (
                        c.cell(row.original)
                      )}
                    </div>
                  ))}
                </div>
              )
            })}
          </div>
        )}
      </div>
      {!rows.length && (pages.error ? <Fault error={pages.error} /> : pages.loading ? <Wait /> : empty)}
      <div className="foot">
        <span role="status">
          {pages.error && rows.length ? pages.error.message : `${count(pages.total)} ${unit}`}
          {pages.total > rows.length ? `, ${count(rows.length)} loaded` : ''}
        </span>
        <span className="keys">
          <kbd>j</kbd> <kbd>k</kbd> walk · <kbd>Enter</kbd> open · <kbd>/</kbd> filter
        </span>
        <Popover position="top-end" trapFocus>
          <Popover.Target>
            <ActionIcon size="xs" aria-label="Choose columns" title="Choose columns">
              <ColumnsIcon size={14} />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown>
            <div style={{ display: 'grid', gap: 6 }}>
              {columns.map((c) => (
                <Checkbox key={c.id} label={c.head} checked={!!shown[c.id]} disabled={c === columns[0]} onChange={(e) => setShown({ ...shown, [c.id]: e.currentTarget.checked })} />
              ))}
            </div>
          </Popover.Dropdown>
        </Popover>
      </div>
    </div>
  )
}
