import { Modal } from '@mantine/core'

const keys: [string, [string, string][]][] = [
  ['Go to', [['g h', 'Home'], ['g i', 'Incidents'], ['g f', 'Findings'], ['g a', 'Assets'], ['g l', 'Links'], ['g m', 'Map'], ['g w', 'Work'], ['g c', 'Captures'], ['g s', 'Sensor health'], ['g d', 'Administration']]],
  ['Everywhere', [['Ctrl K', 'find a station, an incident, a screen'], ['/', 'filter the list, or find'], ['?', 'this help'], ['Backspace', 'go back']]],
  ['In a list', [['j k', 'next, previous (arrows, too)'], ['Enter', 'open'], ['g g', 'first row'], ['G', 'last loaded row'], ['Esc', 'leave the filter']]],
  ['On an incident', [['j k', 'next, previous step'], ['a', 'acknowledge'], ['l', 'learn: this is normal'], ['m', 'its messages'], ['p', 'download its packets'], ['e', 'download the evidence bundle']]],
]

export function Help({ open, close }: { open: boolean; close: () => void }) {
  return (
    <Modal opened={open} onClose={close} title={<b>Keyboard</b>} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <div style={{ display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '18px 28px' }}>
        {keys.map(([title, list]) => (
          <section key={title}>
            <h2 style={{ marginBottom: 6 }}>{title}</h2>
            <dl className="facts">
              {list.map(([k, what]) => (
                <div key={k} style={{ display: 'contents' }}>
                  <dt>
                    {k.split(' ').map((x) => (
                      <span key={x}>
                        <kbd>{x}</kbd>{' '}
                      </span>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  )
}
