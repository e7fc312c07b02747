import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** One request as its bytes came. */
export type RawRequest = { head: string; body: Buffer; bytes: Buffer }

/** What is played back, in order. */
export type Playback =
  | { bytes: Buffer | string }
  /** Goes on when it resolves. */
  | { wait: Promise<unknown> }
  /** Closes with a reset. */
  | { cut: true }
  /** Closes as a peer does that has said all. */
  | { end: true }
  /** Sends as fast as it is taken, until the peer leaves. */
  | { endless: Buffer }

export type RawUpstream = {
  url: string
  requests: RawRequest[]
  /** Every request from now on is answered so. */
  play: (...steps: Playback[]) => void
  /** Resolves with the nth request (from 1). */
  request: (count: number) => Promise<RawRequest>
  /** Resolves when a connection was closed by the other side. */
  left: () => Promise<void>
  /** Bytes given to sockets and not yet taken by the other side. */
  sent: () => number
  connections: () => number
  close: () => Promise<void>
}

/**
 * A provider made of sockets: nothing between the test and the bytes. It reads whole requests by content-length, keeps
 * them as they came, and plays exact bytes back, cut wherever the test cuts them.
 */
export async function rawUpstream(): Promise<RawUpstream> {
  const requests: RawRequest[] = []
  const sockets = new Set<Socket>()
  const asked: { count: number; tell: () => void }[] = []
  const leavers: (() => void)[] = []
  let playback: Playback[] = []
  let departures = 0
  let sent = 0
  const count = (bytes: number) => {
    sent += bytes
  }

  const answer = async (socket: Socket, steps: readonly Playback[]) => {
    for (const step of steps) {
      if (socket.destroyed) return
      if ('bytes' in step) {
        count(step.bytes.length)
        socket.write(step.bytes)
        // Lets every piece leave as a packet of its own.
        await new Promise(resolve => setImmediate(resolve))
      } else if ('wait' in step) await step.wait
      else if ('cut' in step) socket.resetAndDestroy()
      else if ('end' in step) socket.end()
      else await flood(socket, step.endless, count)
    }
  }

  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.setNoDelay(true)
    let pending = Buffer.alloc(0)
    socket.on('data', data => {
      pending = Buffer.concat([pending, data])
      for (;;) {
        const request = takeRequest(pending)
        if (request === null) return
        pending = pending.subarray(request.bytes.length)
        requests.push(request)
        for (const { count, tell } of asked) if (requests.length >= count) tell()
        void answer(socket, playback)
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      departures += 1
      for (const tell of leavers.splice(0)) tell()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    play(...steps) {
      playback = steps
    },
    request: count =>
      new Promise(resolve => {
        const tell = () => resolve(requests[count - 1] as RawRequest)
        if (requests.length >= count) tell()
        else asked.push({ count, tell })
      }),
    left: () =>
      new Promise(resolve => {
        if (departures > 0) resolve()
        else leavers.push(resolve)
      }),
    sent: () => sent,
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function takeRequest(pending: Buffer): RawRequest | null {
  const end = pending.indexOf('\r\n\r\n')
  if (end === -1) return null
  const head = pending.subarray(0, end + 4).toString('latin1')
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
  const whole = end + 4 + length
  if (pending.length < whole) return null
  return { head, body: pending.subarray(end + 4, whole), bytes: pending.subarray(0, whole) }
}

async function flood(socket: Socket, chunk: Buffer, count: (bytes: number) => void): Promise<void> {
  while (!socket.destroyed) {
    count(chunk.length)
    if (!socket.write(chunk))
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {})
  }
}

/** The chunked coding of RFC 9112 §7.1, one chunk for each piece. */
export function chunked(pieces: readonly (Buffer | string)[]): Buffer {
  const coded = pieces.map(piece => {
    const bytes = Buffer.from(piece)
    return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
  })
  return Buffer.concat([...coded, Buffer.from('0\r\n\r\n')])
}

/** Sends bytes over a socket of its own and gives all that comes back until the other side closes. */
export async function rawExchange(port: number, ...pieces: (Buffer | string)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', data => void received.push(data))
  socket.on('error', () => {})
  await once(socket, 'connect')
  for (const piece of pieces) {
    socket.write(piece)
    await new Promise(resolve => setImmediate(resolve))
  }
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(received).toString('latin1')
}
