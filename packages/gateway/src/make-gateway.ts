import type { KeyObject } from 'node:crypto'
import type { Logger } from '@latchstring/kit/log'
import type { GatewayContract } from '@latchstring/protocol/gateway-contract'
import type { Dispatcher } from 'undici'
import { endNames } from './ended.ts'
import type { Gateway } from './exchange.ts'
import type { Limits } from './limits.ts'
import { Memory } from './memory.ts'
import { OpenExchanges } from './open-exchanges.ts'
import { providers } from './providers/index.ts'
import { makeRevocations } from './revocations.ts'
import { makeTransport } from './transport.ts'

type Parts = {
  contract: GatewayContract
  outbound: Dispatcher
  masterKey: KeyObject | null
  log: Logger
  limits: Limits
  now: () => number
}

/** Joins what one process needs: what ends is forgotten in memory and cut among the open exchanges at once. */
export function makeGateway({ contract, outbound, masterKey, log, limits, now }: Parts): Gateway {
  const memory = new Memory()
  const revocations = makeRevocations(
    contract,
    entries => {
      memory.apply(entries, now())
      openExchanges.end(endNames(entries))
    },
    () => memory.clear(),
  )
  // Streams that are under way go on through a fault of the console; new requests do not.
  const poll = async () => {
    try {
      await revocations.catchUp()
    } catch (error) {
      log.warn({ error }, 'what has ended could not be asked')
    }
  }
  const openExchanges = new OpenExchanges(() => void poll(), limits.revocationPollMs)
  const transport = makeTransport(outbound, limits)
  return {
    contract,
    log,
    limits,
    now,
    masterKey,
    providers,
    transport,
    memory,
    revocations,
    openExchanges,
  }
}
