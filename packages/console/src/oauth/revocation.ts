import { readAccessToken } from '@latchstring/kit/access-token'
import { stockAgentClientId } from '@latchstring/protocol/base/names'
import { findByGrant } from '../sessions/service.ts'
import { artifactId } from './adapter.ts'
import type { Asking, Form } from './asking.ts'
import { OauthRefusal } from './asking.ts'
import { endFamily } from './families.ts'
import { selectArtifact } from './queries.ts'

/**
 * Ends the sign-in that a token belongs to (RFC 7009), be it an access token, ended or not, or a refresh token, used or
 * not. What is unknown, and what is another client's, answers alike: done, and nothing has happened.
 */
export async function revoke(asking: Asking, form: Form): Promise<void> {
  const { base, ctx } = asking
  const token = form.get('token')
  if (token === undefined) throw new OauthRefusal(400, 'invalid_request', 'The parameter token is missing.')
  const clientId = form.get('client_id') ?? stockAgentClientId
  await base.database.transaction(async handle => {
    // The time of a token that has ended does not matter here, its signature does.
    const claims = readAccessToken(token, asking.keys.rule, 0)
    const row = await selectArtifact(handle, 'RefreshToken', artifactId('RefreshToken', token))
    const grantId = claims?.gid ?? row?.grant_id ?? null
    const grant = grantId === null ? undefined : await selectArtifact(handle, 'Grant', grantId)
    if (grant === undefined || grantId === null) return
    if ((JSON.parse(grant.payload) as { clientId?: string }).clientId !== clientId) return
    const session = await findByGrant(base, grantId)
    if (session !== undefined) await endFamily(asking, session, 'signed out')
  })
  ctx.status = 200
  ctx.body = ''
}
