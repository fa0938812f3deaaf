import { useData } from '../data.ts'
import { bytes, count, cycle, many } from '../numbers.ts'
import { Empty, Fault, Head, LevelMark, Panel, Severity, Station, Wait, When } from '../parts/bits.tsx'
import type { AssetPage, Evidence, Link } from '../rows.ts'
import { A } from '../router.tsx'
import { called, levels } from './assets.tsx'

/** One asset: what it is, why we believe it, whom it talks to, what was found. */
export function AssetScreen({ id }: { id: string }) {
  const { data: a, error } = useData<AssetPage>('/assets/' + encodeURIComponent(id), ['asset', 'finding'])
  if (!a) return error ? <Fault error={error} /> : <Wait />
  const facts: [string, React.ReactNode][] = [
    ['Kind', a.kind],
    ['Vendor', a.vendor],
    ['Model', a.model],
    ['Firmware', a.firmware],
    ['Serial', a.serial && <span className="mono">{a.serial}</span>],
    ['Level', a.level && (levels[a.level] ?? a.level)],
    ['Zone', a.zone],
    ['Owner', a.owner],
    ['Criticality', a.criticality],
    ['Run state', a.run_state],
    ['Key switch', a.key],
    ['Addresses', a.addresses.length > 0 && <span className="mono">{a.addresses.join(', ')}</span>],
    ['MAC', a.macs.length > 0 && <span className="mono">{a.macs.join(', ')}</span>],
    ['Behind', a.path],
    ['Members', a.members?.map((m) => <A key={m} className="link" href={'/assets/' + m}>{m} </A>)],
    ['First seen', <When at={a.first_seen} />],
    ['Last seen', <When at={a.last_seen} />],
  ]
  const own = new Set([...a.addresses, ...a.macs])
  return (
    <>
      <Head title={called(a)} sub={<>{a.id} · {[a.vendor, a.model || a.kind].filter(Boolean).join(' ')}</>}>
        {a.new && <span className="tag new">new</span>}
        {a.virtual && <span className="tag">one device of several</span>}
        {a.severity && <Severity severity={a.severity} />}
      </Head>
      <div className="cols" style={{ gridTemplateColumns: 'minmax(280px, 340px) minmax(0, 1fr)' }}>
        <div className="stack">
          <Panel title="What it is" pad>
            <dl className="facts">
              {facts.filter(([, v]) => v).map(([k, v]) => (
                <div key={k} style={{ display: 'contents' }}>
                  <dt>{k}</dt>
                  <dd>{v}</dd>
                </div>
              ))}
            </dl>
          </Panel>
          {!!a.modules?.length && (
            <Panel title="Modules">
              <div className="wide">
                <table className="plain">
                  <thead>
                    <tr><th>Place</th><th>Module</th><th>Firmware</th></tr>
                  </thead>
                  <tbody>
                    {a.modules.map((m) => (
                      <tr key={m.path}>
                        <td className="nowrap">{m.path}</td>
                        <td className="any">{[m.vendor, m.model].filter(Boolean).join(' ')}<div className="soft">{m.name}{m.serial ? ' · ' + m.serial : ''}</div></td>
                        <td>{m.firmware}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </Panel>
          )}
        </div>
        <div className="stack">
          <Panel title="Findings" note={a.finding_count > 12 ? `the 12 gravest of ${count(a.finding_count)}` : undefined} more={a.finding_count > 12 ? <A href={'/findings?asset=' + encodeURIComponent(a.id)}>All {count(a.finding_count)}</A> : undefined}>
            {a.findings.length ? (
              <div className="wide">
                <table className="plain">
                  <thead>
                    <tr><th>Severity</th><th>When</th><th>Seen</th><th>Id</th></tr>
                  </thead>
                  <tbody>
                    {a.findings.slice(0, 12).map((f) => (
                      <tr key={f.id}>
                        <td><Severity severity={f.severity} /></td>
                        <td><When at={f.time} form="brief" /></td>
                        <td className="any">{f.seen}</td>
                        <td className="nowrap"><A className="link" href={'/findings/' + f.id}>{f.id}</A></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            ) : (
              <Empty title="Nothing was found">Davy saw nothing about this station that a person should know.</Empty>
            )}
          </Panel>
          <Panel title="Talks to" note={many(a.link_count, 'link')} more={a.link_count > a.links.length ? <A href={'/links?asset=' + encodeURIComponent(a.id)}>All {count(a.link_count)}</A> : undefined}>
            <Links links={a.links} own={own} />
          </Panel>
          <Panel title="Why Davy believes it" note="each attribute, where it came from, and how sure that is">
            <Believed evidence={a.evidence ?? []} asset={a} />
          </Panel>
        </div>
      </div>
    </>
  )
}

function Links({ links, own }: { links: Link[]; own: Set<string> }) {
  if (!links.length) return <Empty title="It talks to nobody">It was named by others, or only announced itself.</Empty>
  return (
    <div className="wide">
      <table className="plain">
        <thead>
          <tr><th>Peer</th><th>Over</th><th>What</th><th className="num">Messages</th><th className="num">Bytes</th><th className="num">Cycle</th><th>Last</th></tr>
        </thead>
        <tbody>
          {links.map((l) => {
            const asks = own.has(l.client)
            const ops = [...(l.operations ?? [])].sort((x, y) => y.count - x.count)
            const top = ops[0]
            return (
              <tr key={l.id}>
                <td className="nowrap"><span className="faint" title={asks ? 'it asks' : 'it answers'}>{asks ? '→ ' : '← '}</span><Station address={asks ? l.server : l.client} name={asks ? l.server_name : l.client_name} /> {l.new && <span className="tag new">new</span>}</td>
                <td className="nowrap">{l.protocol || l.transport}{l.port ? <span className="faint mono"> {l.port}</span> : null}{l.encrypted ? <span className="faint"> encrypted</span> : null}{l.one_way ? <span className="faint"> one way</span> : null}</td>
                <td className="any">
                  {ops.length > 1 ? (
                    <details>
                      <summary>{[top.op, top.object].filter(Boolean).join(' ')} <span className="faint">and {ops.length - 1} more</span></summary>
                      {ops.slice(0, 40).map((o, i) => (
                        <div key={i} className="soft">{[o.path, o.verb && `${o.verb}:`, o.op, o.object].filter(Boolean).join(' ')} · {count(o.count)}{o.cycle_s ? ` · each ${cycle(o.cycle_s)}` : ''}{o.jitter_s ? ` ± ${cycle(o.jitter_s)}` : ''}{o.response_s ? ` · answers in ${cycle(o.response_s)}` : ''}</div>
                      ))}
                    </details>
                  ) : (
                    top && [top.op, top.object].filter(Boolean).join(' ')
                  )}
                </td>
                <td className="num">{count(l.messages)}</td>
                <td className="num">{bytes(l.bytes)}</td>
                <td className="num">{top && top.count > 2 ? cycle(top.cycle_s) : ''}</td>
                <td><When at={l.last_seen} form="brief" /></td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** Evidence by attribute: what agrees with what is shown first, and marked. */
function Believed({ evidence, asset }: { evidence: Evidence[]; asset: AssetPage }) {
  if (!evidence.length) return <Empty title="No evidence is kept">Its addresses were seen, and nothing else.</Empty>
  const taken: Record<string, string | undefined> = { name: asset.name, kind: asset.kind, vendor: asset.vendor, model: asset.model, firmware: asset.firmware, serial: asset.serial, level: asset.level, zone: asset.zone }
  const rows = [...evidence].sort((a, b) => a.attribute.localeCompare(b.attribute) || b.confidence - a.confidence)
  return (
    <div className="wide">
      <table className="plain">
        <thead>
          <tr><th>Attribute</th><th>Value</th><th>Source</th><th className="num">Sure</th><th className="num">Times</th><th>Last</th></tr>
        </thead>
        <tbody>
          {rows.map((e, i) => (
            <tr key={i}>
              <td className="nowrap">{i && rows[i - 1].attribute === e.attribute ? <span className="hidden">{e.attribute}</span> : e.attribute}</td>
              <td className="any">{e.value} {taken[e.attribute] === e.value && <LevelMark level="ok" />}</td>
              <td className="soft">{e.source}</td>
              <td className="num">{e.confidence} %</td>
              <td className="num">{e.count ? count(e.count) : ''}</td>
              <td><When at={e.last} form="brief" /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
