/**
 * An imitation of a published coding agent in gateway mode, as recorded: form bodies without client_id, the same refresh
 * body from every process, `HEAD /` first in older versions, settings at each start, Bearer on messages, revocation of
 * both tokens at sign-out. Versions differ in the device body and the User-Agent.
 */
export type AgentVersion = '2.1.197' | '2.1.330'

export type AgentTokens = { access_token: string; refresh_token: string; expires_in: number; email?: string }

const userAgents: Record<AgentVersion, string> = {
  '2.1.197': 'axios/1.15.2',
  '2.1.330': 'claude-code/2.1.330',
}

export class StockAgent {
  readonly #url: string
  readonly #version: AgentVersion
  tokens: AgentTokens | undefined

  constructor(url: string, version: AgentVersion = '2.1.330') {
    this.#url = url
    this.#version = version
  }

  async #post(
    path: string,
    form: Record<string, string> | null,
  ): Promise<{ status: number; body: Record<string, string> }> {
    const response = await fetch(this.#url + path, {
      method: 'POST',
      headers: {
        'user-agent': userAgents[this.#version],
        ...(form === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body: form === null ? null : new URLSearchParams(form).toString(),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
  }

  async discover(): Promise<Record<string, unknown>> {
    if (this.#version === '2.1.197') await fetch(this.#url, { method: 'HEAD' })
    const response = await fetch(`${this.#url}/.well-known/oauth-authorization-server`)
    return (await response.json()) as Record<string, unknown>
  }

  /** @returns the device request, as the server answered it */
  async beginSignIn(): Promise<Record<string, string>> {
    const form = this.#version === '2.1.197' ? null : { surface: 'claude_code' }
    const { status, body } = await this.#post('/oauth/device_authorization', form)
    if (status !== 200) throw new Error(`device authorization: ${status} ${JSON.stringify(body)}`)
    return body
  }

  async poll(deviceCode: string): Promise<{ status: number; body: Record<string, string> }> {
    const answer = await this.#post('/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: deviceCode,
    })
    if (answer.status === 200) this.tokens = answer.body as unknown as AgentTokens
    return answer
  }

  async refresh(
    token = this.tokens?.refresh_token ?? '',
  ): Promise<{ status: number; body: Record<string, string> }> {
    const answer = await this.#post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token })
    if (answer.status === 200) this.tokens = answer.body as unknown as AgentTokens
    return answer
  }

  settings(etag?: string): Promise<Response> {
    return fetch(`${this.#url}/managed/settings`, {
      headers: { ...this.#bearer(), ...(etag === undefined ? {} : { 'if-none-match': etag }) },
    })
  }

  message(text = 'hi', model = 'claude-opus-4-7', stream = true): Promise<Response> {
    return fetch(`${this.#url}/v1/messages?beta=true`, {
      method: 'POST',
      headers: {
        ...this.#bearer(),
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14',
        'user-agent': `claude-cli/${this.#version} (external, sdk-cli)`,
        'x-app': 'cli',
        'x-claude-code-session-id': '0b8f0f5e-8a37-4a3f-9d3c-3f6f5a3f5f10',
      },
      body: JSON.stringify({ model, stream, max_tokens: 1000, messages: [{ role: 'user', content: text }] }),
    })
  }

  async signOut(): Promise<void> {
    const { tokens } = this
    if (tokens === undefined) return
    await this.#post('/oauth/revoke', { token: tokens.access_token })
    await this.#post('/oauth/revoke', { token: tokens.refresh_token, token_type_hint: 'refresh_token' })
  }

  #bearer(): Record<string, string> {
    return { authorization: `Bearer ${this.tokens?.access_token ?? ''}` }
  }
}
