import { cpus } from 'node:os'
import { inWords, type Prove, quantile, wait } from './run.ts'
import { ServerProgram } from './server-program.ts'

const figures = {
  full: { starts: 7, calls: 2000, keys: 200, quietMs: 30_000 },
  small: { starts: 3, calls: 20, keys: 5, quietMs: 0 },
}
const limitMs = 1000

/** `quietMs`: how long all starts together may wait for other work on this machine to pause. */
export type Starts = { starts: number; calls: number; keys: number; quietMs: number }

/**
 * Milliseconds from `latchstring serve` until /healthz answers, on existing data, once for each start; and the share of
 * the machine that other work took just before each.
 */
export async function measureStarts(given: Starts): Promise<{ times: number[]; busy: number[] }> {
  const server = await ServerProgram.make()
  try {
    await fill(server, given)
    const times: number[] = []
    const busy: number[] = []
    const deadline = performance.now() + given.quietMs
    for (let start = 0; start < given.starts; start++) {
      await server.stop()
      busy.push(await waitForQuiet(deadline))
      times.push(await server.start())
    }
    return { times, busy }
  } finally {
    await server.remove()
  }
}

/** Waits until the machine is nearly idle, at most until then. @returns how busy it was last, 0 to 1 */
async function waitForQuiet(deadline: number): Promise<number> {
  for (;;) {
    const before = cpuTimes()
    await wait(300)
    const after = cpuTimes()
    const busy = 1 - (after.idle - before.idle) / (after.all - before.all)
    if (busy < 0.1 || performance.now() > deadline) return busy
  }
}

function cpuTimes(): { idle: number; all: number } {
  const times = cpus().map(cpu => cpu.times)
  const idle = times.reduce((sum, one) => sum + one.idle, 0)
  return { idle, all: times.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.irq, idle) }
}

/** Keys, calls and their audit lines: a data folder that was used. */
async function fill(server: ServerProgram, { calls, keys }: Starts): Promise<void> {
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
  const { times, busy } = await measureStarts(given)
  const median = Math.round(quantile(times, 0.5))
  return [
    {
      what: `second start ready, median of ${given.starts} on data with ${inWords(given.calls)} calls, ms`,
      figure: `${median} (${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))}; other work took ${percent(quantile(busy, 0.5))} of the machine)`,
      limit: limitMs,
      held: times.length === given.starts && (scale === 'small' || median <= limitMs),
    },
  ]
}

const percent = (share: number) => `${Math.round(share * 100)} %`
