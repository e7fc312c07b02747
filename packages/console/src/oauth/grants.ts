import { randomBytes } from 'node:crypto'
import { agentScope } from '@latchstring/protocol/base/names'
import type { Actor } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import { agentLongestMs, startAgentSession } from '../sessions/service.ts'
import { insertArtifact } from './queries.ts'

/** Where a request for a sign-in came from: shown to who approves it, kept with the session. */
export type AskedBy = Pick<Origin, 'address' | 'userAgent'>

export const readAskedFrom = (text: string | null): AskedBy => ({
  address: '',
  userAgent: '',
  ...(text === null ? {} : (JSON.parse(text) as Partial<AskedBy>)),
})

/**
 * Gives a program what was approved: a grant of its own, never one that another program has already, and the session that
 * stands for it. In the form that oidc-provider reads.
 *
 * @returns the ids of both
 */
export async function startGrant(
  base: Base,
  actor: Actor,
  caller: Caller,
  given: { clientId: string; method: 'device' | 'code'; asked: AskedBy },
): Promise<{ grantId: string; sessionId: string }> {
  const grantId = randomBytes(24).toString('base64url')
  const now = base.now()
  const expires = now + agentLongestMs
  const payload = {
    kind: 'Grant',
    iat: Math.floor(now / 1000),
    exp: Math.floor(expires / 1000),
    accountId: caller.person.id,
    clientId: given.clientId,
    resources: { [base.settings.url]: agentScope },
  }
  await base.database.transaction(handle =>
    insertArtifact(handle, {
      id: grantId,
      kind: 'Grant',
      payload: JSON.stringify(payload),
      grant_id: grantId,
      user_code_hash: null,
      expires_at: expires,
      consumed_at: null,
      polled_at: null,
      interval_seconds: null,
      asked_from: null,
    }),
  )
  const sessionId = await startAgentSession(base, {
    organizationId: caller.organization.id,
    personId: caller.person.id,
    actor,
    origin: given.asked,
    method: given.method,
    grantId,
  })
  return { grantId, sessionId }
}
