import { Failure } from '@latchstring/protocol'
import type { Dispatcher } from 'undici'
import type { Limits } from './limits.ts'
import type { Break, RawHeaders, ReplySink, Transport } from './provider.ts'

type Times = Pick<Limits, 'providerHeadersMs' | 'providerSilenceMs'>

/** Providers reached by undici's dispatch: bytes and headers as they are, no redirects, back-pressure by `pause`. */
export function makeTransport(outbound: Dispatcher, limits: Times): Transport {
  return (baseUrl, outgoing, sink) => {
    const { origin, pathname } = new URL(baseUrl)
    const prefix = pathname === '/' ? '' : pathname
    const handler = new UndiciReply(sink)
    try {
      outbound.dispatch(
        {
          origin,
          path: prefix + outgoing.path,
          method: outgoing.method,
          headers: outgoing.headers,
          body: outgoing.body,
          headersTimeout: limits.providerHeadersMs,
          bodyTimeout: limits.providerSilenceMs,
        },
        handler,
      )
    } catch (error) {
      handler.onResponseError(null, error)
    }
    return handler
  }
}

class UndiciReply implements Dispatcher.DispatchHandler {
  readonly #sink: ReplySink
  #controller: Dispatcher.DispatchController | null = null
  #over = false

  constructor(sink: ReplySink) {
    this.#sink = sink
  }

  abort(): void {
    this.#over = true
    this.#controller?.abort(new Error('not wanted any more'))
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    if (!this.#over) this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(new Error('not wanted any more'))
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusText?: string,
  ): void {
    // Informational replies are between this hop and the next (RFC 9110 §15.2).
    if (this.#over || status < 200) return
    this.#sink.head({ status, statusText: statusText ?? '', headers: texts(controller.rawHeaders) })
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (!this.#over) this.#sink.data(chunk)
  }

  onResponseEnd(): void {
    if (this.#over) return
    this.#over = true
    this.#sink.end()
  }

  onResponseError(_controller: unknown, error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#sink.broken(explain(error, this.#controller !== null))
  }
}

function texts(raw: Dispatcher.DispatchController['rawHeaders']): RawHeaders {
  if (!Array.isArray(raw)) return []
  return raw.map(part => (typeof part === 'string' ? part : part.toString('latin1')))
}

const timeouts = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/**
 * What a transport error means. Only its name, code and message are kept: a parser's error carries bytes of the reply.
 *
 * @param started the request had begun to leave
 */
export function explain(error: unknown, started: boolean): Break {
  const { name, message, code, cause } = Object(error) as NodeJS.ErrnoException & { cause?: unknown }
  const because = cause instanceof Error ? `; ${cause.message}` : ''
  const detail = `${name} ${code ?? ''}: ${message}${because}`
  if (error instanceof Failure && error.code === 'address_refused') return { reason: 'forbidden', detail }
  if (!started) return { reason: 'unreachable', detail }
  return { reason: timeouts.has(code ?? '') ? 'timeout' : 'cut', detail }
}
