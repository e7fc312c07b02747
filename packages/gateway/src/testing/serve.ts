import { createSecretKey, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { seal } from '@latchstring/kit/envelope'
import { makeLog } from '@latchstring/kit/log'
import { makeOutbound } from '@latchstring/kit/outbound'
import { Secret } from '@latchstring/kit/secret'
import type { ProviderAccount } from '@latchstring/protocol/gateway-contract'
import type { Limits } from '../gateway.ts'
import { gatewayListener } from '../gateway.ts'
import { ConsoleInMemory } from './contract.ts'

export type Served = {
  url: string
  port: number
  server: Server
  console: ConsoleInMemory
  /** Every line that was logged. */
  logged: () => string
  /** An account of kind anthropic at this address, its secret sealed. */
  anthropicAt: (baseUrl: string, secret?: string) => ProviderAccount
  close: () => Promise<void>
}

/** A gateway on a free port of loopback, with a console in memory. */
export async function serve(limits: Partial<Limits> = {}, now?: () => number): Promise<Served> {
  const console = new ConsoleInMemory()
  if (now !== undefined) console.now = now
  const masterKey = createSecretKey(randomBytes(32))
  const lines: string[] = []
  const log = makeLog('trace', { write: line => void lines.push(line) })
  const outbound = makeOutbound({ allowPrivate: ['127.0.0.0/8'] })
  const listener = gatewayListener({
    contract: console,
    outbound,
    masterKey,
    log,
    limits,
    ...(now && { now }),
  })
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    console,
    logged: () => lines.join(''),
    anthropicAt(baseUrl, secret = 'sk-ant-test-0123456789') {
      const id = 'provider_anthropic'
      const sealedSecret = seal(masterKey, 'provider', id, new Secret(secret))
      return { id, kind: 'anthropic', name: 'Anthropic', baseUrl, sealedSecret }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await outbound.destroy()
    },
  }
}
