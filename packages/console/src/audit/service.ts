import { newId } from '@latchstring/protocol/base/ids'
import type { EventName } from '@latchstring/protocol/codes/events'
import type { Transaction } from 'kysely'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import type { Tables } from '../base/tables.ts'
import type { SignedHead } from './heads.ts'
import { newestHeads, signHeads } from './heads.ts'
import { insertLine } from './queries.ts'
import { sealLines } from './sealer.ts'

export { forgetLines } from './forget.ts'
export type { PublicJwk, SignedHead } from './heads.ts'
export { publicKeys, signHeads } from './heads.ts'
export { sealLines } from './sealer.ts'
export type { AuditReport } from './verify.ts'
export { verifyAudit } from './verify.ts'

/** Who did something, for the audit line. */
export type Actor = {
  organizationId: string
  type: 'user' | 'operator' | 'system'
  personId: string | null
  /** The session or key that was used. */
  by: string | null
  address: string | null
  requestId: string | null
}

export const actorOf = (caller: Caller, origin: Origin): Actor => ({
  organizationId: caller.organization.id,
  type: 'user',
  personId: caller.person.id,
  by: caller.by,
  address: origin.address,
  requestId: origin.requestId,
})

/** Somebody with a shell on the server's host. */
export const operator = (organizationId: string): Actor => ({
  organizationId,
  type: 'operator',
  personId: null,
  by: null,
  address: null,
  requestId: null,
})

/** The server by itself. */
export const system = (organizationId: string): Actor => ({ ...operator(organizationId), type: 'system' })

/** What a write says of itself. Never a secret, never a prompt. */
export type Line = {
  target(type: string, id: string): void
  details(details: Record<string, string | number | boolean | null>): void
}

/**
 * The one way to write an organisation's data: the audit line is in the same transaction, so that neither stands
 * without the other. Joins an open transaction.
 *
 * @example
 * await change(base, actorOf(caller, origin), 'keys.renamed', async (handle, line) => {
 *   line.target('key', id)
 *   await handle.updateTable('keys').set({ name }).where('id', '=', id).execute()
 * })
 */
export async function change<T>(
  base: Pick<Base, 'database' | 'now'>,
  actor: Actor,
  event: EventName,
  write: (handle: Transaction<Tables>, line: Line) => Promise<T>,
): Promise<T> {
  return await base.database.transaction(async handle => {
    let target: { type: string; id: string } | null = null
    let details: Record<string, unknown> = {}
    const result = await write(handle, {
      target: (type, id) => {
        target = { type, id }
      },
      details: more => {
        details = { ...details, ...more }
      },
    })
    const { type, id } = (target ?? { type: null, id: null }) as { type: string | null; id: string | null }
    const now = base.now()
    await insertLine(handle, {
      id: newId('auditLine', now),
      organization_id: actor.organizationId,
      at: now,
      event,
      actor_type: actor.type,
      actor_id: actor.personId,
      actor_by: actor.by,
      address: actor.address,
      target_type: type,
      target_id: id,
      details: JSON.stringify(details),
      request_id: actor.requestId,
    })
    return result
  })
}

/** Seals and signs at once whatever is not yet, and gives the newest head of every chain. */
export async function signNewestHeads(base: Base): Promise<SignedHead[]> {
  let more = true
  while (more) more = await sealLines(base)
  await signHeads(base, 0)
  return await newestHeads(base)
}
