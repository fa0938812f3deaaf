import { type AnchorHTMLAttributes, type MouseEvent, useMemo, useSyncExternalStore } from 'react'

// Addresses of screens are paths; what a list shows (filter, order) stands in the query, so
// that a link to it can be sent to a colleague.

const moved = 'davy:moved'

export function go(to: string, replace = false) {
  if (to === location.pathname + location.search) return
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  dispatchEvent(new Event(moved))
}

function subscribe(f: () => void) {
  addEventListener('popstate', f)
  addEventListener(moved, f)
  return () => {
    removeEventListener('popstate', f)
    removeEventListener(moved, f)
  }
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}

/** The query of the address, and a way to change some of it ('' or [] takes a name out). */
export function useQuery(): [URLSearchParams, (change: Record<string, string | string[] | undefined>) => void] {
  const text = useSyncExternalStore(subscribe, () => location.search)
  return useMemo(() => {
    const query = new URLSearchParams(text)
    const change = (c: Record<string, string | string[] | undefined>) => {
      const next = new URLSearchParams(location.search)
      for (const [name, value] of Object.entries(c)) {
        next.delete(name)
        for (const v of Array.isArray(value) ? value : value ? [value] : []) next.append(name, v)
      }
      const q = next.toString()
      go(location.pathname + (q ? '?' + q : ''), true)
    }
    return [query, change]
  }, [text])
}

export function A({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const click = (e: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(e)
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
    e.preventDefault()
    e.stopPropagation()
    go(href)
  }
  return <a href={href} onClick={click} {...rest} />
}
