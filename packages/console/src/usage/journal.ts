import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Failure } from '@latchstring/protocol'
import type { UsageRow } from '@latchstring/protocol/gateway-contract'
import type { JournalAnswer, JournalBatch } from './journal-worker.ts'

/**
 * The usage journal: its own file, written by its own worker, so that a reply waits for its own row only and never for
 * the console's writes. Rows that arrive while a batch is being committed go together in the next one (group commit): a
 * lone row waits for one sync of the disk, many share one.
 */
export type Journal = {
  /** Resolves when the row is durable. @throws Failure `storage_unavailable` */
  record(row: UsageRow): Promise<void>
  /** For asking; cannot write. */
  reader: DatabaseSync
  /** Waits for what is under way, then closes. */
  close(): Promise<void>
}

const columns = [
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

const values = (row: UsageRow): JournalBatch['rows'][number] => [
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

type Waiting = { values: JournalBatch['rows'][number]; resolve(): void; reject(error: Error): void }

export async function openJournal(path: string): Promise<Journal> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(fileURLToPath(new URL(`./journal-worker.${extension}`, import.meta.url)), {
    workerData: { path },
  })
  let waiting: Waiting[] = []
  let sent: Waiting[] = []
  let gone: Error | undefined
  let idle: (() => void) | undefined

  const send = () => {
    sent = waiting.slice(0, mostInBatch)
    waiting = waiting.slice(mostInBatch)
    worker.postMessage({ columns, rows: sent.map(one => one.values) } satisfies JournalBatch)
  }
  const fail = (error: Error) => {
    gone = new Failure('storage_unavailable', { cause: error })
    for (const one of [...sent, ...waiting]) one.reject(gone)
    sent = waiting = []
    idle?.()
  }

  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
  worker.on('message', (answer: JournalAnswer) => {
    const answered = sent
    sent = []
    if (waiting.length > 0) send()
    for (const one of answered) {
      if (answer.done) one.resolve()
      else one.reject(new Failure('storage_unavailable', { cause: new Error(answer.message) }))
    }
    if (sent.length === 0) idle?.()
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the journal is closed')))

  const reader = new DatabaseSync(path, { timeout: 5000 })
  reader.exec('PRAGMA query_only = ON')

  return {
    reader,
    record(row) {
      if (gone !== undefined) return Promise.reject(gone)
      return new Promise((resolve, reject) => {
        waiting.push({ values: values(row), resolve, reject })
        if (sent.length === 0) send()
      })
    },
    async close() {
      if (sent.length > 0) await new Promise<void>(resolve => (idle = resolve))
      reader.close()
      await worker.terminate()
    },
  }
}
