import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a test does to the next request of a path: answer something else, lose it, or answer and lose the reply. */
export type Fault =
  | { do: 'answer'; status: number; body: unknown; headers?: Record<string, string> }
  | { do: 'lose_request' }
  | { do: 'lose_reply' }

type Family = { ended: boolean }
type Refresh = { family: Family; spentBy: string | null; successor: string | null; spent: boolean }
type Device = { userCode: string; decision: 'pending' | 'approved' | 'denied' | 'expired' }
type Code = { redirectUri: string; challenge: string; spent: boolean }
type Reply = { status: number; body: unknown; headers?: Record<string, string> }

const scopeOfTests = 'agent'

/**
 * A small authorization server that keeps the product's rules from the outside: rotation, the end of a family at
 * reuse, and refresh repeats (same token and same refresh_id get the same successor until that successor is used).
 * It counts what reaches it, and faults can be put on any path.
 */
export class AuthorizationServerPeer {
  address = ''
  lifetimeSeconds = 900
  delayMilliseconds = 0
  intervalSeconds = 0
  /** Over-rides members of the discovery document. */
  discovery: Record<string, unknown> = {}
  approveAtOnce = true
  readonly faults: Record<string, Fault[]> = {}
  readonly requests: { path: string; grant: string | null; userAgent: string; refreshId: string | null }[] =
    []
  familiesEnded = 0
  revoked = 0
  #refreshes = new Map<string, Refresh>()
  #access = new Map<string, Family>()
  #devices = new Map<string, Device>()
  #codes = new Map<string, Code>()
  #server = createServer((request, response) => void this.#serve(request, response))

  /** Listens on a free port of 127.0.0.1. */
  static async start(): Promise<AuthorizationServerPeer> {
    const peer = new AuthorizationServerPeer()
    await peer.listen(0)
    return peer
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(port, '127.0.0.1', resolve))
    this.address = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  get refreshes(): number {
    return this.requests.filter(request => request.grant === 'refresh_token').length
  }

  fault(path: string, ...faults: Fault[]) {
    this.faults[path] = [...(this.faults[path] ?? []), ...faults]
  }

  /** Makes a sign-in as if somebody had gone through login. */
  issue(): { accessToken: string; refreshToken: string } {
    return this.#tokens({ ended: false })
  }

  decideDevices(decision: Device['decision']) {
    for (const device of this.#devices.values()) device.decision = decision
  }

  endAllSessions() {
    for (const { family } of this.#refreshes.values()) family.ended = true
  }

  accepts(accessToken: string): boolean {
    return this.#access.get(accessToken)?.ended === false
  }

  async #serve(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', this.address)
    let text = ''
    for await (const chunk of request) text += chunk
    const form = new URLSearchParams(text)
    this.requests.push({
      path: url.pathname,
      grant: form.get('grant_type'),
      userAgent: request.headers['user-agent'] ?? '',
      refreshId: form.get('refresh_id'),
    })
    const fault = this.faults[url.pathname]?.shift()
    if (fault?.do === 'lose_request') return void request.socket.destroy()
    const reply = fault?.do === 'answer' ? fault : this.#answer(url, form, request)
    if (this.delayMilliseconds > 0) await new Promise(resolve => setTimeout(resolve, this.delayMilliseconds))
    if (fault?.do === 'lose_reply') return void request.socket.destroy()
    const json = typeof reply.body !== 'string'
    response.writeHead(reply.status, {
      'content-type': json ? 'application/json' : 'text/html',
      connection: 'close',
      ...reply.headers,
    })
    response.end(json ? JSON.stringify(reply.body) : reply.body)
  }

  #answer(url: URL, form: URLSearchParams, request: IncomingMessage): Reply {
    const at = (path: string) => this.address + path
    switch (url.pathname) {
      case '/.well-known/oauth-authorization-server':
        return {
          status: 200,
          body: {
            issuer: this.address,
            authorization_endpoint: at('/authorize'),
            token_endpoint: at('/oauth/token'),
            device_authorization_endpoint: at('/oauth/device_authorization'),
            revocation_endpoint: at('/oauth/revoke'),
            authorization_response_iss_parameter_supported: true,
            ...this.discovery,
          },
        }
      case '/authorize':
        return this.#authorize(url.searchParams)
      case '/oauth/device_authorization':
        return this.#device(form)
      case '/oauth/token':
        return this.#token(form)
      case '/oauth/revoke':
        return this.#revoke(form)
      case '/v1/organizations/sessions/current':
        return this.#current(request.headers.authorization ?? '')
      default:
        return { status: 404, body: 'not here' }
    }
  }

  #authorize(query: URLSearchParams): Reply {
    const redirectUri = query.get('redirect_uri') ?? ''
    const known =
      redirectUri === `${this.address}/paste` || /^http:\/\/127\.0\.0\.1:\d+\/callback$/.test(redirectUri)
    const asked = query.get('client_id') === 'latch' && query.get('scope') === scopeOfTests
    if (!known || !asked || query.get('code_challenge_method') !== 'S256')
      return { status: 400, body: 'refused' }
    const back = new URL(redirectUri)
    back.searchParams.set('state', query.get('state') ?? '')
    back.searchParams.set('iss', this.address)
    if (this.approveAtOnce) {
      const code = random()
      this.#codes.set(code, { redirectUri, challenge: query.get('code_challenge') ?? '', spent: false })
      back.searchParams.set('code', code)
    } else back.searchParams.set('error', 'access_denied')
    return { status: 302, body: '', headers: { location: back.href } }
  }

  #device(form: URLSearchParams): Reply {
    if (form.get('client_id') !== 'latch' || form.get('scope') !== scopeOfTests)
      return refusal('invalid_client')
    const deviceCode = random()
    this.#devices.set(deviceCode, {
      userCode: 'WDJB-MJHT',
      decision: this.approveAtOnce ? 'approved' : 'pending',
    })
    return {
      status: 200,
      body: {
        device_code: deviceCode,
        user_code: 'WDJB-MJHT',
        verification_uri: `${this.address}/device`,
        verification_uri_complete: `${this.address}/device?user_code=WDJB-MJHT`,
        expires_in: 600,
        interval: this.intervalSeconds || undefined,
      },
    }
  }

  #token(form: URLSearchParams): Reply {
    if (form.get('client_id') !== 'latch') return refusal('invalid_client')
    switch (form.get('grant_type')) {
      case 'refresh_token':
        return this.#refresh(form.get('refresh_token') ?? '', form.get('refresh_id'))
      case 'authorization_code':
        return this.#redeem(form)
      case 'urn:ietf:params:oauth:grant-type:device_code': {
        const device = this.#devices.get(form.get('device_code') ?? '')
        if (!device || device.decision === 'expired') return refusal('expired_token')
        if (device.decision === 'denied') return refusal('access_denied')
        if (device.decision === 'pending') return refusal('authorization_pending')
        return this.#grant(this.#tokens({ ended: false }))
      }
      default:
        return refusal('unsupported_grant_type')
    }
  }

  #redeem(form: URLSearchParams): Reply {
    const code = this.#codes.get(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (
      !code ||
      code.spent ||
      code.challenge !== challenge ||
      code.redirectUri !== form.get('redirect_uri')
    ) {
      return refusal('invalid_grant')
    }
    code.spent = true
    return this.#grant(this.#tokens({ ended: false }))
  }

  #refresh(token: string, id: string | null): Reply {
    const present = this.#refreshes.get(token)
    if (!present || present.family.ended) return refusal('invalid_grant')
    if (present.spent) {
      const successor = present.successor === null ? undefined : this.#refreshes.get(present.successor)
      if (id !== null && id === present.spentBy && present.successor && successor && !successor.spent) {
        return this.#grant({
          refreshToken: present.successor,
          accessToken: this.#accessToken(present.family),
        })
      }
      present.family.ended = true
      this.familiesEnded++
      return refusal('invalid_grant')
    }
    const tokens = this.#tokens(present.family)
    Object.assign(present, { spent: true, spentBy: id, successor: tokens.refreshToken })
    return this.#grant(tokens)
  }

  #revoke(form: URLSearchParams): Reply {
    const present = this.#refreshes.get(form.get('token') ?? '')
    if (present && form.get('client_id') === 'latch') {
      present.family.ended = true
      this.revoked++
    }
    return { status: 200, body: '' }
  }

  #current(authorization: string): Reply {
    if (!this.accepts(authorization.replace(/^Bearer /, ''))) return { status: 401, body: { type: 'error' } }
    return {
      status: 200,
      body: {
        type: 'session_current',
        session: { id: 'session_1', kind: 'agent', expires_at: '2099-01-01T00:00:00.000Z' },
        user: { id: 'user_1', email: 'ada@acme.test', name: 'Ada', role: 'developer' },
        organization: { id: 'organization_1', name: 'Acme' },
      },
    }
  }

  #tokens(family: Family) {
    const refreshToken = `refresh-${random()}`
    this.#refreshes.set(refreshToken, { family, spentBy: null, successor: null, spent: false })
    return { refreshToken, accessToken: this.#accessToken(family) }
  }

  #accessToken(family: Family): string {
    const token = `access-${random()}`
    this.#access.set(token, family)
    return token
  }

  #grant({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }): Reply {
    return {
      status: 200,
      body: {
        access_token: accessToken,
        refresh_token: refreshToken,
        token_type: 'Bearer',
        expires_in: this.lifetimeSeconds,
        email: 'ada@acme.test',
      },
    }
  }
}

const random = () => randomBytes(24).toString('base64url')

function refusal(error: string): Reply {
  return { status: 400, body: { error, error_description: `this is ${error}` } }
}
