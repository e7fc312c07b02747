import { Failure } from '@latchstring/protocol'
import type { UsageRow } from '@latchstring/protocol/gateway-contract'
import type { Gateway } from './exchange.ts'
import { headerOf, headersForAgent, reasonForAgent } from './headers.ts'
import type { Ending } from './lifeline.ts'
import type { Break, ReplyHead, ReplySink } from './provider.ts'
import { breaks } from './reply-break.ts'
import type { Recordable } from './usage-row.ts'
import { recordCall } from './usage-row.ts'

/** How long a cut reply's earlier bytes may take to leave. */
const lastBytesMs = 5_000

/**
 * Passes one reply to the agent as it arrives, at the pace of the slower side, and holds its last bytes back until the
 * usage row is durable. The last bytes are: of a stream, from the chunk with its closing event on; of any other reply,
 * its latest chunk; of both, the end itself.
 *
 * `passing` → `recording` → `recorded` → `done`; a reply is recorded once, whichever way it ends.
 */
export class Relay implements Omit<ReplySink, 'head'> {
  readonly #exchange: Recordable
  readonly #head: ReplyHead
  readonly #gateway: Gateway
  readonly #length: number | null
  readonly #held: Buffer[] = []
  #state: 'passing' | 'recording' | 'recorded' | 'done' = 'passing'
  #received = 0
  #providerEnded = false
  /** Set when what is held must not leave: what the agent is told if nothing has been sent yet. */
  #spoilt: Failure | null = null
  /** The provider broke off after a whole reply: its bytes leave, its end does not. */
  #noEnd = false
  #row: UsageRow | null = null
  #stall: NodeJS.Timeout | null = null
  #settle: { resolve: (row: UsageRow) => void; reject: (error: unknown) => void } | null = null

  constructor(exchange: Recordable, head: ReplyHead, gateway: Gateway) {
    this.#exchange = exchange
    this.#head = head
    this.#gateway = gateway
    const length = headerOf(head.headers, 'content-length')
    this.#length = length === undefined ? null : Number(length)
  }

  /** Resolves when the row is durable and the last byte is on its way. */
  run(): Promise<UsageRow> {
    const { lifeline, meter, reply } = this.#exchange
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      lifeline.wait(ending => this.#abandon(ending))
      if (this.#state !== 'passing') return
      if (meter.live) this.#sendHead()
      reply.consume(this)
    })
  }

  data(chunk: Buffer): void {
    const { meter, reply } = this.#exchange
    if (this.#state === 'done') return
    this.#received += chunk.length
    meter.push(chunk)
    this.#held.push(chunk)
    if (this.#state === 'recorded') this.#release(0)
    else if (this.#state === 'recording') reply.sending.pause()
    else {
      const last = this.#received === this.#length
      if (last) meter.end()
      if (last || meter.finished()) this.#record(this.#wholeOutcome())
      else this.#release(meter.live ? 0 : 1)
    }
  }

  end(): void {
    this.#providerEnded = true
    if (this.#state === 'recorded') this.#finish()
    if (this.#state !== 'passing') return
    this.#exchange.meter.end()
    if (this.#endedTooEarly()) this.#cut({ reason: 'cut', detail: 'ended before its closing event' })
    else this.#record(this.#wholeOutcome())
  }

  broken(why: Break): void {
    if (this.#state !== 'done' && !this.#providerEnded) this.#cut(why)
  }

  #cut(why: Break): void {
    const { code, outcome } = breaks[why.reason]
    const { requestId, account } = this.#exchange
    const said = { code, request_id: requestId, provider_id: account.id, detail: why.detail }
    this.#gateway.log.warn(said, 'the provider broke off')
    if (this.#state === 'recorded') this.#cutOff()
    else if (this.#state === 'recording') this.#noEnd = true
    else {
      this.#spoilt = new Failure(code)
      this.#record(outcome)
    }
  }

  /** The agent left or its credential ended: the provider stops at once. */
  #abandon(ending: Ending): void {
    if (this.#state === 'done') return
    const { reply, response } = this.#exchange
    reply.sending.abort()
    this.#spoilt = new Failure('invalid_token')
    if (ending === 'left' || response.headersSent) response.destroy()
    if (this.#state === 'recorded') this.#settleNow()
    else if (this.#state === 'passing') this.#record('client_abort')
  }

  #wholeOutcome(): UsageRow['outcome'] {
    return this.#head.status >= 400 || this.#exchange.meter.failed() ? 'refused' : 'complete'
  }

  /** Where only the closed connection tells the end (RFC 9112 §6.3), a cut looks like an end: the content must tell. */
  #endedTooEarly(): boolean {
    const { headers } = this.#head
    if (this.#length !== null || headerOf(headers, 'transfer-encoding') !== undefined) return false
    if (headerOf(headers, 'content-encoding') !== undefined) return false
    return !this.#exchange.meter.finished() && !this.#exchange.meter.failed()
  }

  #record(outcome: UsageRow['outcome']): void {
    this.#state = 'recording'
    const status = this.#head.status
    // What goes wrong on the way out is a failure of this exchange too, never one of the process.
    recordCall(this.#exchange, { outcome, status }, this.#gateway)
      .then(row => this.#recorded(row))
      .catch(error => this.#notRecorded(error))
  }

  #recorded(row: UsageRow): void {
    this.#row = row
    this.#state = 'recorded'
    if (this.#spoilt !== null) this.#cutOff()
    else if (this.#providerEnded) this.#finish()
    else {
      this.#release(0)
      if (this.#noEnd) this.#cutOff()
      else if (this.#stall === null) this.#exchange.reply.sending.resume()
    }
  }

  /** The row is not durable: the last bytes stay here, and the agent sees a failure, not a reply. */
  #notRecorded(error: unknown): void {
    const { reply, response } = this.#exchange
    reply.sending.abort()
    if (response.headersSent) response.destroy()
    this.#fail(error)
  }

  #finish(): void {
    const { response } = this.#exchange
    const only = this.#held.length === 1 ? this.#held.pop() : undefined
    this.#release(0)
    if (!response.headersSent) this.#sendHead()
    response.end(only)
    this.#settleNow()
  }

  /** Never a clean end: what arrived leaves, then the connection closes where more was announced. */
  #cutOff(): void {
    const { response, request } = this.#exchange
    if (this.#spoilt !== null && !response.headersSent && !response.destroyed) {
      this.#fail(this.#spoilt)
      return
    }
    const { socket } = response
    // To HTTP/1.0 a closed connection is a good end; a reset is not.
    if (socket === null || request.httpVersion === '1.0') socket?.resetAndDestroy()
    else {
      socket.destroySoon()
      setTimeout(() => socket.destroy(), lastBytesMs).unref()
    }
    this.#settleNow()
  }

  #fail(error: unknown): void {
    this.#rest()
    this.#settle?.reject(error)
  }

  #settleNow(): void {
    this.#rest()
    if (this.#row !== null) this.#settle?.resolve(this.#row)
  }

  #rest(): void {
    this.#state = 'done'
    this.#clearStall()
    this.#exchange.lifeline.rest()
  }

  #sendHead(): void {
    const { response, requestId, meter } = this.#exchange
    const { status, statusText, headers } = this.#head
    response.writeHead(status, reasonForAgent(statusText), headersForAgent(headers, requestId))
    if (meter.live) response.flushHeaders()
  }

  #release(keep: number): void {
    while (this.#held.length > keep) this.#write(this.#held.shift() as Buffer)
  }

  #write(chunk: Buffer): void {
    const { response, reply } = this.#exchange
    if (response.destroyed) return
    if (!response.headersSent) this.#sendHead()
    if (response.write(chunk) || this.#stall !== null) return
    reply.sending.pause()
    const { clientStallMs } = this.#gateway.limits
    this.#stall = setTimeout(() => this.#exchange.lifeline.end('left'), clientStallMs)
    response.once('drain', () => {
      this.#clearStall()
      if (this.#state !== 'recording') reply.sending.resume()
    })
  }

  #clearStall(): void {
    if (this.#stall !== null) clearTimeout(this.#stall)
    this.#stall = null
  }
}
