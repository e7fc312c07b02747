import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>) {
  await db.schema
    .createTable('keys')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('organization_id', 'text', c => c.notNull().references('organizations.id').onDelete('cascade'))
    .addColumn('person_id', 'text', c => c.notNull().references('people.id').onDelete('cascade'))
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('hash', 'text', c => c.notNull().unique())
    .addColumn('hint', 'text', c => c.notNull())
    .addColumn('status', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute()
  await db.schema
    .createIndex('keys_by_member')
    .on('keys')
    .columns(['organization_id', 'person_id', 'id'])
    .execute()
}
