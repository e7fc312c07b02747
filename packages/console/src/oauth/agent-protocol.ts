import type { IncomingMessage } from 'node:http'
import { clientOf } from '@latchstring/kit/client-address'
import { newRequestId } from '@latchstring/kit/request-id'
import { Failure } from '@latchstring/protocol'
import { agentScope } from '@latchstring/protocol/base/names'
import type Provider from 'oidc-provider'
import type { Base } from '../base/base.ts'
import type { Rate } from '../base/throttle.ts'
import { addressBlock, throttle } from '../base/throttle.ts'
import type { Asking, Context, Middleware } from './asking.ts'
import { OauthRefusal, say } from './asking.ts'
import { errorPage } from './error-page.ts'
import { keepAuthorizeQuery, keepDeviceForm, keepTokenForm, readForm, replaceBody } from './forms.ts'
import { admitResume, noteInteraction } from './interactions.ts'
import { introspect } from './introspection.ts'
import { noteDevice, pollSeconds } from './polls.ts'
import { cookieNames, paths } from './provider-options.ts'
import { revoke } from './revocation.ts'
import type { SigningKeys } from './signing-keys.ts'
import { answerToken } from './token-requests.ts'

/** How often one address block may start a sign-in; a grant request under way leaves a row behind. */
const startRate: Rate = { burst: 60, everySeconds: 10 }

type Answer = { page?: boolean; act(asking: Asking): Promise<void> }

/** Every address of this server's OAuth side; there are no others. */
const answers: Record<string, Answer> = {
  [`POST ${paths.device_authorization}`]: { act: authorizeDevice },
  [`POST ${paths.token}`]: { act: token },
  [`POST ${paths.revocation}`]: { act: async asking => revoke(asking, await readForm(asking.ctx.req)) },
  [`GET ${paths.authorization}`]: { page: true, act: authorize },
  [`POST ${paths.introspection}`]: {
    act: async asking => introspect(asking, await readForm(asking.ctx.req)),
  },
  [`GET ${paths.jwks}`]: { act: publishKeys },
  'GET /.well-known/oauth-authorization-server': { act: discover },
  'GET /.well-known/openid-configuration': { act: discover },
}

const resumePath = /^\/oauth\/authorize\/([\w-]{1,100})$/

/**
 * Stands before oidc-provider and makes of it what agents talk to: requests without client_id become one fixed public
 * client, nothing but known parameters goes through, links follow this server's own address whatever a Host header says,
 * and one request is one transaction, rolled back only when the server is at fault.
 */
export function agentProtocol(base: Base, provider: Provider, keys: SigningKeys): Middleware {
  return async (ctx, next) => {
    const from = {
      address: clientOf(ctx.req).address,
      userAgent: (ctx.req.headers['user-agent'] ?? '').slice(0, 300),
      requestId: newRequestId(),
    }
    pinHost(ctx.req, base.settings.url)
    ctx.set({
      'request-id': from.requestId,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    const resumed = ctx.method === 'GET' ? resumePath.exec(ctx.path)?.[1] : undefined
    const answer = resumed === undefined ? answers[`${ctx.method} ${ctx.path}`] : resume(resumed)
    if (answer === undefined) return say(ctx, new OauthRefusal(404, 'not_found', 'There is nothing here.'))
    try {
      await answer.act({ base, provider, keys, ctx, next, from })
      leaveNoSession(ctx, base.settings.url)
    } catch (error) {
      const refusal = asRefusal(error)
      // Whoever hangs up in the middle of a request is no fault of the server.
      const level = refusal.status < 500 || ctx.req.socket.destroyed ? 'debug' : 'error'
      base.log[level]({ requestId: from.requestId, path: ctx.path, error }, 'an OAuth request was not served')
      ctx.remove('set-cookie')
      if (answer.page) errorPage(ctx, refusal.status, refusal.message.replace(/\.$/, ''))
      else say(ctx, refusal)
    }
  }
}

/**
 * The library builds its links from the request, so the request says what this server's address is: neither Host nor
 * X-Forwarded-Host nor a request line with a whole URL can lead somebody elsewhere.
 */
function pinHost(request: IncomingMessage, url: string): void {
  const { host, protocol } = new URL(url)
  for (const name of Object.keys(request.headers))
    if (name.startsWith('x-forwarded-')) delete request.headers[name]
  request.headers.host = host
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
}

/** Runs a request in one transaction: a refusal is kept with what it ended, a fault of ours leaves nothing behind. */
async function inOneTransaction({ base, ctx }: Asking, act: () => Promise<void>): Promise<void> {
  await base.database.transaction(async () => {
    await act()
    if (ctx.status >= 500) throw new Error('the library failed; its cause is logged above')
  })
}

/**
 * A page of another site can make a browser send a form or load an image here. It reads nothing, but each one would count
 * against the person's own network until nobody there can sign in: it is refused before it counts. Programs say neither.
 */
function refusePages({ headers }: IncomingMessage): void {
  const dest = headers['sec-fetch-dest']
  if (headers.origin === undefined && (dest === undefined || dest === 'document')) return
  throw new OauthRefusal(400, 'invalid_request', 'A page cannot start a sign-in. Start it in the program.')
}

async function authorizeDevice(asking: Asking): Promise<void> {
  const { base, ctx, from, next } = asking
  refusePages(ctx.req)
  const form = keepDeviceForm(await readForm(ctx.req))
  await throttle(base, `oauth-device/${addressBlock(from.address)}`, startRate)
  replaceBody(ctx.req, form)
  await inOneTransaction(asking, async () => {
    await next()
    if (ctx.status !== 200) return
    const reply = ctx.body as { device_code: string }
    await noteDevice(base, reply.device_code, from)
    const { host } = new URL(base.settings.url)
    ctx.body = {
      ...reply,
      interval: pollSeconds,
      login_notice: `You are signing in to Latchstring at ${host}.`,
    }
  })
  closeToScripts(ctx)
}

async function token(asking: Asking): Promise<void> {
  const form = keepTokenForm(await readForm(asking.ctx.req))
  replaceBody(asking.ctx.req, form)
  await inOneTransaction(asking, () => answerToken(asking, form))
  closeToScripts(asking.ctx)
}

async function authorize(asking: Asking): Promise<void> {
  const { base, ctx, from, next } = asking
  refusePages(ctx.req)
  await throttle(base, `oauth-authorize/${addressBlock(from.address)}`, startRate)
  ctx.querystring = keepAuthorizeQuery(ctx.querystring)
  await inOneTransaction(asking, async () => {
    await next()
    await noteInteraction(base, ctx, from)
  })
}

const resume = (uid: string): Answer => ({
  page: true,
  act: asking =>
    inOneTransaction(asking, async () => {
      await admitResume(asking.base, asking.ctx, uid)
      await asking.next()
    }),
})

/** Others may keep the published keys that long: a new one signs later than that (plan-keys.ts). */
async function publishKeys({ ctx, next }: Asking): Promise<void> {
  await next()
  if (ctx.status === 200) ctx.set('cache-control', 'public, max-age=300')
}

/** The library lists what it could do; this says what it does here. */
async function discover({ base, ctx, next }: Asking): Promise<void> {
  await next()
  ctx.body = {
    ...(ctx.body as object),
    scopes_supported: [agentScope],
    response_modes_supported: ['query'],
    revocation_endpoint_auth_methods_supported: ['none'],
    introspection_endpoint: `${base.settings.url}${paths.introspection}`,
    introspection_endpoint_auth_methods_supported: ['Bearer'],
  }
}

/** No page of another site reads a token (A10); the library would allow any. */
function closeToScripts(ctx: Context): void {
  ctx.remove('access-control-allow-origin')
  ctx.remove('access-control-expose-headers')
}

/** The library's own browser session is not kept, so its cookie is not given out. */
function leaveNoSession(ctx: Context, url: string): void {
  const given = ctx.res.getHeader('set-cookie')
  if (given === undefined) return
  const { session } = cookieNames(url)
  const left = [given].flat().filter(cookie => !String(cookie).startsWith(session))
  if (left.length === 0) ctx.remove('set-cookie')
  else ctx.res.setHeader('set-cookie', left.map(String))
}

function asRefusal(error: unknown): OauthRefusal {
  if (error instanceof OauthRefusal) return error
  if (error instanceof Failure && error.code === 'rate_limited')
    return new OauthRefusal(
      429,
      'slow_down',
      'Too many sign-ins were started from your network. Wait a little, then try again.',
      error.headers,
    )
  return new OauthRefusal(
    503,
    'temporarily_unavailable',
    'The server cannot answer at the moment. Nothing was changed; the same request can be sent again.',
    { 'retry-after': '2' },
  )
}
