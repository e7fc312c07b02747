import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/**
 * The one writer of the usage journal. Gets batches of rows, commits each batch as one transaction (WAL,
 * synchronous=FULL), then answers. Imports nothing of this project, so that it starts the same from source and built.
 */
export type JournalBatch = { columns: string[]; rows: (string | number | null)[][] }
export type JournalAnswer = { done: true } | { done: false; message: string }

function serve(port: NonNullable<typeof parentPort>, path: string) {
  const file = new DatabaseSync(path, { timeout: 5000 })
  file.exec('PRAGMA journal_mode = WAL')
  file.exec('PRAGMA synchronous = FULL')
  file.exec(schema)
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  const insert = (columns: string[]) => {
    const key = columns.join()
    const known = statements.get(key)
    if (known !== undefined) return known
    const made = file.prepare(`insert into usage_calls (${key}) values (${columns.map(() => '?').join()})`)
    statements.set(key, made)
    return made
  }
  port.on('message', ({ columns, rows }: JournalBatch) => {
    let answer: JournalAnswer = { done: true }
    try {
      file.exec('begin immediate')
      for (const row of rows) insert(columns).run(...row)
      file.exec('commit')
    } catch (error) {
      answer = { done: false, message: error instanceof Error ? error.message : String(error) }
      // A full disk has rolled back already. A roll-back that fails too must not end the journal.
      try {
        if (file.isTransaction) file.exec('rollback')
        // Pages that were read damaged would stay in memory when the file is whole again.
        file.exec('PRAGMA shrink_memory')
      } catch {}
    }
    port.postMessage(answer)
  })
  port.once('close', () => file.close())
  port.postMessage({ done: true } satisfies JournalAnswer)
}

/** Grows by its own sequence, so that readers go on from where they were. */
const schema = `
  create table if not exists usage_calls (
    sequence integer primary key autoincrement,
    id text not null unique,
    request_id text not null,
    at integer not null,
    duration_ms integer not null,
    organization_id text not null,
    person_id text not null,
    session_id text,
    key_id text,
    agent_session_id text,
    address text not null,
    endpoint text not null,
    provider_id text not null,
    provider_kind text not null,
    provider_request_id text,
    model text not null,
    stream integer not null,
    status integer not null,
    outcome text not null,
    input_tokens integer not null,
    output_tokens integer not null,
    cache_read_tokens integer not null,
    cache_write_5m_tokens integer not null,
    cache_write_1h_tokens integer not null,
    counted integer not null
  ) strict;
  create index if not exists usage_calls_by_organization on usage_calls (organization_id, id);
  create index if not exists usage_calls_by_person on usage_calls (organization_id, person_id, id);
  create index if not exists usage_calls_by_time on usage_calls (organization_id, at);
`

if (parentPort !== null) serve(parentPort, (workerData as { path: string }).path)
