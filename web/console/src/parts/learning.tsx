import type { Learning } from '../rows.ts'
import { When } from './bits.tsx'

export function LearningBar({ learning: l }: { learning: Learning }) {
  return (
    <div style={{ display: 'grid', gap: 8 }}>
      <span>{l.text || { learning: 'Davy is learning what is normal here.', guarding: 'Davy has learned, and tells what is different.', off: 'Nothing was learned, so nothing can be different.' }[l.state]}</span>
      {l.state === 'learning' && (
        <div className="meter" role="progressbar" aria-label="Learning" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(l.share * 100)}>
          <i style={{ width: `${l.share * 100}%` }} />
        </div>
      )}
      {l.until && (
        <span className="soft">
          {l.state === 'learning' ? 'Until ' : 'Learned until '}
          <When at={l.until} />
        </span>
      )}
    </div>
  )
}
