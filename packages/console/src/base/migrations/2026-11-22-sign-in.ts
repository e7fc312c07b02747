import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>) {
  const { schema } = db
  await schema
    .createTable('passkeys')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('person_id', 'text', c => c.notNull().references('people.id').onDelete('cascade'))
    .addColumn('credential_id', 'text', c => c.notNull().unique())
    .addColumn('public_key', 'text', c => c.notNull())
    .addColumn('counter', 'bigint', c => c.notNull())
    .addColumn('transports', 'text', c => c.notNull())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('last_used_at', 'bigint')
    .execute()
  await schema.createIndex('passkeys_by_person').on('passkeys').columns(['person_id']).execute()
  await schema
    .createTable('links')
    .addColumn('hash', 'text', c => c.primaryKey())
    .addColumn('purpose', 'text', c => c.notNull())
    .addColumn('person_id', 'text', c => c.references('people.id').onDelete('cascade'))
    .addColumn('browser_hash', 'text')
    .addColumn('return_to', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('spent_at', 'bigint')
    .execute()
  await schema
    .createTable('ceremonies')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('purpose', 'text', c => c.notNull())
    .addColumn('person_id', 'text')
    .addColumn('challenge', 'text', c => c.notNull())
    .addColumn('user_handle', 'text')
    .addColumn('expires_at', 'bigint', c => c.notNull())
    .execute()
  await schema
    .createTable('buckets')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('level', 'double precision', c => c.notNull())
    .addColumn('at', 'bigint', c => c.notNull())
    .execute()
}
