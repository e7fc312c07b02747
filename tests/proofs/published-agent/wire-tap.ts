import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** One request as it went over the wire; no credential, no prompt. */
export type Seen = {
  method: string
  path: string
  status: number
  /** `grant_type` of a token request. */
  grant: string | null
  /** Of a refresh token that was presented: which one, as `printOf` names it. */
  presented: string | null
  /** The request named an ETag. */
  conditional: boolean
  userAgent: string
  /** What the server called it. */
  requestId: string
}

/** Tells tokens apart without keeping one: the first digits of its hash. */
export const printOf = (token: string) => createHash('sha256').update(token).digest('hex').slice(0, 8)

/**
 * Stands at the server's address and relays to where it really listens, unchanged both ways, and notes what went by. It
 * stays while the server is away: whoever asks then is cut off, as by a server that is gone.
 */
export class WireTap {
  readonly #seen: Seen[] = []
  readonly #serverPort: number

  constructor(serverPort: number) {
    this.#serverPort = serverPort
  }

  async listen(port: number): Promise<void> {
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer((asked, answer) => this.#relay(asked, answer))
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, resolve)
      })
      server.unref()
    }
  }

  /** What was seen since the last time this was asked. */
  take(): Seen[] {
    return this.#seen.splice(0)
  }

  /** Waits until a path has been asked for; what was seen stays. */
  async waitFor(path: string): Promise<void> {
    for (const deadline = performance.now() + 30_000; performance.now() < deadline; await pause(50))
      if (this.#seen.some(one => one.path === path)) return
    throw new Error(`nobody asked for ${path}`)
  }

  #relay(asked: IncomingMessage, answer: ServerResponse): void {
    const { method = '', url: path = '' } = asked
    let body = ''
    const up = request(
      { host: '127.0.0.1', port: this.#serverPort, agent: false, method, path, headers: asked.rawHeaders },
      reply => {
        const form = new URLSearchParams(body)
        const token = form.get('refresh_token')
        this.#seen.push({
          method,
          path,
          status: reply.statusCode ?? 0,
          grant: form.get('grant_type'),
          presented: token === null ? null : printOf(token),
          conditional: asked.headers['if-none-match'] !== undefined,
          userAgent: asked.headers['user-agent'] ?? '',
          requestId: String(reply.headers['request-id'] ?? ''),
        })
        answer.writeHead(reply.statusCode ?? 0, reply.statusMessage, reply.rawHeaders)
        answer.flushHeaders()
        reply.pipe(answer)
        reply.on('error', () => answer.destroy())
      },
    )
    up.on('error', () => asked.socket.destroy())
    answer.on('close', () => up.destroy())
    if (path === '/oauth/token') asked.on('data', (chunk: Buffer) => (body += chunk))
    asked.pipe(up)
  }
}
