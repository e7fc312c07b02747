import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RawUpstream } from '../../../tests/support/raw-upstream.ts'
import { rawUpstream } from '../../../tests/support/raw-upstream.ts'
import type { Served } from './testing/serve.ts'
import { serve } from './testing/serve.ts'

let served: Served
let upstream: RawUpstream

beforeEach(async () => {
  ;[served, upstream] = await Promise.all([
    serve({ clientStallMs: 500, providerSilenceMs: 60 }),
    rawUpstream(),
  ])
  served.console.accounts = [served.anthropicAt(upstream.url)]
})
afterEach(async () => {
  await Promise.all([served.close(), upstream.close()])
})

it('takes from a provider only what a slow agent takes, and gives up on one that takes nothing', async () => {
  const chunk = Buffer.from(`10000\r\n: ${'x'.repeat(0x10000 - 4)}\n\n\r\n`)
  upstream.play(
    { bytes: 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n' },
    { endless: chunk },
  )
  const body = JSON.stringify({ model: 'claude-x', stream: true, messages: [] })
  const socket = connect(served.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: ${served.console.addKey().secret}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  // The provider would send without end and as fast as loopback goes; it must stand still long before this much.
  const [row] = await served.console.recorded(1)
  await upstream.left()
  expect(row).toMatchObject({ outcome: 'client_abort', counted: false })
  expect(upstream.sent()).toBeLessThan(24 * 1024 * 1024)
  socket.destroy()
})

it('carries a reply of many megabytes whole through an agent that reads in sips', async () => {
  const message = JSON.stringify({
    type: 'message',
    content: [{ type: 'text', text: 'y'.repeat(12_000_000) }],
    usage: { input_tokens: 3, output_tokens: 4 },
  })
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${message.length}\r\n\r\n`
  upstream.play({ bytes: head }, { bytes: message })
  const body = JSON.stringify({ model: 'claude-x', messages: [] })
  const socket = connect(served.port, '127.0.0.1')
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-api-key: ${served.console.addKey().secret}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  let bytes = 0
  let tail = ''
  socket.on('readable', () => {
    const sips = () => socket.read(Math.min(4096, socket.readableLength)) as Buffer | null
    for (let sip = sips(); sip !== null; sip = sips()) {
      bytes += sip.length
      tail = (tail + sip.toString('latin1')).slice(-60)
    }
  })
  await once(socket, 'close')
  expect(bytes).toBeGreaterThan(message.length)
  expect(tail.endsWith('"usage":{"input_tokens":3,"output_tokens":4}}')).toBe(true)
  expect(served.console.rows).toMatchObject([
    { outcome: 'complete', inputTokens: 3, outputTokens: 4, counted: true },
  ])
})
