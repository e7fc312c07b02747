import type { Actor } from '../audit/service.ts'
import { change, system } from '../audit/service.ts'
import type { SessionRow } from '../sessions/service.ts'
import { endSession, findByGrant, mayContinue } from '../sessions/service.ts'
import type { Asking } from './asking.ts'

/** A grant, its tokens and its session stand and fall together: a family. */

const actorOf = (session: SessionRow, { from }: Asking): Actor => ({
  organizationId: session.organization_id,
  type: 'user',
  personId: session.person_id,
  by: session.id,
  address: from.address,
  requestId: from.requestId,
})

/** Somebody who holds a token ends its session. What hangs on it goes by the event. */
export const endFamily = (asking: Asking, session: SessionRow, reason: string) =>
  endSession(asking.base, actorOf(session, asking), session.id, reason)

/** The session of a grant that may go on; one that may no longer is ended here. */
export async function livingSession(asking: Asking, grantId: string | null): Promise<SessionRow | undefined> {
  const session = grantId === null ? undefined : await findByGrant(asking.base, grantId)
  if (session === undefined) return undefined
  if (await mayContinue(asking.base, session)) return session
  await endSession(asking.base, system(session.organization_id), session.id, 'may no longer go on')
  return undefined
}

/** Notes that a token which was used before came again. */
export async function noteReuse(
  asking: Asking,
  session: SessionRow,
  event: 'sessions.refresh_repeated' | 'sessions.refresh_reused',
  details: Record<string, string | boolean>,
): Promise<void> {
  await change(asking.base, actorOf(session, asking), event, async (_handle, line) => {
    line.target('session', session.id)
    line.details({ user_agent: asking.from.userAgent, ...details })
  })
}
