import { useEffect, useRef } from 'react'

// The keyboard: single keys and two-key trips ("g h"). The map that was mounted last is asked
// first; keys typed into a field belong to the field.

export type Keys = Record<string, (e: KeyboardEvent) => void>

const maps: { current: Keys }[] = []
let first = ''
let since = 0

function typing(at: EventTarget | null): boolean {
  const e = at as HTMLElement | null
  return !!e?.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], [role=listbox], [role=option]')
}

/** The name of a key as the maps call it; '' where it is none of ours. */
export function nameOf(e: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  if (e.altKey) return ''
  if (e.ctrlKey || e.metaKey) return e.key === 'k' ? 'mod k' : ''
  return e.key === ' ' ? 'Space' : e.key
}

function press(e: KeyboardEvent) {
  if (e.defaultPrevented || e.isComposing) return
  const key = nameOf(e)
  if (!key) return
  if (typing(e.target) && key !== 'mod k') {
    if (key === 'Escape') (e.target as HTMLElement).blur()
    return
  }
  // A dialog has the keyboard for itself.
  if (document.querySelector('[role=dialog]') && key !== 'mod k') return
  const pair = first && Date.now() - since < 1200 ? `${first} ${key}` : ''
  first = ''
  for (const name of pair ? [pair, key] : [key]) {
    for (let i = maps.length - 1; i >= 0; i--) {
      const act = maps[i].current[name]
      if (act) {
        e.preventDefault()
        act(e)
        return
      }
    }
  }
  if (maps.some((m) => Object.keys(m.current).some((n) => n.startsWith(key + ' ')))) {
    first = key
    since = Date.now()
  }
}

if (typeof window !== 'undefined') addEventListener('keydown', press)

export function useKeys(keys: Keys) {
  const ref = useRef(keys)
  ref.current = keys
  useEffect(() => {
    maps.push(ref)
    return () => void maps.splice(maps.indexOf(ref), 1)
  }, [])
}
