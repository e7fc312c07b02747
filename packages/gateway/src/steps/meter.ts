import type { Called, Metered, Sent, Step } from '../exchange.ts'
import { headerOf } from '../headers.ts'
import type { Meter } from '../meter.ts'
import { JsonMeter } from '../meters/json.ts'
import { SilentMeter } from '../meters/silent.ts'
import { SseMeter } from '../meters/sse.ts'
import type { Call, ReplyHead } from '../provider.ts'

/** Chooses who counts: by what the reply says it is, not by what was asked. */
export const meter: Step<Called & Sent, Metered> = ({ call, reply }) => ({
  meter: meterFor(call, reply.head),
})

export function meterFor(call: Pick<Call, 'endpoint'>, head: ReplyHead | null): Meter {
  const type = headerOf(head?.headers ?? [], 'content-type') ?? ''
  const live = /^text\/event-stream\b/i.test(type)
  // Errors cost nothing, and so does counting tokens.
  if (head === null || head.status >= 300 || call.endpoint === 'count_tokens')
    return new SilentMeter(live, true)
  // Identity was asked for; whoever sends another coding cannot be counted, and the row says so.
  if (headerOf(head.headers, 'content-encoding')) return new SilentMeter(live, false)
  if (live) return new SseMeter()
  return new JsonMeter()
}
