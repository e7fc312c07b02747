import type { Actor } from '../audit/service.ts'
import { system } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import type { Member } from '../members/service.ts'
import { endSession, endSettingUp, startWebSession } from '../sessions/service.ts'

/** What goes into the session cookie. */
export type Entry = { secret: string; maxAgeSeconds: number }

/** A person who has just proved themselves, for the audit line. */
export const personActor = (member: Member, origin: Origin): Actor => ({
  organizationId: member.organizationId,
  type: 'user',
  personId: member.id,
  by: null,
  address: origin.address,
  requestId: origin.requestId,
})

/**
 * Signs a browser in under a new cookie. The session this browser had before ends, whoever's it was: sessions do not
 * pile up, and an identifier known from before is worth nothing after. Joins an open transaction.
 */
export async function enter(
  base: Base,
  member: Member,
  method: 'passkey' | 'link',
  origin: Origin,
  before: Caller | null,
): Promise<Entry> {
  return await base.database.transaction(async () => {
    if (before?.session?.kind === 'web') {
      await endSession(base, system(before.organization.id), before.session.id, 'replaced by a new sign-in')
    }
    await endSettingUp(base, member.organizationId, member.id)
    return await startWebSession(base, {
      organizationId: member.organizationId,
      personId: member.id,
      actor: personActor(member, origin),
      origin,
      method,
    })
  })
}
