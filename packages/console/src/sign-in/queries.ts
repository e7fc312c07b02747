import type { Insertable, Selectable } from 'kysely'
import type { Handle } from '../base/database.ts'
import type { Tables } from '../base/tables.ts'

export type LinkRow = Selectable<Tables['links']>
export type CeremonyRow = Selectable<Tables['ceremonies']>
export type PasskeyRow = Selectable<Tables['passkeys']>

export const insertLink = (handle: Handle, row: Insertable<Tables['links']>) =>
  handle.insertInto('links').values(row).execute()

export const selectLiveSetupLink = (handle: Handle, hash: string) =>
  handle
    .selectFrom('links')
    .select('hash')
    .where('hash', '=', hash)
    .where('purpose', '=', 'setup')
    .where('spent_at', 'is', null)
    .executeTakeFirst()

/** Spends a set-up link; undefined: not there, or spent by another one before. */
export const spendSetupLink = (handle: Handle, hash: string, now: number) =>
  handle
    .updateTable('links')
    .set({ spent_at: now })
    .where('hash', '=', hash)
    .where('purpose', '=', 'setup')
    .where('spent_at', 'is', null)
    .returning('hash')
    .executeTakeFirst()

/** Set-up links that nobody used. */
export const deleteUnspentSetupLinks = (handle: Handle) =>
  handle.deleteFrom('links').where('purpose', '=', 'setup').where('spent_at', 'is', null).execute()

/** No secret has this as its hash. */
const claimId = 'this server is set up'

/** Claims the right to set this server up. Of two at once one gets it; the other waits for the first to commit. */
export const claimServer = async (handle: Handle, now: number): Promise<boolean> =>
  (await handle
    .insertInto('links')
    .values({
      hash: claimId,
      purpose: 'setup',
      person_id: null,
      browser_hash: null,
      return_to: '/',
      created_at: now,
      expires_at: null,
      spent_at: now,
    })
    .onConflict(conflict => conflict.column('hash').doNothing())
    .returning('hash')
    .executeTakeFirst()) !== undefined

/** Spends a sign-in link in the browser that asked for it; undefined: nothing was changed. */
export const spendSignInLink = (handle: Handle, hash: string, browserHash: string | null, now: number) =>
  handle
    .updateTable('links')
    .set({ spent_at: now })
    .where('hash', '=', hash)
    .where('purpose', '=', 'sign-in')
    .where('person_id', 'is not', null)
    .where('spent_at', 'is', null)
    .where('expires_at', '>', now)
    .where(where => where.or([where('browser_hash', 'is', null), where('browser_hash', '=', browserHash)]))
    .returning(['person_id', 'return_to'])
    .executeTakeFirst()

/** A sign-in link that could still be spent, in whichever browser. */
export const selectLiveSignInLink = (handle: Handle, hash: string, now: number) =>
  handle
    .selectFrom('links')
    .select('browser_hash')
    .where('hash', '=', hash)
    .where('purpose', '=', 'sign-in')
    .where('person_id', 'is not', null)
    .where('spent_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()

export const insertCeremony = (handle: Handle, row: CeremonyRow) =>
  handle.insertInto('ceremonies').values(row).execute()

/** Takes a ceremony away; whoever comes second finds none. */
export const takeCeremony = (
  handle: Handle,
  id: string,
  purpose: CeremonyRow['purpose'],
): Promise<CeremonyRow | undefined> =>
  handle
    .deleteFrom('ceremonies')
    .where('id', '=', id)
    .where('purpose', '=', purpose)
    .returningAll()
    .executeTakeFirst()

/** undefined: this credential is known already. */
export const insertPasskey = (handle: Handle, row: PasskeyRow) =>
  handle
    .insertInto('passkeys')
    .values(row)
    .onConflict(conflict => conflict.column('credential_id').doNothing())
    .returning('id')
    .executeTakeFirst()

export const selectPasskeyByCredential = (
  handle: Handle,
  credentialId: string,
): Promise<PasskeyRow | undefined> =>
  handle.selectFrom('passkeys').selectAll().where('credential_id', '=', credentialId).executeTakeFirst()

export const selectPasskeysOf = (handle: Handle, personId: string): Promise<PasskeyRow[]> =>
  handle.selectFrom('passkeys').selectAll().where('person_id', '=', personId).orderBy('id').execute()

/** Notes a use, unless another one came between: a counter is taken once. */
export const usedPasskey = (handle: Handle, row: PasskeyRow, counter: number, now: number) =>
  handle
    .updateTable('passkeys')
    .set({ counter, last_used_at: now })
    .where('id', '=', row.id)
    .where('counter', '=', row.counter)
    .returning('id')
    .executeTakeFirst()

/** Locks a person's passkeys until the transaction ends (the update changes nothing) and lists them. */
export const lockPasskeysOf = (handle: Handle, personId: string) =>
  handle
    .updateTable('passkeys')
    .set({ person_id: personId })
    .where('person_id', '=', personId)
    .returning(['id', 'name'])
    .execute()

export const deletePasskey = (handle: Handle, id: string) =>
  handle.deleteFrom('passkeys').where('id', '=', id).execute()
