import type { ReactNode } from 'react'

// Line icons of our own, 16 by 16, so that nothing is fetched from anywhere.

const icon = (body: ReactNode) =>
  function Icon({ size = 16 }: { size?: number }) {
    return (
      <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
        {body}
      </svg>
    )
  }

export const HomeIcon = icon(<path d="M2.500 7.500 8 2.800l5.500 4.700M4 6.500v6.700h8V6.500M6.600 13.200V9.500h2.800v3.700" />)
export const AssetIcon = icon(<path d="M2.500 3h11v4h-11zM2.500 9h11v4h-11zM5 5h.01M5 11h.01M8 5h3M8 11h3" />)
export const MapIcon = icon(<path d="M8 2.500v3M8 5.500 3.500 9.700M8 5.500l4.500 4.200M6.500 2.500h3M2 9.700h3.200v3.600H2zM10.800 9.700H14v3.600h-3.200zM6.400 9.700h3.200v3.600H6.400zM8 5.500v4.200" />)
export const IncidentIcon = icon(<path d="M8 2.300 14.200 13H1.800zM8 6.500v3M8 11.300h.01" />)
export const WorkIcon = icon(<path d="M2.500 3.800h11v9.700h-11zM2.500 6.800h11M5.300 2.300v2.500M10.700 2.300v2.500M5.500 9.700l1.700 1.600 3.200-3" />)
export const CaptureIcon = icon(<path d="M8 2.500v7.300M5 7l3 3 3-3M2.500 10.500v3h11v-3" />)
export const HealthIcon = icon(<path d="M1.800 8.500h3l1.700-5 3 9.500 1.700-4.500h3" />)
export const AdminIcon = icon(<path d="M8 8.200a2.600 2.600 0 1 0 0-5.200 2.600 2.600 0 0 0 0 5.200zM3 13.500c.4-2.700 2.400-4 5-4s4.600 1.300 5 4" />)
export const SearchIcon = icon(<path d="M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM10.700 10.700 14 14" />)
export const SunIcon = icon(<path d="M8 10.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600zM8 1.500v1.700M8 12.800v1.700M1.500 8h1.700M12.800 8h1.700M3.400 3.400l1.200 1.200M11.400 11.400l1.200 1.200M3.400 12.600l1.200-1.200M11.400 4.600l1.200-1.200" />)
export const MoonIcon = icon(<path d="M13.500 9.800A6 6 0 0 1 6.200 2.500a6 6 0 1 0 7.300 7.300z" />)
export const AutoIcon = icon(<path d="M8 2.300a5.700 5.700 0 1 0 0 11.400zM8 2.300a5.700 5.700 0 0 1 0 11.400" />)
export const ColumnsIcon = icon(<path d="M2.500 3h11v10h-11zM6.200 3v10M9.800 3v10" />)
export const CloseIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />)
export const DownIcon = icon(<path d="m4 6.500 4 4 4-4" />)
export const DownloadIcon = CaptureIcon
export const HelpIcon = icon(<path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.300 6.300A1.800 1.800 0 0 1 8 5c1 0 1.800.7 1.800 1.600C9.800 7.900 8 8 8 9.200M8 11.300h.01" />)
export const ClockIcon = icon(<path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.800V8l2.200 1.500" />)
export const PlusIcon = icon(<path d="M8 3v10M3 8h10" />)
export const LinkIcon = icon(<path d="M2.500 8h11M10.500 5l3 3-3 3M5.500 5l-3 3 3 3" />)

/** Davy's lamp. A tall flame with a blue cap is how a lamp showed gas. */
export function Lamp({ size = 26, gas = false }: { size?: number; gas?: boolean }) {
  return (
    <svg className={gas ? 'lamp gas' : 'lamp'} width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <circle className="glow" cx="16" cy="17" r="12" />
      <g className="mesh" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round">
        <path d="M12.500 5.500a3.500 3.500 0 0 1 7 0M10 8h12M11 8v14M21 8v14M9 22h14v4.500H9z" />
      </g>
      <path className="cap" d="M16 9.300c3 3.200 4.300 5.600 4.300 8" strokeLinecap="round" />
      <path className="cap" d="M16 9.300c-3 3.200-4.300 5.600-4.300 8" strokeLinecap="round" />
      <path className="flame" d="M16 12.500c2 2.500 2.700 3.800 2.700 5.200a2.700 2.700 0 0 1-5.400 0c0-1.400.7-2.700 2.700-5.200z" />
    </svg>
  )
}
