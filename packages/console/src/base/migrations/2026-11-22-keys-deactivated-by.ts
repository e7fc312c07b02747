import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>) {
  await db.schema.alterTable('keys').addColumn('deactivated_by', 'text').execute()
}
