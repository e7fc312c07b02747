import type { Kysely } from 'kysely'
import type { Dialect } from './columns.ts'
import { growing } from './columns.ts'

export async function up(db: Kysely<unknown>, dialect: Dialect) {
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('organization_id', 'text', c => c.notNull().references('organizations.id').onDelete('cascade'))
    .addColumn('person_id', 'text', c => c.notNull().references('people.id').onDelete('cascade'))
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('token_hash', 'text', c => c.unique())
    .addColumn('grant_id', 'text', c => c.unique())
    .addColumn('user_agent', 'text', c => c.notNull())
    .addColumn('address', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('authenticated_at', 'bigint', c => c.notNull())
    .addColumn('last_used_at', 'bigint', c => c.notNull())
    .addColumn('expires_at', 'bigint', c => c.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('setting_up', 'integer', c => c.notNull())
    .execute()
  await db.schema
    .createIndex('sessions_by_member')
    .on('sessions')
    .columns(['organization_id', 'person_id', 'id'])
    .execute()
  await growing(db.schema.createTable('revocations'), 'sequence', dialect)
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('subject', 'text', c => c.notNull())
    .addColumn('at', 'bigint', c => c.notNull())
    .execute()
}
