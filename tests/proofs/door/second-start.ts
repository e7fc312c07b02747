import type { Prove } from './run.ts'
import { inWords, quantile } from './run.ts'
import { ServerProgram } from './server-program.ts'

const figures = { full: { starts: 7, calls: 2000, keys: 200 }, small: { starts: 3, calls: 20, keys: 5 } }
const limitMs = 1000

/** Milliseconds from `latchstring serve` until /healthz answers, on existing data, once for each start. */
export async function measureStarts(given: {
  starts: number
  calls: number
  keys: number
}): Promise<number[]> {
  const server = await ServerProgram.make()
  try {
    await fill(server, given)
    const times: number[] = []
    for (let start = 0; start < given.starts; start++) {
      await server.stop()
      times.push(await server.start())
    }
    return times
  } finally {
    await server.remove()
  }
}

/** Keys, calls and their audit lines: a data folder that was used. */
async function fill(server: ServerProgram, { calls, keys }: { calls: number; keys: number }): Promise<void> {
  const headers = { 'x-api-key': server.adminKey }
  const visitor = server.visitor()
  for (let key = 0; key < keys; key++)
    await visitor.ask('POST', '/v1/organizations/api_keys', { name: `Key ${key}` }, headers)
  const body = { model: 'sandbox', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] }
  for (let call = 0; call < calls; call += 20)
    await Promise.all(Array.from({ length: 20 }, () => visitor.ask('POST', '/v1/messages', body, headers)))
  visitor.leave()
}

/**
 * A second start is quick. In a small run the machine does other things too, and a time says nothing: there it only has
 * to come up each time.
 */
export const proveSecondStart: Prove = async ({ scale }) => {
  const given = figures[scale]
  const times = await measureStarts(given)
  const median = Math.round(quantile(times, 0.5))
  return [
    {
      what: `second start ready, median of ${given.starts} on data with ${inWords(given.calls)} calls, ms`,
      figure: `${median} (${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))})`,
      limit: limitMs,
      held: times.length === given.starts && (scale === 'small' || median <= limitMs),
    },
  ]
}
