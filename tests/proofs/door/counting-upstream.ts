import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Counts } from './reply-counts.ts'
import type { Random } from './run.ts'

/** A provider that answers at once, each time with other figures, its streams cut into pieces at any byte. */
export async function countingUpstream(random: Random): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', piece => {
      body += piece
    })
    request.on('end', () => {
      const counts = anyCounts(random)
      if ((JSON.parse(body) as { stream?: boolean }).stream === true) stream(response, counts, random)
      else json(response, counts)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const anyCounts = (random: Random): Counts => ({
  input: 1 + random.below(5000),
  output: 2 + random.below(5000),
  cacheRead: random.below(5000),
  cacheWrite5m: random.below(500),
  cacheWrite1h: random.below(500),
})

const wireUsage = (counts: Counts) => ({
  input_tokens: counts.input,
  cache_read_input_tokens: counts.cacheRead,
  cache_creation_input_tokens: counts.cacheWrite5m + counts.cacheWrite1h,
  cache_creation: {
    ephemeral_5m_input_tokens: counts.cacheWrite5m,
    ephemeral_1h_input_tokens: counts.cacheWrite1h,
  },
  output_tokens: counts.output,
})

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-proof',
  stop_reason: 'end_turn',
}
const text = 'The quick brown fox jumps over the lazy dog. '.repeat(8)

function json(response: ServerResponse, counts: Counts): void {
  const body = JSON.stringify({ ...message, content: [{ type: 'text', text }], usage: wireUsage(counts) })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function stream(response: ServerResponse, counts: Counts, random: Random): void {
  const start = { ...message, content: [], usage: { ...wireUsage(counts), output_tokens: 1 } }
  const events = [
    { type: 'message_start', message: start },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...[0, 1, 2].map(() => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: counts.output } },
    { type: 'message_stop' },
  ]
  const bytes = Buffer.from(
    events.map(event => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  )
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const cuts = Array.from({ length: random.below(4) }, () => random.below(bytes.length)).sort((a, b) => a - b)
  let from = 0
  const next = () => {
    const to = cuts.shift()
    if (to === undefined) return void response.end(bytes.subarray(from))
    response.write(bytes.subarray(from, to))
    from = to
    setImmediate(next)
  }
  next()
}
