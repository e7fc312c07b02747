import type { Selectable } from 'kysely'
import type { Handle } from '../base/database.ts'
import type { Tables } from '../base/tables.ts'

export type ArtifactRow = Selectable<Tables['oauth_artifacts']>
export type RepeatRow = Selectable<Tables['oauth_repeats']>

export const selectArtifact = (handle: Handle, kind: string, id: string): Promise<ArtifactRow | undefined> =>
  handle
    .selectFrom('oauth_artifacts')
    .selectAll()
    .where('id', '=', id)
    .where('kind', '=', kind)
    .executeTakeFirst()

/**
 * Reads a row and holds it until the transaction ends: the update changes nothing, it takes the row's lock, so that of
 * two requests with one token the second sees what the first did, on PostgreSQL too.
 */
export const lockArtifact = (handle: Handle, kind: string, id: string): Promise<ArtifactRow | undefined> =>
  handle
    .updateTable('oauth_artifacts')
    .set({ kind })
    .where('id', '=', id)
    .where('kind', '=', kind)
    .returningAll()
    .executeTakeFirst()

export const insertArtifact = (handle: Handle, row: ArtifactRow) =>
  handle
    .insertInto('oauth_artifacts')
    .values(row)
    .onConflict(conflict =>
      conflict
        .column('id')
        .doUpdateSet({ payload: row.payload, grant_id: row.grant_id, expires_at: row.expires_at }),
    )
    .execute()

export const updateArtifact = (handle: Handle, id: string, set: Partial<ArtifactRow>) =>
  handle.updateTable('oauth_artifacts').set(set).where('id', '=', id).execute()

/** @returns whether this call consumed it: of two at once, one does. */
export async function consumeArtifact(
  handle: Handle,
  kind: string,
  id: string,
  now: number,
): Promise<boolean> {
  const consumed = await handle
    .updateTable('oauth_artifacts')
    .set({ consumed_at: now })
    .where('id', '=', id)
    .where('kind', '=', kind)
    .where('consumed_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return consumed !== undefined
}

export const deleteArtifact = (handle: Handle, kind: string, id: string) =>
  handle.deleteFrom('oauth_artifacts').where('id', '=', id).where('kind', '=', kind).execute()

export const deleteArtifactsOfGrant = (handle: Handle, kind: string, grantId: string) =>
  handle.deleteFrom('oauth_artifacts').where('kind', '=', kind).where('grant_id', '=', grantId).execute()

export const selectRepeat = (handle: Handle, presentedHash: string): Promise<RepeatRow | undefined> =>
  handle
    .selectFrom('oauth_repeats')
    .selectAll()
    .where('presented_hash', '=', presentedHash)
    .executeTakeFirst()

/** The successor was used: its copy goes, what remains only tells an old token from an unknown one. */
export const dropCopiesOf = (handle: Handle, successorHash: string) =>
  handle
    .updateTable('oauth_repeats')
    .set({ sealed_reply: '' })
    .where('successor_hash', '=', successorHash)
    .execute()

/** From which address blocks a used refresh token and those after it in its grant were used. */
export const selectUsesSince = (handle: Handle, { kind, grant_id, consumed_at }: ArtifactRow) =>
  handle
    .selectFrom('oauth_artifacts')
    .select('asked_from')
    .distinct()
    .where('grant_id', '=', grant_id)
    .where('kind', '=', kind)
    .where('consumed_at', '>=', consumed_at)
    .execute()

/** Approved, but nobody came to collect it in time. */
export const selectUncollected = (handle: Handle, now: number, limit: number) =>
  handle
    .selectFrom('oauth_artifacts')
    .select(['id', 'grant_id'])
    .where('expires_at', '<=', now)
    .where('grant_id', 'is not', null)
    .where(where =>
      where.or([
        where('kind', '=', 'Interaction'),
        where.and([
          where('kind', 'in', ['DeviceCode', 'AuthorizationCode']),
          where('consumed_at', 'is', null),
        ]),
      ]),
    )
    .limit(limit)
    .execute()

/** The device request of a user code that nobody has decided about. */
export const selectOpenDevice = (
  handle: Handle,
  userCodeHash: string,
  now: number,
): Promise<ArtifactRow | undefined> =>
  handle
    .selectFrom('oauth_artifacts')
    .selectAll()
    .where('kind', '=', 'DeviceCode')
    .where('user_code_hash', '=', userCodeHash)
    .where('expires_at', '>', now)
    .executeTakeFirst()

/** The same, claimed: its user code is spent with it. */
export const claimDevice = (
  handle: Handle,
  userCodeHash: string,
  now: number,
): Promise<ArtifactRow | undefined> =>
  handle
    .updateTable('oauth_artifacts')
    .set({ user_code_hash: null })
    .where('kind', '=', 'DeviceCode')
    .where('user_code_hash', '=', userCodeHash)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
