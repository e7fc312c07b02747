import type { Kysely } from 'kysely'
import type { Dialect } from './columns.ts'
import { growing } from './columns.ts'

/** The usage journal on PostgreSQL; the embedded one keeps a file of its own (`usage/journal-worker.ts`). */
export async function up(db: Kysely<unknown>, dialect: Dialect) {
  if (dialect === 'sqlite') return
  await growing(db.schema.createTable('usage_calls'), 'sequence', dialect)
    .addColumn('id', 'text', c => c.notNull().unique())
    .addColumn('request_id', 'text', c => c.notNull())
    .addColumn('at', 'bigint', c => c.notNull())
    .addColumn('duration_ms', 'bigint', c => c.notNull())
    .addColumn('organization_id', 'text', c => c.notNull())
    .addColumn('person_id', 'text', c => c.notNull())
    .addColumn('session_id', 'text')
    .addColumn('key_id', 'text')
    .addColumn('agent_session_id', 'text')
    .addColumn('address', 'text', c => c.notNull())
    .addColumn('endpoint', 'text', c => c.notNull())
    .addColumn('provider_id', 'text', c => c.notNull())
    .addColumn('provider_kind', 'text', c => c.notNull())
    .addColumn('provider_request_id', 'text')
    .addColumn('model', 'text', c => c.notNull())
    .addColumn('stream', 'bigint', c => c.notNull())
    .addColumn('status', 'bigint', c => c.notNull())
    .addColumn('outcome', 'text', c => c.notNull())
    .addColumn('input_tokens', 'bigint', c => c.notNull())
    .addColumn('output_tokens', 'bigint', c => c.notNull())
    .addColumn('cache_read_tokens', 'bigint', c => c.notNull())
    .addColumn('cache_write_5m_tokens', 'bigint', c => c.notNull())
    .addColumn('cache_write_1h_tokens', 'bigint', c => c.notNull())
    .addColumn('counted', 'bigint', c => c.notNull())
    .execute()
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on('usage_calls').columns(columns).execute()
  await index('usage_calls_by_organization', ['organization_id', 'id'])
  await index('usage_calls_by_person', ['organization_id', 'person_id', 'id'])
  await index('usage_calls_by_time', ['organization_id', 'at'])
}
