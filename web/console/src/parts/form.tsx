import { Button, Modal } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Fault } from './bits.tsx'

/** A dialog with fields; what is wrong is told in it, and it closes when all went well. */
export function Form({ title, close, send, children, verb }: { title: string; close: () => void; send: () => Promise<void>; children: ReactNode; verb: string }) {
  const [fault, setFault] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async (e: FormEvent) => {
    e.preventDefault()
    setBusy(true)
    try {
      await send()
      close()
    } catch (e) {
      setFault(e as Error)
      setBusy(false)
    }
  }
  return (
    <Modal opened onClose={close} title={<b>{title}</b>} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
        {fault && <Fault error={fault} />}
        {children}
        <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" variant="filled" loading={busy}>
            {verb}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
