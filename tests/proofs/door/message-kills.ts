import type { Proof } from '../../../tools/proofs.ts'
import { acknowledgedWrites } from './acknowledged-writes.ts'
import { countingUpstream } from './counting-upstream.ts'
import type { Delivered } from './message-load.ts'
import { messageLoad } from './message-load.ts'
import { inWords, type Prove, until, wait } from './run.ts'
import { ServerProgram } from './server-program.ts'

const figures = {
  full: { kills: 24, replies: 24_000, connections: [24, 48] as const },
  small: { kills: 2, replies: 200, connections: [24, 24] as const },
}

/**
 * Kills the server again and again under messages, key creations and sign-ins, then holds what was delivered and
 * acknowledged against the usage journal and the audit.
 */
export const proveMessageKills: Prove = async ({ scale, random }) => {
  const { kills, replies, connections } = figures[scale]
  const server = await ServerProgram.make()
  const upstream = await countingUpstream(random)
  try {
    const owner = await server.owner()
    await owner.ask('POST', '/v1/organizations/providers', {
      kind: 'anthropic',
      base_url: upstream.url,
      secret: 'sk-proof-provider-secret',
    })
    const writes = acknowledgedWrites(server, owner)
    const delivered: Delivered[] = []
    const refused: string[] = []
    let broken = 0
    for (let kill = 0; kill < kills; kill++) {
      const load = messageLoad(server, random, kill % 2 === 0 ? connections[0] : connections[1])
      const due = Math.ceil((replies - delivered.length) / (kills - kill))
      await until('replies under load', () => (load.delivered.length >= due ? true : undefined))
      await wait(random.below(100))
      await server.kill()
      await server.start()
      await load.end()
      delivered.push(...load.delivered)
      refused.push(...load.refused)
      broken += load.broken
    }
    await writes.end()
    await until('every call audited', () => (callsWithoutLine(server) === 0 ? true : undefined))
    await server.stop()
    if (refused.length > 0) console.error(refused.slice(0, 5).join('\n'))
    const writer = {
      keys: writes.keys,
      sessions: writes.sessions,
      calls: delivered.map(one => one.requestId),
    }
    return [
      rowOfUsage(server, { kills, delivered, broken, refused: refused.length }),
      rowOfAudit(server, kills, writer),
    ]
  } finally {
    await server.remove()
    await upstream.close()
  }
}

type UsageRow = {
  id: string
  request_id: string
  outcome: string
  input_tokens: number
  output_tokens: number
  cache_read_tokens: number
  cache_write_5m_tokens: number
  cache_write_1h_tokens: number
}

const usageRows = (server: ServerProgram) =>
  server.read('usage', file => file.prepare('select * from usage_calls').all() as unknown as UsageRow[])

const count = (server: ServerProgram, name: 'latchstring' | 'usage', sql: string) =>
  server.read(name, file => Number(Object.values(file.prepare(sql).get() ?? {})[0]))

const callsWithoutLine = (server: ServerProgram) =>
  count(server, 'usage', 'select coalesce(max(sequence), 0) from usage_calls') -
  count(server, 'latchstring', 'select coalesce(max(position), 0) from positions')

function rowOfUsage(
  server: ServerProgram,
  run: { kills: number; delivered: readonly Delivered[]; broken: number; refused: number },
): Proof {
  const { delivered, kills, broken, refused } = run
  const rows = Map.groupBy(usageRows(server), row => row.request_id)
  const lost = delivered.filter(one => !rows.has(one.requestId))
  const duplicate = [...rows.values()].filter(same => same.length > 1)
  const wrong = delivered.filter(one => {
    const row = rows.get(one.requestId)?.[0]
    return row !== undefined && !says(row, one)
  })
  const integrity = server.integrity()
  const kinds = new Set(delivered.map(one => one.kind)).size
  for (const one of [...lost, ...wrong].slice(0, 5)) console.error(one, rows.get(one.requestId))
  return {
    what: `usage rows lost / double / wrong by ${kills} kill -9 under 24–48 connections, JSON and streams of two providers`,
    figure: `${lost.length} / ${duplicate.length} / ${wrong.length} (${inWords(delivered.length)} replies delivered, ${inWords(broken)} broken off, ${refused} refused, integrity_check ${integrity})`,
    limit: '0 / 0 / 0',
    held: lost.length + duplicate.length + wrong.length + refused === 0 && integrity === 'ok' && kinds === 4,
  }
}

const says = (row: UsageRow, { counts }: Delivered) =>
  row.outcome === 'complete' &&
  row.input_tokens === counts.input &&
  row.output_tokens === counts.output &&
  row.cache_read_tokens === counts.cacheRead &&
  row.cache_write_5m_tokens === counts.cacheWrite5m &&
  row.cache_write_1h_tokens === counts.cacheWrite1h

/** Each write that was acknowledged has one audit line, and no write is without one, acknowledged or not. */
function rowOfAudit(
  server: ServerProgram,
  kills: number,
  acknowledged: { keys: string[]; sessions: string[]; calls: string[] },
): Proof {
  const ids = (sql: string) =>
    server.read('latchstring', file =>
      file
        .prepare(sql)
        .all()
        .map(row => String(Object.values(row)[0])),
    )
  const linesOf = (event: string, column = 'target_id') =>
    ids(`select ${column} from audit_lines where event = '${event}'`)
  const checks = [
    compare(acknowledged.keys, linesOf('keys.created'), ids('select id from keys')),
    compare(acknowledged.sessions, linesOf('sessions.started'), ids('select id from sessions')),
    compare(
      acknowledged.calls,
      linesOf('usage.recorded', 'request_id'),
      usageRows(server).map(row => row.request_id),
    ),
  ]
  const sum = (what: 'missing' | 'twice' | 'uneven') => checks.reduce((all, one) => all + one[what], 0)
  const { keys, sessions, calls } = acknowledged
  return {
    what: `audit lines missing / double for acknowledged writes, and writes without a line or lines without a write, after ${kills} kill -9`,
    figure: `${sum('missing')} / ${sum('twice')} / ${sum('uneven')} (${inWords(keys.length)} keys, ${inWords(sessions.length)} sessions, ${inWords(calls.length)} calls)`,
    limit: '0 / 0 / 0',
    held:
      sum('missing') + sum('twice') + sum('uneven') === 0 &&
      [keys, sessions, calls].every(list => list.length > 0),
  }
}

function compare(acknowledged: readonly string[], lines: readonly string[], written: readonly string[]) {
  const known = new Set(lines)
  return {
    missing: acknowledged.filter(id => !known.has(id)).length,
    twice: lines.length - known.size,
    uneven: differing(known, new Set(written)),
  }
}

const differing = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  [...one].filter(id => !other.has(id)).length + [...other].filter(id => !one.has(id)).length
