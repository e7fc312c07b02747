import { Failure } from '@latchstring/protocol'
import { newId } from '@latchstring/protocol/base/ids'
import type { EventName } from '@latchstring/protocol/codes/events'
import type { KeyKind } from '@latchstring/protocol/codes/key-kinds'
import type { Role } from '@latchstring/protocol/codes/roles'
import type { Means } from '@latchstring/protocol/decide/authorize'
import { authorize, permissionToCreate } from '@latchstring/protocol/decide/authorize'
import { keyHint, newKey } from '@latchstring/protocol/decide/key-format'
import type { Actor } from '../audit/service.ts'
import { change, system } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import { noteUse } from '../base/note-use.ts'
import { hashOf } from '../base/secrets.ts'
import { findMember } from '../members/service.ts'
import type { KeyRow } from './queries.ts'
import { selectKey, selectKeyByHash } from './queries.ts'

export type { KeyRow } from './queries.ts'

/** How often `last_used_at` is written at most. */
const touchMs = 60_000

/**
 * Creates a key of somebody's own. The secret is returned once; only its SHA-256 stays.
 *
 * @param means null for the operator on the host
 * @throws Failure `permission_denied` when role and means do not allow this kind
 */
export async function createKey(
  base: Base,
  actor: Actor,
  by: { role: Role; means: Means } | null,
  given: { personId: string; name: string; kind: KeyKind; lifetimeSeconds: number | null },
): Promise<{ row: KeyRow; secret: string }> {
  const refusal = by && authorize(by.role, by.means, permissionToCreate(given.kind))
  if (refusal) throw new Failure(refusal)
  const secret = newKey()
  const now = base.now()
  const row: KeyRow = {
    id: newId('key', now),
    organization_id: actor.organizationId,
    person_id: given.personId,
    name: given.name,
    kind: given.kind,
    hash: hashOf(secret),
    hint: keyHint(secret),
    status: 'active',
    created_at: now,
    expires_at: given.lifetimeSeconds === null ? null : now + given.lifetimeSeconds * 1000,
    last_used_at: null,
    deactivated_by: null,
  }
  await change(base, actor, 'keys.created', async (handle, line) => {
    await handle.insertInto('keys').values(row).execute()
    line.target('key', row.id)
    line.details({ name: row.name, kind: row.kind, expires_at: row.expires_at })
  })
  return { row, secret }
}

const statusEvents: Record<KeyRow['status'], EventName> = {
  active: 'keys.activated',
  inactive: 'keys.deactivated',
  archived: 'keys.archived',
}

/**
 * Renames a key or changes its status. Archived is for good.
 *
 * @throws Failure `not_found`, `key_archived`
 */
export async function changeKey(
  base: Base,
  actor: Actor,
  id: string,
  to: { name?: string | undefined; status?: KeyRow['status'] | undefined },
): Promise<KeyRow> {
  return await base.database.transaction(async handle => {
    const before = await selectKey(handle, actor.organizationId, id)
    if (before === undefined) throw new Failure('not_found')
    if (before.status === 'archived') throw new Failure('key_archived')
    if (to.name !== undefined && to.name !== before.name) {
      await change(base, actor, 'keys.renamed', async (inner, line) => {
        await inner.updateTable('keys').set({ name: to.name }).where('id', '=', id).execute()
        line.target('key', id)
        line.details({ from: before.name, to: to.name ?? null })
      })
    }
    if (to.status !== undefined && to.status !== before.status) await setStatus(base, actor, id, to.status)
    return { ...before, name: to.name ?? before.name, status: to.status ?? before.status }
  })
}

async function setStatus(base: Base, actor: Actor, id: string, status: KeyRow['status']): Promise<void> {
  await change(base, actor, statusEvents[status], async (handle, line) => {
    await handle
      .updateTable('keys')
      .set(status === 'inactive' ? { status, deactivated_by: actor.personId } : { status })
      .where('id', '=', id)
      .where('status', '!=', 'archived')
      .execute()
    line.target('key', id)
    await base.revocations.add({ kind: 'key', id })
  })
}

/** Archives every key of somebody who left. */
export async function archiveKeysOf(base: Base, organizationId: string, personId: string): Promise<void> {
  const rows = await base.database
    .handle()
    .selectFrom('keys')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('person_id', '=', personId)
    .where('status', '!=', 'archived')
    .execute()
  for (const { id } of rows) await setStatus(base, system(organizationId), id, 'archived')
}

/**
 * Cuts what is open by keys of somebody whose role no longer lets them call models. The keys stay: with another role they
 * work again.
 */
export async function cutKeysOf(base: Base, organizationId: string, personId: string): Promise<void> {
  const member = await findMember(base, organizationId, personId)
  const rows = await base.database
    .handle()
    .selectFrom('keys')
    .select(['id', 'kind'])
    .where('organization_id', '=', organizationId)
    .where('person_id', '=', personId)
    .where('status', '=', 'active')
    .execute()
  for (const { id, kind } of rows) {
    const refusal = member && authorize(member.role, { kind: 'key', keyKind: kind }, 'models:call')
    if (refusal !== undefined) await base.revocations.add({ kind: 'key', id })
  }
}

/** The key of this SHA-256 if it can be used now. */
export async function findLiveKey(base: Base, sha256: string): Promise<KeyRow | undefined> {
  const row = await selectKeyByHash(base.database.handle(), sha256)
  if (row === undefined || row.status !== 'active') return undefined
  return row.expires_at !== null && row.expires_at <= base.now() ? undefined : row
}

/** Notes that a key was used; at most once a minute, since it is a write. */
export async function touchKey(base: Base, row: KeyRow): Promise<void> {
  const now = base.now()
  if (row.last_used_at !== null && now - row.last_used_at < touchMs) return
  await noteUse(base, handle =>
    handle.updateTable('keys').set({ last_used_at: now }).where('id', '=', row.id).execute(),
  )
}
