import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:http'

export type Answer = {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** false: the connection ended before the reply did. */
  whole: boolean
}
export type Ask = {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string
  /** Told with every piece of the reply. */
  arrives?: (piece: string) => void
}

/**
 * Somebody at the server, with connections and cookies of their own. Unlike `fetch` it says of a reply that broke off how far it came.
 */
export class Visitor {
  readonly #url: string
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 })
  readonly #cookies = new Map<string, string>()

  constructor(url: string, port: number) {
    this.#url = url
    this.#port = port
  }

  /** The cookies held, as a header. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** The value of our cookie of this name. */
  cookieOf(name: string): string | undefined {
    const found = [...this.#cookies].find(([wire]) => wire.startsWith(`latchstring_${name}`))
    return found?.[1]
  }

  /** The values of every cookie held. */
  get cookieValues(): string[] {
    return [...this.#cookies.values()]
  }

  /** @throws Error where no head of a reply came */
  exchange(ask: Ask): Promise<Answer> {
    return this.open(ask).answer
  }

  /** Starts an exchange that may be left before its end. */
  open({ method = 'POST', path, headers = {}, body, arrives }: Ask): {
    answer: Promise<Answer>
    request: ClientRequest
  } {
    const sent = request({
      host: '127.0.0.1',
      port: this.#port,
      agent: this.#agent,
      method,
      path,
      headers: {
        host: new URL(this.#url).host,
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
    })
    const answer = new Promise<Answer>((resolve, reject) => {
      sent.on('error', reject)
      sent.on('response', (reply: IncomingMessage) => {
        this.#keep(reply.headers['set-cookie'] ?? [])
        const pieces: string[] = []
        reply.setEncoding('utf8')
        reply.on('data', (piece: string) => {
          pieces.push(piece)
          arrives?.(piece)
        })
        reply.on('error', () => {})
        reply.on('close', () =>
          resolve({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            text: pieces.join(''),
            whole: reply.complete,
          }),
        )
      })
    })
    sent.end(body)
    return { answer, request: sent }
  }

  /** The console's JSON, with the cookies held. */
  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.exchange({
      method,
      path,
      headers: {
        // A browser sends none with what it only opens.
        ...(method === 'GET' ? {} : { origin: this.#url }),
        cookie: this.cookie,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  /** @throws Error with the server's own words unless the answer is a success */
  async ask<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T> {
    const answer = await this.send(method, path, body, headers)
    if (answer.status >= 300 || !answer.whole)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return JSON.parse(answer.text) as T
  }

  /** A form without cookies, as agents send it. */
  form(path: string, fields: Record<string, string>): Promise<Answer> {
    return this.exchange({
      path,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    })
  }

  async spendLink(link: string): Promise<void> {
    await this.ask('POST', '/v1/sign_in/links/spend', { token: new URL(link).hash.replace('#token=', '') })
  }

  /** Lets its connections go. */
  leave(): void {
    this.#agent.destroy()
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';')
      const at = pair.indexOf('=')
      const name = pair.slice(0, at).trim()
      const gone = attributes.some(one => /^\s*(max-age=0|expires=thu, 01 jan 1970.*)$/i.test(one))
      if (gone) this.#cookies.delete(name)
      else this.#cookies.set(name, pair.slice(at + 1))
    }
  }
}
