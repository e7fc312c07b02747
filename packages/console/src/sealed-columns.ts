import type { KeyObject } from 'node:crypto'
import { EnvelopeError, openEnvelope, seal } from '@latchstring/kit/envelope'
import { sql } from 'kysely'
import { change, operator } from './audit/service.ts'
import type { Base } from './base/base.ts'
import type { Database, Handle } from './base/database.ts'
import { listOrganizations } from './organizations/service.ts'

/** A column of envelopes under the master key: what `seal` was told of its purpose, and which column names the row. */
type SealedColumn = { table: string; column: string; id: string; purpose: string }

/** Every one there is; a test holds this to the database's own columns called `sealed_…`. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'providers', column: 'sealed_secret', id: 'id', purpose: 'provider' },
  { table: 'signing_keys', column: 'sealed_private_jwk', id: 'kid', purpose: 'signing-key' },
  { table: 'audit_keys', column: 'sealed_private_jwk', id: 'kid', purpose: 'audit-key' },
]

/** Sealed under what a client presents, not under the master key (oauth/repeats.ts). */
export const sealedOtherwise: readonly string[] = ['oauth_repeats.sealed_reply']

type Sealed = SealedColumn & { row: string; envelope: string }

/** All sealed values of a database, which may be of an older build that has not every table. */
async function readSealed(handle: Handle): Promise<Sealed[]> {
  const tables = new Set((await handle.introspection.getTables()).map(table => table.name))
  const found: Sealed[] = []
  for (const one of sealedColumns.filter(({ table }) => tables.has(table))) {
    const { rows } = await sql<{ row: string; envelope: string }>`
      select ${sql.ref(one.id)} as "row", ${sql.ref(one.column)} as "envelope" from ${sql.table(one.table)}
      where ${sql.ref(one.column)} is not null and ${sql.ref(one.column)} != ''`.execute(handle)
    found.push(...rows.map(row => ({ ...one, ...row })))
  }
  return found
}

export type Opened = { opened: number; shut: { table: string; row: string }[] }

/** Tries a master key on every sealed value. */
export async function tryMasterKey(database: Database, masterKey: KeyObject): Promise<Opened> {
  const shut: Opened['shut'] = []
  const sealed = await readSealed(database.handle())
  for (const { table, row, purpose, envelope } of sealed) {
    try {
      openEnvelope(masterKey, purpose, row, envelope)
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      shut.push({ table, row })
    }
  }
  return { opened: sealed.length - shut.length, shut }
}

/**
 * Seals everything anew under another master key and opens each value again, in one transaction over all tables with an
 * audit line for every organisation: at no moment does one key open some and another one the rest.
 *
 * @param beforeCommit called when all is written and nothing is committed
 * @returns how many values there are
 * @throws EnvelopeError when `from` does not open all of them; nothing is changed then
 */
export async function resealAll(
  base: Pick<Base, 'database' | 'now'>,
  from: KeyObject,
  to: KeyObject,
  beforeCommit: () => void = () => {},
): Promise<number> {
  return await base.database.transaction(async handle => {
    const sealed = await readSealed(handle)
    for (const { table, column, id, row, purpose, envelope } of sealed) {
      const next = seal(to, purpose, row, openEnvelope(from, purpose, row, envelope))
      openEnvelope(to, purpose, row, next)
      await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${next} where ${sql.ref(id)} = ${row}`.execute(
        handle,
      )
    }
    for (const { id } of await listOrganizations(base)) {
      await change(base, operator(id), 'master_key.rotated', async (_handle, line) =>
        line.details({ sealed_values: sealed.length }),
      )
    }
    beforeCommit()
    return sealed.length
  })
}
