import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Failure } from '@latchstring/protocol'
import type { UsageRow } from '@latchstring/protocol/gateway-contract'
import { Kysely } from 'kysely'
import { sqliteDialect } from '../base/sqlite-driver.ts'
import type { JournalAnswer, JournalBatch } from './journal-worker.ts'
import type { JournalReader } from './queries.ts'

/**
 * The usage journal. Rows that arrive while a batch is being committed go together in the next one (group commit): a lone
 * row waits for one sync of the disk, many share one. Sequences grow in the order of the commits, so that whoever has
 * read up to one has missed none.
 */
export type Journal = {
  /** Resolves when the row is durable. @throws Failure `storage_unavailable` */
  record(row: UsageRow): Promise<void>
  /** For asking; cannot write. */
  reader: JournalReader
  /** Waits for what is under way, then closes. */
  close(): Promise<void>
}

export const journalColumns = [
  'id',
  'request_id',
  'at',
  'duration_ms',
  'organization_id',
  'person_id',
  'session_id',
  'key_id',
  'agent_session_id',
  'address',
  'endpoint',
  'provider_id',
  'provider_kind',
  'provider_request_id',
  'model',
  'stream',
  'status',
  'outcome',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'counted',
]

export const journalValues = (row: UsageRow): JournalBatch['rows'][number] => [
  row.id,
  row.requestId,
  row.at,
  row.durationMs,
  row.organizationId,
  row.personId,
  row.sessionId,
  row.keyId,
  row.agentSessionId,
  row.address,
  row.endpoint,
  row.providerId,
  row.providerKind,
  row.providerRequestId,
  row.model,
  row.stream ? 1 : 0,
  row.status,
  row.outcome,
  row.inputTokens,
  row.outputTokens,
  row.cacheReadTokens,
  row.cacheWrite5mTokens,
  row.cacheWrite1hTokens,
  row.counted ? 1 : 0,
]

/** Most rows in one transaction, so that none waits long behind many. */
const mostInBatch = 500

type Values = JournalBatch['rows'][number]
type Waiting = { values: Values; resolve(): void; reject(error: unknown): void }

/** Hands rows over in batches, one batch at a time. `write` resolves when a batch is durable. */
export function groupCommit(write: (rows: Values[]) => Promise<void>) {
  let waiting: Waiting[] = []
  let busy: Promise<void> | undefined

  const send = async () => {
    const sent = waiting.slice(0, mostInBatch)
    waiting = waiting.slice(mostInBatch)
    let failure: Failure | undefined
    try {
      await write(sent.map(one => one.values))
    } catch (cause) {
      failure = cause instanceof Failure ? cause : new Failure('storage_unavailable', { cause })
    }
    // The next batch is under way before anybody hears of this one.
    busy = waiting.length > 0 ? send() : undefined
    for (const one of sent) {
      if (failure === undefined) one.resolve()
      else one.reject(failure)
    }
  }
  return {
    record: (row: UsageRow) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ values: journalValues(row), resolve, reject })
        busy ??= send()
      }),
    async idle() {
      while (busy !== undefined) await busy
    },
  }
}

/**
 * The embedded journal: its own file, written by its own worker, so that a reply waits for its own row only and never
 * for the console's writes.
 */
export async function openJournal(path: string): Promise<Journal> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(fileURLToPath(new URL(`./journal-worker.${extension}`, import.meta.url)), {
    workerData: { path },
  })
  let gone: Failure | undefined
  let answered: { resolve(): void; reject(error: Error): void } | undefined
  const fail = (error: Error) => {
    gone = new Failure('storage_unavailable', { cause: error })
    answered?.reject(gone)
  }
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', cause => reject(new Failure('storage_unavailable', { cause })))
  })
  worker.on('message', (answer: JournalAnswer) => {
    if (answer.done) answered?.resolve()
    else answered?.reject(new Error(answer.message))
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the journal is closed')))

  const batches = groupCommit(
    rows =>
      new Promise((resolve, reject) => {
        if (gone !== undefined) return reject(gone)
        answered = { resolve, reject }
        worker.postMessage({ columns: journalColumns, rows } satisfies JournalBatch)
      }),
  )
  const reader: JournalReader = new Kysely({ dialect: sqliteDialect(path, 'read') })
  return {
    reader,
    record: batches.record,
    async close() {
      await batches.idle()
      await reader.destroy()
      await worker.terminate()
    },
  }
}
