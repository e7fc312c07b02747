import type { Counts, Meter } from '../meter.ts'
import { noCounts } from '../meter.ts'
import { readUsage } from './usage.ts'

/** A longer reply passes on uncounted. */
const longestReply = 32 * 1024 * 1024

/** Reads the usage of one Messages object when it is whole. */
export class JsonMeter implements Meter {
  readonly live = false
  #chunks: Buffer[] = []
  #bytes = 0
  #counts: Counts = { ...noCounts }
  #finished = false

  push(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes <= longestReply) this.#chunks.push(chunk)
    else this.#chunks = []
  }

  end(): void {
    if (this.#bytes > longestReply) return
    const message = parse(Buffer.concat(this.#chunks))
    this.#chunks = []
    if (message?.['type'] !== 'message' || typeof message['usage'] !== 'object') return
    this.#counts = readUsage(message['usage'], this.#counts)
    this.#finished = true
  }

  counts(): Counts {
    return this.#counts
  }

  finished(): boolean {
    return this.#finished
  }

  failed(): boolean {
    return false
  }
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
