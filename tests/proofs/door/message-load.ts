import type { Counts } from './reply-counts.ts'
import { countsOfReply } from './reply-counts.ts'
import type { Random } from './run.ts'
import { wait } from './run.ts'
import type { ServerProgram } from './server-program.ts'

/** A reply whose last byte was delivered. */
export type Delivered = { requestId: string; kind: string; counts: Counts }

export type MessageLoad = {
  delivered: Delivered[]
  /** Replies that broke off after their head. */
  broken: number
  /** Answers that should not have come. */
  refused: string[]
  /** Lets every connection finish what it is at. */
  end(): Promise<void>
}

const backMs = 10

/** Calls messages over so many connections, JSON and streams, of both providers, and goes on through every outage. */
export function messageLoad(server: ServerProgram, random: Random, connections: number): MessageLoad {
  const load: Omit<MessageLoad, 'end'> = { delivered: [], broken: 0, refused: [] }
  let over = false
  const call = async (visitor: ReturnType<ServerProgram['visitor']>) => {
    const model = random.pick(['sandbox', 'claude-proof'])
    const stream = random.below(2) === 1
    const content = 'word '.repeat(1 + random.below(60))
    const answer = await visitor
      .exchange({
        path: '/v1/messages',
        headers: { 'x-api-key': server.adminKey, 'content-type': 'application/json' },
        body: JSON.stringify({ model, stream, max_tokens: 500, messages: [{ role: 'user', content }] }),
      })
      .catch(() => null)
    if (answer === null) return await wait(backMs)
    const counts = answer.status === 200 ? countsOfReply(answer.text, stream) : null
    const requestId = String(answer.headers['request-id'])
    if (counts !== null)
      load.delivered.push({ requestId, kind: `${model} ${stream ? 'stream' : 'JSON'}`, counts })
    else if (answer.status === 200 && !answer.whole) load.broken += 1
    else if (answer.whole) load.refused.push(`${answer.status} ${answer.text.slice(0, 300)}`)
  }
  const running = Array.from({ length: connections }, async () => {
    const visitor = server.visitor()
    while (!over) await call(visitor)
    visitor.leave()
  })
  return Object.assign(load, {
    async end() {
      over = true
      await Promise.all(running)
    },
  })
}
