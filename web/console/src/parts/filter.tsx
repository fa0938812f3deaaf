import { Button, Checkbox, Popover, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useRested } from '../data.ts'
import { useKeys } from '../keys.ts'
import { count } from '../numbers.ts'
import { CloseIcon, DownIcon, SearchIcon } from './icons.tsx'

/** The free text of a list; "/" goes there, Escape leaves, Enter goes on to the rows. */
export function Search({ value, onChange, label }: { value: string; onChange: (q: string) => void; label: string }) {
  const [text, setText] = useState(value)
  const ref = useRef<HTMLInputElement>(null)
  const rested = useRested(text)
  const told = useRef(value)
  useEffect(() => {
    if (rested !== told.current) {
      told.current = rested
      onChange(rested)
    }
  }, [rested, onChange])
  useEffect(() => {
    if (value !== told.current) {
      told.current = value
      setText(value)
    }
  }, [value])
  useKeys({
    '/': () => {
      ref.current?.focus()
      ref.current?.select()
    },
  })
  return (
    <TextInput
      ref={ref}
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(e) => setText(e.currentTarget.value)}
      onKeyDown={(e) => {
        if (e.key === 'Enter' || e.key === 'ArrowDown') {
          e.preventDefault()
          document.querySelector<HTMLElement>('.grid .body [tabindex="0"]')?.focus()
        }
      }}
      leftSection={<SearchIcon size={14} />}
      rightSection={<kbd aria-hidden="true">/</kbd>}
      style={{ width: 280 }}
    />
  )
}

const most = 40

/** A filter with its values and how many rows have each. */
export function Facet({ name, values, chosen, onChange, word }: { name: string; values: { value: string; count?: number }[]; chosen: string[]; onChange: (v: string[]) => void; word?: (v: string) => string }) {
  const [find, setFind] = useState('')
  const say = (v: string) => (word ? word(v) : v || 'unknown')
  const list = values.filter((v) => say(v.value).toLowerCase().includes(find.toLowerCase()))
  return (
    <Popover position="bottom-start" trapFocus onClose={() => setFind('')}>
      <Popover.Target>
        <Button variant={chosen.length ? 'light' : 'default'} color={chosen.length ? 'amber' : undefined} c={chosen.length ? 'var(--accent)' : undefined} rightSection={<DownIcon size={12} />}>
          {name}
          {chosen.length ? ': ' + (chosen.length > 2 ? `${chosen.length} chosen` : chosen.map(say).join(', ')) : ''}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={10}>
        <div style={{ display: 'grid', gap: 7, maxHeight: 340, overflow: 'auto', minWidth: 220, paddingRight: 4 }}>
          {values.length > 8 && <TextInput aria-label={'Find in ' + name} placeholder="Find" value={find} onChange={(e) => setFind(e.currentTarget.value)} />}
          {list.slice(0, most).map((v) => (
            <div key={v.value} style={{ display: 'flex', gap: 12, justifyContent: 'space-between' }}>
              <Checkbox label={say(v.value)} checked={chosen.includes(v.value)} onChange={(e) => onChange(e.currentTarget.checked ? [...chosen, v.value] : chosen.filter((c) => c !== v.value))} />
              {v.count !== undefined && <span className="faint">{count(v.count)}</span>}
            </div>
          ))}
          {list.length > most && <span className="soft">and {count(list.length - most)} more; find them by name</span>}
          {!list.length && <span className="soft">Nothing of that name.</span>}
          {!!chosen.length && (
            <Button variant="subtle" color="gray" leftSection={<CloseIcon size={12} />} onClick={() => onChange([])}>
              Clear
            </Button>
          )}
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
