import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>) {
  const { schema } = db
  await schema
    .createTable('oauth_artifacts')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('payload', 'text', c => c.notNull())
    .addColumn('grant_id', 'text')
    .addColumn('user_code_hash', 'text', c => c.unique())
    .addColumn('expires_at', 'bigint')
    .addColumn('consumed_at', 'bigint')
    .addColumn('polled_at', 'bigint')
    .addColumn('interval_seconds', 'integer')
    .addColumn('asked_from', 'text')
    .execute()
  await schema.createIndex('oauth_artifacts_by_grant').on('oauth_artifacts').columns(['grant_id']).execute()
  await schema.createIndex('oauth_artifacts_by_end').on('oauth_artifacts').columns(['expires_at']).execute()
  await schema
    .createTable('oauth_repeats')
    .addColumn('presented_hash', 'text', c => c.primaryKey())
    .addColumn('grant_id', 'text', c => c.notNull())
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('refresh_id_hash', 'text')
    .addColumn('successor_hash', 'text', c => c.notNull())
    .addColumn('sealed_reply', 'text', c => c.notNull())
    .addColumn('at', 'bigint', c => c.notNull())
    .addColumn('expires_at', 'bigint', c => c.notNull())
    .execute()
  await schema.createIndex('oauth_repeats_by_grant').on('oauth_repeats').columns(['grant_id']).execute()
  await schema
    .createIndex('oauth_repeats_by_successor')
    .on('oauth_repeats')
    .columns(['successor_hash'])
    .execute()
  await schema
    .createTable('signing_keys')
    .addColumn('kid', 'text', c => c.primaryKey())
    .addColumn('public_jwk', 'text', c => c.notNull())
    .addColumn('sealed_private_jwk', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('retired_at', 'bigint')
    .execute()
}
