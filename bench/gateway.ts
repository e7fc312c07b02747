/**
 * What the gateway costs beside a bare hop: both forward the same requests to the same upstream, in one run, in turns.
 *
 *   us   every step: key, policy, provider credential, metering, last byte held (rows kept in memory: no disk here)
 *   hop  node:http and undici dispatch, nothing else
 *
 * Each runs in a process of its own. Ratios say something; absolute figures are this machine's.
 */
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { createSecretKey, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { gatewayListener } from '@latchstring/gateway'
import { seal } from '@latchstring/kit/envelope'
import { makeLog } from '@latchstring/kit/log'
import { makeOutbound } from '@latchstring/kit/outbound'
import { Secret } from '@latchstring/kit/secret'
import { newKey } from '@latchstring/protocol/decide/key-format'
import { ConsoleInMemory } from '../packages/gateway/src/testing/contract.ts'

const connections = 48
const windowMs = 2_000
const rounds = 3
/** Made by the parent, so that the load and the gateway agree. */
const key = process.env['BENCH_KEY'] ?? newKey()

const requestBody = JSON.stringify({
  model: 'claude-bench',
  max_tokens: 1000,
  messages: [{ role: 'user', content: 'x'.repeat(6_000) }],
})
const replyBody = JSON.stringify({
  type: 'message',
  content: [{ type: 'text', text: 'y'.repeat(1_700) }],
  usage: { input_tokens: 1500, output_tokens: 425 },
})

const upstream: RequestListener = (request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': replyBody.length })
    response.end(replyBody)
  })
}

function bareHop(target: string): RequestListener {
  const outbound = makeOutbound({ allowPrivate: ['127.0.0.0/8'] })
  return (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const headers = { 'content-type': 'application/json' }
      outbound.dispatch(
        { origin: target, path: request.url ?? '/', method: 'POST', headers, body: Buffer.concat(chunks) },
        {
          onRequestStart() {},
          onResponseStart: (_controller, status, given) => void response.writeHead(status, given),
          onResponseData: (_controller, chunk) => void response.write(chunk),
          onResponseEnd: () => void response.end(),
          onResponseError: () => void response.destroy(),
        },
      )
    })
  }
}

function gateway(target: string): RequestListener {
  const masterKey = createSecretKey(randomBytes(32))
  const console = new ConsoleInMemory()
  console.addKey({}, key)
  console.policy = { availableModels: ['claude-bench'] }
  const sealedSecret = seal(masterKey, 'provider', 'p', new Secret('sk-bench-0123456789'))
  console.accounts = [{ id: 'p', kind: 'anthropic', name: 'p', baseUrl: target, sealedSecret }]
  console.keepsRows = false
  return gatewayListener({
    contract: console,
    outbound: makeOutbound({ allowPrivate: ['127.0.0.0/8'] }),
    masterKey,
    log: makeLog('warn'),
  })
}

const roles: Record<string, (target: string) => RequestListener> = {
  upstream: () => upstream,
  hop: bareHop,
  us: gateway,
}

async function child(role: string, target: string): Promise<void> {
  const listener = roles[role]
  if (listener === undefined) throw new Error(`no role ${role}`)
  const server = createServer(listener(target)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.on('message', () => process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage().rss }))
  process.send?.({ port: (server.address() as AddressInfo).port })
}

type Peer = { process: ChildProcess; port: number }

async function start(role: string, target = ''): Promise<Peer> {
  const child = fork(fileURLToPath(import.meta.url), [role, target], {
    execArgv: ['--conditions=@latchstring/source', '--disable-warning=ExperimentalWarning'],
    env: { ...process.env, BENCH_KEY: key },
  })
  const [{ port }] = await once(child, 'message')
  return { process: child, port }
}

async function cpuMicros({ process: child }: Peer): Promise<number> {
  child.send('cpu')
  const [{ cpu }] = await once(child, 'message')
  return cpu.user + cpu.system
}

type Figures = { perSecond: number; p50Ms: number; p99Ms: number; cpuMicros: number }

/** Closed loop: each connection sends its next request when the reply to the last is whole. */
async function load(peer: Peer): Promise<Figures> {
  const request = Buffer.from(
    `POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\nContent-Length: ${requestBody.length}\r\n\r\n${requestBody}`,
  )
  const times: number[] = []
  const before = await cpuMicros(peer)
  const end = performance.now() + windowMs
  await Promise.all(Array.from({ length: connections }, () => loop(peer.port, request, end, times)))
  const cpu = (await cpuMicros(peer)) - before
  times.sort((one, other) => one - other)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  return {
    perSecond: times.length / (windowMs / 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMicros: cpu / times.length,
  }
}

async function loop(port: number, request: Buffer, end: number, times: number[]): Promise<void> {
  const socket: Socket = connect(port, '127.0.0.1').setNoDelay(true)
  await once(socket, 'connect')
  let sent = performance.now()
  let received = 0
  let whole = 0
  socket.write(request)
  socket.on('data', data => {
    if (whole === 0) {
      const text = data.toString('latin1')
      if (!text.startsWith('HTTP/1.1 200')) throw new Error(text.slice(0, 300))
      whole = text.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1])
    }
    received += data.length
    if (received < whole) return
    const now = performance.now()
    times.push(now - sent)
    ;[sent, received, whole] = [now, 0, 0]
    if (now >= end) socket.destroy()
    else socket.write(request)
  })
  await once(socket, 'close')
}

const median = (figures: Figures[], of: keyof Figures) =>
  figures.map(one => one[of]).sort((one, other) => one - other)[Math.floor(figures.length / 2)] ?? Number.NaN

async function main(): Promise<void> {
  const origin = await start('upstream')
  const target = `http://127.0.0.1:${origin.port}`
  const peers = { hop: await start('hop', target), us: await start('us', target) }
  const measured: Record<keyof typeof peers, Figures[]> = { hop: [], us: [] }
  for (const peer of Object.values(peers)) await load(peer)
  for (let round = 0; round < rounds; round++) {
    for (const name of ['hop', 'us'] as const) measured[name].push(await load(peers[name]))
  }
  for (const peer of [origin, ...Object.values(peers)]) peer.process.kill()
  const of = (name: keyof typeof peers, figure: keyof Figures) => median(measured[name], figure)
  const table = (['hop', 'us'] as const).map(name => ({
    name,
    'req/s': Math.round(of(name, 'perSecond')),
    'p50 ms': Number(of(name, 'p50Ms').toFixed(2)),
    'p99 ms': Number(of(name, 'p99Ms').toFixed(2)),
    'cpu µs/req': Math.round(of(name, 'cpuMicros')),
  }))
  if (!process.argv.includes('--json')) console.table(table)
  const ratio = (figure: keyof Figures) => Number((of('us', figure) / of('hop', figure)).toFixed(3))
  const ratios = { gatewayVsBareHop: ratio('perSecond'), gatewayCpuVsBareHop: ratio('cpuMicros') }
  console.log(JSON.stringify(ratios))
}

const [role = '', target = ''] = process.argv.slice(2)
if (role in roles) await child(role, target)
else await main()
