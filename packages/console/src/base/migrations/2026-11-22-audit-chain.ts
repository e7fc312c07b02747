import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** docs/audit-chain.md. Lines that are there already have no sequence: the sealer links them at its first turn. */
export async function up(db: Kysely<unknown>) {
  const { schema } = db
  const add = (column: string, type: 'text' | 'bigint') =>
    schema.alterTable('audit_lines').addColumn(column, type).execute()
  await add('sequence', 'bigint')
  await add('salt', 'text')
  await add('chain_hash', 'text')
  await add('erased', 'text')
  await schema
    .createIndex('audit_lines_in_chain')
    .unique()
    .on('audit_lines')
    .columns(['organization_id', 'sequence'])
    .execute()
  await schema
    .createIndex('audit_lines_unsealed')
    .on('audit_lines')
    .columns(['organization_id', 'id'])
    .where(sql.ref('sequence'), 'is', null)
    .execute()
  await schema
    .createTable('audit_chains')
    .addColumn('organization_id', 'text', c => c.primaryKey())
    .addColumn('sequence', 'bigint', c => c.notNull())
    .addColumn('chain_hash', 'text', c => c.notNull())
    .addColumn('headed_sequence', 'bigint', c => c.notNull())
    .addColumn('headed_at', 'bigint', c => c.notNull())
    .execute()
  await schema
    .createTable('audit_heads')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('organization_id', 'text', c => c.notNull())
    .addColumn('sequence', 'bigint', c => c.notNull())
    .addColumn('chain_hash', 'text', c => c.notNull())
    .addColumn('at', 'bigint', c => c.notNull())
    .addColumn('jws', 'text', c => c.notNull())
    .execute()
  await schema
    .createIndex('audit_heads_newest')
    .on('audit_heads')
    .columns(['organization_id', 'id'])
    .execute()
  await schema
    .createIndex('audit_heads_by_time')
    .on('audit_heads')
    .columns(['organization_id', 'at'])
    .execute()
  await schema
    .createTable('audit_keys')
    .addColumn('kid', 'text', c => c.primaryKey())
    .addColumn('sealed_private_jwk', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .execute()
}
