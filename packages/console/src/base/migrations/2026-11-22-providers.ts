import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>) {
  await db.schema
    .createTable('providers')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('organization_id', 'text', c => c.notNull().references('organizations.id').onDelete('cascade'))
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('base_url', 'text')
    .addColumn('sealed_secret', 'text')
    .addColumn('secret_hint', 'text')
    .addColumn('created_at', 'bigint', c => c.notNull())
    .execute()
  await db.schema
    .createIndex('providers_in_order')
    .on('providers')
    .columns(['organization_id', 'id'])
    .execute()
  await db.schema
    .createTable('policies')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('organization_id', 'text', c => c.notNull().references('organizations.id').onDelete('cascade'))
    .addColumn('settings', 'text', c => c.notNull())
    .addColumn('checksum', 'text', c => c.notNull())
    .addColumn('published_at', 'bigint', c => c.notNull())
    .addColumn('published_by', 'text', c => c.notNull())
    .execute()
  await db.schema.createIndex('policies_newest').on('policies').columns(['organization_id', 'id']).execute()
}
