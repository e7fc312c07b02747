import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { closeServer, listen, socketLimits } from '@latchstring/server/listen'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/** Peers that say too little, too slowly or for ever. docs/operations.md, "When something is wrong". */

/** Sends this, then the filler as fast as it is taken, and gives what comes back until the other side closes. */
async function sendForEver(port: number, head: string, filler = '', most = 64 * 1024 * 1024) {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let sent = 0
  socket.setEncoding('latin1').on('data', data => {
    text += data
  })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(head)
  while (filler !== '' && !socket.destroyed && sent < most) {
    sent += filler.length
    if (!socket.write(filler))
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {})
    await new Promise(resolve => setImmediate(resolve))
  }
  if (!socket.closed && sent < most) await once(socket, 'close')
  const closed = socket.closed
  socket.destroy()
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text, sent, closed }
}

describe('the time limits of a connection, as short as a test has time', () => {
  let server: Server
  let port: number
  const served: string[] = []
  beforeAll(async () => {
    const limits = {
      ...socketLimits,
      headersTimeout: 100,
      requestTimeout: 200,
      connectionsCheckingInterval: 20,
    }
    const [one] = await listen(
      { listen: ['127.0.0.1'], port: 0 },
      null,
      (request, response) => {
        request.resume().once('end', () => {
          served.push(request.url ?? '')
          response.end()
        })
      },
      limits,
    )
    if (one === undefined) throw new Error('nothing listens')
    server = one
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => closeServer(server))

  it('are 30 s for a head and 150 s for a whole request, looked at every 5 s', () => {
    expect(socketLimits).toMatchObject({
      headersTimeout: 30_000,
      requestTimeout: 150_000,
      connectionsCheckingInterval: 5_000,
    })
  })

  it.each([
    ['says nothing', ''],
    ['does not end its head', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n'],
    ['does not end its body', 'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab'],
    [
      'does not end its chunks',
      'POST /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
    ],
  ])('a peer that %s is told 408 and let go', async (_what, bytes) => {
    expect(await sendForEver(port, bytes)).toMatchObject({ status: 408, closed: true })
    expect(served).not.toContain('/slow')
  })
})

describe('the server', () => {
  let server: TestServer
  let port: number
  let host: string
  beforeAll(async () => {
    server = await startTestServer()
    port = Number(new URL(server.url).port)
    host = `Host: ${new URL(server.url).host}`
  })
  afterAll(() => server?.stop())

  it('refuses a head without end after 64 KB', async () => {
    const filler = `X-A: ${'b'.repeat(1000)}\r\n`
    const { status, sent, closed } = await sendForEver(port, `GET / HTTP/1.1\r\n${host}\r\n`, filler)
    expect([status, closed]).toEqual([431, true])
    expect(sent).toBeLessThan(8 * 1024 * 1024)
  })

  const chunk = `${(16 * 1024).toString(16)}\r\n${'a'.repeat(16 * 1024)}\r\n`
  const addresses: Record<string, { head: () => string; most: number }> = {
    'POST /oauth/token': { head: () => 'content-type: application/x-www-form-urlencoded', most: 32 },
    'POST /oauth/device_authorization': {
      head: () => 'content-type: application/x-www-form-urlencoded',
      most: 32,
    },
    'POST /v1/sign_in/links': {
      head: () => `content-type: application/json\r\norigin: ${server.url}`,
      most: 32,
    },
    'POST /v1/organizations/api_keys': {
      head: () => `content-type: application/json\r\nx-api-key: ${server.adminKey}`,
      most: 32,
    },
    'POST /v1/messages': {
      head: () => `content-type: application/json\r\nx-api-key: ${server.adminKey}`,
      most: 150,
    },
  }
  for (const [address, { head, most }] of Object.entries(addresses)) {
    it(`refuses a body without end at ${address}`, async () => {
      const start = `${address} HTTP/1.1\r\n${host}\r\n${head()}\r\nTransfer-Encoding: chunked\r\n\r\n`
      const { status, sent, closed } = await sendForEver(port, start, chunk, 300 * 1024 * 1024)
      expect([status, closed]).toEqual([413, true])
      expect(sent).toBeLessThan(most * 1024 * 1024)
    })
  }
})
