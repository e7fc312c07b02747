import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TokenIssuer } from '@latchstring/protocol/gateway-contract'
import Provider from 'oidc-provider'
import { system } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import { endSession, findByGrant } from '../sessions/service.ts'
import { agentProtocol } from './agent-protocol.ts'
import { redirectAllowed } from './clients.ts'
import { providerOptions } from './provider-options.ts'
import { selectUncollected } from './queries.ts'
import type { SigningKeys } from './signing-keys.ts'
import { publishedKids, readSigningKeys } from './signing-keys.ts'

export { retireSigningKeys, rotateSigningKey } from './signing-keys.ts'

/** The OAuth side of the server: made once, at the start. */
export type Oauth = {
  /** Answers `/oauth/…`, `/.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`. */
  listener(request: IncomingMessage, response: ServerResponse): void
  /** Who issues access tokens, and the keys that verify them. */
  issuer(): TokenIssuer
  /** Takes up signing keys that were added or retired, also by another process. Asked every few seconds. */
  followKeys(): Promise<void>
}

export async function makeOauth(base: Base): Promise<Oauth> {
  let keys = await readSigningKeys(base)
  let answer = makeProvider(base, keys)
  return {
    listener(request, response) {
      request.url = pathOf(request.url ?? '/')
      void answer(request, response)
    },
    issuer: () => keys.issuer,
    async followKeys() {
      if ((await publishedKids(base)).join() === keys.kids.join()) return
      keys = await readSigningKeys(base)
      // Requests under way end with the keys they began with; those are still published, or their tokens have ended.
      answer = makeProvider(base, keys)
      await base.revocations.add({ kind: 'signing_keys', id: keys.kids[0] ?? '' })
    },
  }
}

/** oidc-provider with our protocol before it, for one set of keys. */
function makeProvider(base: Base, keys: SigningKeys) {
  const { url } = base.settings
  const provider = new Provider(url, providerOptions(base, keys))
  // The scheme comes from `pinHost` alone, so that cookies are Secure and links are https behind a proxy too.
  provider.proxy = true
  provider.Client.prototype.redirectUriAllowed = redirectUri => redirectAllowed(url, redirectUri)
  provider.on('grant.revoked', (ctx, grantId) => {
    ctx.state['revokedGrant'] = grantId
  })
  provider.on('server_error', (ctx, error) =>
    base.log.error({ path: ctx.path, error }, 'the OAuth library failed'),
  )
  const refused = (ctx: { path: string }, error: { error: string; error_detail?: string }) =>
    base.log.debug(
      { path: ctx.path, code: error.error, detail: error.error_detail },
      'an OAuth request was refused',
    )
  provider.on('grant.error', refused)
  provider.on('authorization.error', refused)
  provider.on('device_authorization.error', refused)
  // Koa's own: the peer went away in mid-reply.
  const koa: EventEmitter = provider
  koa.on('error', error => base.log.warn({ error }, 'an OAuth reply was not delivered'))
  provider.use(agentProtocol(base, provider, keys))
  return provider.callback()
}

/** A request line may hold a whole URL (RFC 9112 §3.2.2); its host is nothing to us. */
function pathOf(target: string): string {
  if (target.startsWith('/') || !URL.canParse(target)) return target
  const { pathname, search } = new URL(target)
  return pathname + search
}

/** A session ended: its grant, tokens and kept replies go with it, in the same transaction. */
export async function dropGrant(base: Base, grantId: string | null): Promise<void> {
  if (grantId === null) return
  await base.database.transaction(async handle => {
    await handle.deleteFrom('oauth_artifacts').where('grant_id', '=', grantId).execute()
    await handle.deleteFrom('oauth_repeats').where('grant_id', '=', grantId).execute()
  })
}

/** Most rows that one turn removes: a transaction must stay short. */
const chunk = 200
/** An ended device code still says "expired" for a while, to who asks late. */
const saidMs = 3600 * 1000

/**
 * Removes what is over. What was used stays until it would have ended by itself, since a second use must be seen; kept
 * replies lose their copy at the end of their time; a sign-in that was approved and never collected ends.
 *
 * @returns whether there may be more
 */
export async function cleanOauth(base: Base): Promise<boolean> {
  const now = base.now()
  return await base.database.transaction(async handle => {
    const uncollected = await selectUncollected(handle, now, chunk)
    for (const { grant_id } of uncollected) {
      const session = grant_id === null ? undefined : await findByGrant(base, grant_id)
      if (session) await endSession(base, system(session.organization_id), session.id, 'never collected')
      await dropGrant(base, grant_id)
    }
    await handle
      .updateTable('oauth_repeats')
      .set({ sealed_reply: '' })
      .where('expires_at', '<=', now)
      .where('sealed_reply', '!=', '')
      .execute()
    const over = await handle
      .selectFrom('oauth_artifacts')
      .select('id')
      .where('expires_at', '<=', now - saidMs)
      .limit(chunk)
      .execute()
    const ids = over.map(row => row.id)
    if (ids.length > 0) {
      await handle.deleteFrom('oauth_artifacts').where('id', 'in', ids).execute()
      await handle.deleteFrom('oauth_repeats').where('presented_hash', 'in', ids).execute()
    }
    return uncollected.length === chunk || over.length === chunk
  })
}
