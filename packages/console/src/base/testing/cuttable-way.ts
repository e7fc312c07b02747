import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A way to the database that can be cut and mended, as a network or a restarting server is. */
export async function makeWay(to: { host: string; port: number }, { offersTls = true } = {}) {
  const open = new Set<Socket>()
  let closed = false
  const way = createServer(socket => {
    if (closed) return socket.destroy()
    const onward = connect(to)
    for (const one of [socket, onward]) {
      open.add(one)
      one.on('error', () => {})
      one.on('close', () => open.delete(one))
    }
    onward.pipe(socket)
    if (offersTls) return socket.pipe(onward)
    socket.once('data', first => {
      if (first.length === 8) socket.write('N')
      else onward.write(first)
      socket.pipe(onward)
    })
  }).listen(0, '127.0.0.1')
  await once(way, 'listening')
  return {
    port: (way.address() as AddressInfo).port,
    cut() {
      closed = true
      for (const one of open) one.destroy()
    },
    mend() {
      closed = false
    },
    close() {
      for (const one of open) one.destroy()
      way.close()
    },
  }
}
