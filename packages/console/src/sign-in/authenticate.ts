import { keysById, readAccessToken } from '@latchstring/kit/access-token'
import { Failure } from '@latchstring/protocol'
import type { Means } from '@latchstring/protocol/decide/authorize'
import { readCredential } from '@latchstring/protocol/decide/read-credential'
import type { TokenIssuer } from '@latchstring/protocol/gateway-contract'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import { hashOf } from '../base/secrets.ts'
import { findLiveKey, touchKey } from '../keys/service.ts'
import { findMember } from '../members/service.ts'
import { getOrganization } from '../organizations/service.ts'
import type { SessionRow } from '../sessions/service.ts'
import { findByCookie, findLiveSession, mayContinue, touch } from '../sessions/service.ts'

/**
 * Says who a request is from: by key or access token where a header carries one, else by the session cookie. The role
 * is the member's role now. A dead cookie is nobody; a dead key or token is refused, since whoever sent it meant it.
 *
 * @param tokenIssuer where our access tokens come from; asked only when a token came
 * @throws Failure `invalid_token`, `sign_in_needed_by_helper`
 */
export async function authenticate(
  base: Base,
  tokenIssuer: () => TokenIssuer | Promise<TokenIssuer>,
  request: Request,
  origin: Origin,
): Promise<Caller | null> {
  const presented = readCredential(
    request.headers.get('x-api-key') ?? undefined,
    request.headers.get('authorization') ?? undefined,
  )
  if (presented.kind === 'missing') return await byCookie(base, origin)
  if (presented.kind === 'helper_failed') throw new Failure('sign_in_needed_by_helper')
  if (presented.kind === 'unrecognised') throw new Failure('invalid_token')
  const caller =
    presented.kind === 'key'
      ? await byKey(base, presented.secret)
      : await byToken(base, presented.secret, await tokenIssuer())
  if (caller === null) throw new Failure('invalid_token')
  return caller
}

async function byCookie(base: Base, origin: Origin): Promise<Caller | null> {
  const secret = origin.cookie('session')
  const session = secret === undefined ? undefined : await findByCookie(base, secret)
  return session === undefined ? null : await bySession(base, session)
}

async function byKey(base: Base, secret: string): Promise<Caller | null> {
  const key = await findLiveKey(base, hashOf(secret))
  if (key === undefined) return null
  const means: Means = { kind: 'key', keyKind: key.kind }
  const caller = await callerOf(base, key.organization_id, key.person_id, means, key.id, null)
  if (caller !== null) await touchKey(base, key)
  return caller
}

async function byToken(base: Base, token: string, issuer: TokenIssuer): Promise<Caller | null> {
  const claims = readAccessToken(token, { ...issuer, keys: keysById(issuer.keys) }, base.now())
  const session = claims && (await findLiveSession(base, claims.sid))
  if (claims === undefined || session === undefined || session.kind !== 'agent') return null
  const theirs =
    session.person_id === claims.sub &&
    session.organization_id === claims.org &&
    session.grant_id === claims.gid
  return theirs && (await mayContinue(base, session)) ? await bySession(base, session) : null
}

async function bySession(base: Base, session: SessionRow): Promise<Caller | null> {
  const { id, kind, organization_id, person_id } = session
  const caller = await callerOf(base, organization_id, person_id, { kind }, id, {
    id,
    kind,
    createdAt: session.created_at,
    authenticatedAt: session.authenticated_at,
    expiresAt: session.expires_at,
    settingUp: session.setting_up === 1,
  })
  if (caller !== null) await touch(base, session)
  return caller
}

async function callerOf(
  base: Base,
  organizationId: string,
  personId: string,
  means: Means,
  by: string,
  session: Caller['session'],
): Promise<Caller | null> {
  const member = await findMember(base, organizationId, personId)
  if (member === undefined) return null
  const organization = await getOrganization(base, organizationId)
  const { id, email, name, role } = member
  return { organization, person: { id, email, name }, role, means, by, session }
}
