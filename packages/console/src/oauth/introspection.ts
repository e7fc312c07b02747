import { readAccessToken } from '@latchstring/kit/access-token'
import { agentScope } from '@latchstring/protocol/base/names'
import { authorize } from '@latchstring/protocol/decide/authorize'
import { readCredential } from '@latchstring/protocol/decide/read-credential'
import type { Base } from '../base/base.ts'
import { hashOf } from '../base/secrets.ts'
import { findLiveKey, touchKey } from '../keys/service.ts'
import { findMember, findPerson } from '../members/service.ts'
import { findByGrant, mayContinue } from '../sessions/service.ts'
import { artifactId } from './adapter.ts'
import type { Asking, Form } from './asking.ts'
import { OauthRefusal } from './asking.ts'
import { selectArtifact } from './queries.ts'

/**
 * Says whether a token of ours is good now (RFC 7662), for a program of the organisation that has no session of its own:
 * it brings an admin key. What has ended is inactive at once, whatever the token itself says. A token of another
 * organisation answers like one that nobody knows (A9).
 */
export async function introspect(asking: Asking, form: Form): Promise<void> {
  const { base, ctx } = asking
  const organizationId = await organizationOfAdmin(base, ctx.get('x-api-key'), ctx.get('authorization'))
  if (organizationId === undefined) {
    throw new OauthRefusal(401, 'invalid_client', 'Bring an admin key, as x-api-key or as Bearer.', {
      'www-authenticate': 'Bearer realm="introspection"',
    })
  }
  const token = form.get('token')
  if (token === undefined) throw new OauthRefusal(400, 'invalid_request', 'The parameter token is missing.')
  ctx.status = 200
  ctx.body = (await describe(asking, token, organizationId)) ?? { active: false }
}

/** The organisation of an admin key that may see sessions. */
async function organizationOfAdmin(base: Base, apiKey: string, bearer: string): Promise<string | undefined> {
  const presented = readCredential(apiKey || undefined, bearer || undefined)
  if (presented.kind !== 'key') return undefined
  const key = await findLiveKey(base, hashOf(presented.secret))
  if (key === undefined || key.kind !== 'admin') return undefined
  const member = await findMember(base, key.organization_id, key.person_id)
  const means = { kind: 'key', keyKind: key.kind } as const
  if (member === undefined || authorize(member.role, means, 'sessions:read') !== undefined) return undefined
  await touchKey(base, key)
  return key.organization_id
}

type Times = { exp: number; iat: number }

async function describe({ base, keys }: Asking, token: string, organizationId: string) {
  const claims = readAccessToken(token, keys.rule, base.now())
  const found = claims
    ? {
        grantId: claims.gid,
        exp: claims.exp,
        iat: claims.iat,
        more: { token_type: 'Bearer', jti: claims.jti },
      }
    : await findRefreshToken(base, token)
  const session = found && (await findByGrant(base, found.grantId))
  if (found === undefined || session === undefined || session.organization_id !== organizationId)
    return undefined
  if (claims !== undefined && (claims.sid !== session.id || claims.sub !== session.person_id))
    return undefined
  if (!(await mayContinue(base, session))) return undefined
  const grant = await selectArtifact(base.database.handle(), 'Grant', found.grantId)
  if (grant === undefined) return undefined
  const { url } = base.settings
  return {
    active: true,
    scope: agentScope,
    client_id: (JSON.parse(grant.payload) as { clientId: string }).clientId,
    username: (await findPerson(base, session.person_id))?.email,
    sub: session.person_id,
    iss: url,
    aud: url,
    exp: found.exp,
    iat: found.iat,
    ...found.more,
    sid: session.id,
    org: session.organization_id,
  }
}

/** A refresh token that was not used yet. */
async function findRefreshToken(base: Base, token: string) {
  const handle = base.database.handle()
  const row = await selectArtifact(handle, 'RefreshToken', artifactId('RefreshToken', token))
  if (row === undefined || row.grant_id === null || row.consumed_at !== null) return undefined
  if (row.expires_at !== null && row.expires_at <= base.now()) return undefined
  const { exp, iat } = JSON.parse(row.payload) as Times
  return { grantId: row.grant_id, exp, iat, more: {} }
}
