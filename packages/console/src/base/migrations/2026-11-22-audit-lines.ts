import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>) {
  await db.schema
    .createTable('audit_lines')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('organization_id', 'text', c => c.notNull())
    .addColumn('at', 'bigint', c => c.notNull())
    .addColumn('event', 'text', c => c.notNull())
    .addColumn('actor_type', 'text', c => c.notNull())
    .addColumn('actor_id', 'text')
    .addColumn('actor_by', 'text')
    .addColumn('address', 'text')
    .addColumn('target_type', 'text')
    .addColumn('target_id', 'text')
    .addColumn('details', 'text', c => c.notNull())
    .addColumn('request_id', 'text')
    .execute()
  const index = (name: string, column: string) =>
    db.schema.createIndex(name).on('audit_lines').columns(['organization_id', column, 'id']).execute()
  await db.schema
    .createIndex('audit_lines_newest')
    .on('audit_lines')
    .columns(['organization_id', 'id'])
    .execute()
  await index('audit_lines_by_event', 'event')
  await index('audit_lines_by_actor', 'actor_id')
  await index('audit_lines_by_target', 'target_id')
  await index('audit_lines_by_request', 'request_id')
  await db.schema
    .createTable('positions')
    .addColumn('job', 'text', c => c.primaryKey())
    .addColumn('position', 'bigint', c => c.notNull())
    .execute()
}
