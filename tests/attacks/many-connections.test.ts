import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { ServerProcess } from '../support/server-process.ts'

/** More connections than a server was meant for. docs/operations.md, "When something is wrong". */
let server: ServerProcess
const sockets = new Set<Socket>()
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  agent.destroy()
  await server?.remove()
})

/** With at most so many open files. */
const limited = (files: number) => ['sh', '-c', `ulimit -n ${files} && exec "$@"`, 'sh']

async function idle(): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => {})
  sockets.add(socket)
  await once(socket, 'connect')
  return socket
}

/** Over one connection that stays. @returns the status, 0 where the connection was refused */
const overOne = (path: string, headers: Record<string, string> = {}, body?: string) =>
  new Promise<number>(resolve => {
    const { port, host } = new URL(server.url)
    const given = { host: '127.0.0.1', port, path, agent, method: body === undefined ? 'GET' : 'POST' }
    const asked = request({ ...given, headers: { host, ...headers } }, reply => {
      reply.resume().once('end', () => resolve(reply.statusCode ?? 0))
    })
    asked.on('error', () => resolve(0))
    asked.end(body)
  })

const callModel = () =>
  overOne(
    '/v1/messages',
    { 'x-api-key': server.adminKey, 'content-type': 'application/json' },
    JSON.stringify({ model: 'sandbox', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }),
  )

const residentBytes = () =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024

const most = Number(
  execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).replace('unlimited\n', '1e9'),
)
const why =
  process.platform !== 'linux'
    ? 'reads /proc'
    : most < 11_000
      ? `only ${most} open files are allowed here`
      : undefined

it.skipIf(why !== undefined)(
  `serves within a second beside 10,000 idle connections, in 256 MB more at most${why === undefined ? '' : ` (skipped: ${why})`}`,
  async () => {
    server = await ServerProcess.start({ within: limited(11_000) })
    expect(await callModel()).toBe(200)
    const before = residentBytes()
    for (let open = 0; open < 10_000; open += 250) await Promise.all(Array.from({ length: 250 }, idle))
    for (let calls = 0; calls < 5; calls++) {
      const began = performance.now()
      expect(await callModel()).toBe(200)
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
      expect(performance.now() - began).toBeLessThan(1000)
    }
    expect([...sockets].filter(socket => !socket.closed)).toHaveLength(10_000)
    expect(residentBytes() - before).toBeLessThan(256 * 1024 * 1024)
  },
)

it.skipIf(process.platform !== 'linux')(
  'out of open files it turns new connections away, serves those it has, and takes new ones when others leave',
  async () => {
    server = await ServerProcess.start({ within: limited(200) })
    expect(await callModel()).toBe(200)
    const turnedAway = Promise.withResolvers<void>()
    for (let open = 0; open < 300; open++) (await idle()).once('close', () => turnedAway.resolve())
    await turnedAway.promise
    expect(await callModel()).toBe(200)
    for (const socket of sockets) socket.destroy()
    let healthy = false
    while (!healthy)
      healthy = await fetch(`${server.url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    expect(await callModel()).toBe(200)
  },
)
