import { deriveKey } from '@latchstring/kit/envelope'
import { devicePath } from '@latchstring/protocol/base/names'
import type { Configuration, JWK } from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Base } from '../base/base.ts'
import { agentIdleMs, agentLongestMs, findByGrant } from '../sessions/service.ts'
import { adapterFor } from './adapter.ts'
import { clients, resourceOf } from './clients.ts'
import { errorPage } from './error-page.ts'
import type { SigningKeys } from './signing-keys.ts'

/** RFC 8628 §3.2 `expires_in`, and how long a browser's request waits for a decision. */
export const requestSeconds = 600
/** RFC 6749 §4.1.2: an authorization code is redeemed at once by a program. */
const codeSeconds = 60

export const paths = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  device_authorization: '/oauth/device_authorization',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  jwks: '/oauth/jwks',
}

/** Cookies of a browser that asks. Loopback servers share one cookie jar, so the port is in the name. */
export function cookieNames(url: string) {
  const { port } = new URL(url)
  const name = (what: string) => `latchstring_oauth_${what}${port === '' ? '' : `_${port}`}`
  return { session: name('session'), interaction: name('interaction'), resume: name('resume') }
}

/**
 * How oidc-provider is set up. What it would do by itself and must not: reuse a grant for a second device approved in the
 * same browser, stop rotating, give refresh tokens only for `offline_access`, tie tokens to its own session, answer other
 * sites' scripts, show pages of its own.
 */
export function providerOptions(base: Base, keys: SigningKeys): Configuration {
  const { url, accessTokenSeconds } = base.settings
  return {
    adapter: adapterFor(base),
    clients,
    clientAuthMethods: ['none'],
    clientDefaults: { token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    responseTypes: ['code'],
    // The resource's scope is not listed here: as an OpenID scope too, consent would be asked for without end.
    scopes: ['openid'],
    claims: { openid: ['sub'] },
    subjectTypes: ['public'],
    jwks: { keys: keys.privateJwks as unknown as JWK[] },
    routes: { ...paths, code_verification: devicePath },
    allowOmittingSingleRegisteredRedirectUri: false,
    clientBasedCORS: () => false,
    cookies: {
      keys: [deriveKey(base.masterKey, 'oauth-cookies').toString('base64url')],
      names: cookieNames(url),
    },
    discovery: { revocation_endpoint: `${url}${paths.revocation}`, gateway_protocol_version: 1 },
    features: {
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', deviceInfo: () => ({}) },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => url,
        useGrantedResource: () => true,
        getResourceServerInfo(_ctx, resource) {
          if (resource !== url) throw new errors.InvalidTarget()
          return resourceOf(url, accessTokenSeconds)
        },
      },
    },
    ttl: {
      AccessToken: accessTokenSeconds,
      AuthorizationCode: codeSeconds,
      DeviceCode: requestSeconds,
      Interaction: requestSeconds,
      Session: requestSeconds,
      IdToken: requestSeconds,
      Grant: agentLongestMs / 1000,
      RefreshToken: agentIdleMs / 1000,
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    interactions: { url: (_ctx, interaction) => `${url}/authorize/${interaction.uid}` },
    loadExistingGrant(ctx) {
      const grantId = ctx.oidc.result?.consent?.grantId
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId)
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    /** Every access token says which session, grant and organisation it is of (kit's `AccessTokenClaims`). */
    async extraTokenClaims(_ctx, token) {
      const grantId = 'grantId' in token ? token.grantId : undefined
      const session = grantId === undefined ? undefined : await findByGrant(base, grantId)
      if (session === undefined) throw new Error('an access token was asked for without a session')
      return { sid: session.id, gid: grantId, org: session.organization_id }
    },
    renderError(ctx, out) {
      errorPage(ctx, ctx.status, out.error_description ?? out.error)
    },
  }
}
