import type { Counts, Meter } from '../meter.ts'
import { noCounts } from '../meter.ts'
import { readUsage } from './usage.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
/** A longer event passes on unread, and the reply counts as uncounted. */
const longestEvent = 32 * 1024 * 1024

/**
 * Reads usage from a Messages stream (Server-Sent Events, HTML §9.2.6) as it passes. Chunks may be cut anywhere, within a
 * character or between CR and LF. Figures are taken from what an event is by its own top-level `type`; text and tool
 * input that look like usage are inside strings of other events and count for nothing.
 */
export class SseMeter implements Meter {
  readonly live = true
  /** The event that is not whole yet. */
  #carry = Buffer.alloc(0)
  #bytes = 0
  #lineLength = 0
  #afterReturn = false
  #unreadable = false
  #counts: Counts = { ...noCounts }
  #finished = false
  #failed = false

  push(chunk: Buffer): void {
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]
      if (byte === lineFeed || byte === carriageReturn) {
        if (byte === lineFeed && this.#afterReturn) {
          this.#afterReturn = false
          continue
        }
        this.#afterReturn = byte === carriageReturn
        if (this.#lineLength === 0) {
          this.#event(chunk.subarray(start, i + 1))
          start = i + 1
        }
        this.#lineLength = 0
      } else {
        this.#afterReturn = false
        this.#lineLength += 1
      }
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
  }

  /** An event without its blank line was never dispatched (HTML §9.2.6). */
  end(): void {
    this.#carry = Buffer.alloc(0)
  }

  counts(): Counts {
    return this.#counts
  }

  finished(): boolean {
    return this.#finished && !this.#unreadable
  }

  failed(): boolean {
    return this.#failed
  }

  /** Copies into a buffer that doubles, so that single bytes cost neither an object nor a copy of all before. */
  #keep(part: Buffer): void {
    const bytes = this.#bytes + part.length
    if (bytes > longestEvent) {
      this.#unreadable = true
      this.#carry = Buffer.alloc(0)
    } else {
      if (bytes > this.#carry.length) {
        const larger = Buffer.allocUnsafe(Math.max(1024, bytes * 2))
        this.#carry.copy(larger, 0, 0, this.#bytes)
        this.#carry = larger
      }
      part.copy(this.#carry, this.#bytes)
    }
    this.#bytes = bytes
  }

  #event(last: Buffer): void {
    let bytes = last
    if (this.#bytes > 0) {
      this.#keep(last)
      bytes = this.#carry.subarray(0, Math.min(this.#bytes, this.#carry.length))
      this.#bytes = 0
    }
    // Deltas are most of a stream and none of its usage: only what could matter is parsed.
    if (!couldMatter(bytes)) return
    const event = parse(dataOf(bytes.toString('utf8')))
    if (event === undefined) return
    switch (event['type']) {
      case 'message_start':
        this.#counts = readUsage((event['message'] as { usage?: unknown } | null)?.usage, this.#counts)
        break
      case 'message_delta':
        this.#counts = readUsage(event['usage'], this.#counts)
        break
      case 'message_stop':
        this.#finished = true
        break
      case 'error':
        this.#failed = true
        break
    }
  }
}

const couldMatter = (event: Buffer) =>
  event.includes('"usage"') || event.includes('message_stop') || event.includes('"error"')

/** The data lines of one event, joined as HTML §9.2.6 says. */
function dataOf(event: string): string {
  return event
    .split(/\r\n|\r|\n/)
    .filter(line => line.startsWith('data:') || line.startsWith('\uFEFFdata:'))
    .map(line => line.slice(line.indexOf(':') + 1).replace(/^ /, ''))
    .join('\n')
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
