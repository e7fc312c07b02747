import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Console } from '@latchstring/console'
import { makeConsole } from '@latchstring/console'
import { EnvelopeError } from '@latchstring/kit/envelope'
import type { Logger } from '@latchstring/kit/log'
import { makeLog } from '@latchstring/kit/log'
import { findMasterKey, readMasterKey } from '@latchstring/kit/master-key'
import { isLoopbackAddress } from '@latchstring/kit/networks'
import { Failure } from '@latchstring/protocol'
import type { Config } from './config.ts'
import { isLoopbackName } from './config.ts'

/** The master key, the log and the console of a configuration. */
export async function openConsole(
  config: Config,
): Promise<{ console: Console; masterKey: KeyObject; log: Logger }> {
  const log = makeLog(config.logLevel)
  const masterKey = masterKeyOf(config)
  const console = await makeConsole({
    masterKey,
    log,
    postgres: config.postgres,
    settings: {
      url: config.url,
      dataFolder: config.dataFolder,
      loopback: servesThisMachineOnly(config),
      accessTokenSeconds: config.accessTokenSeconds,
      smtpUrl: config.smtpUrl,
      mailFrom: config.mailFrom,
    },
  }).catch((cause: unknown) => {
    throw cause instanceof EnvelopeError ? new Failure('master_key_wrong', { cause }) : cause
  })
  return { console, masterKey, log }
}

const servesThisMachineOnly = ({ url, listen, proxies }: Config): boolean =>
  isLoopbackName(new URL(url).hostname) && listen.every(isLoopbackAddress) && proxies.networks.length === 0

function masterKeyOf(config: Config): KeyObject {
  if (config.keyFile.startsWith(join(config.dataFolder, '/'))) {
    throw new Failure('configuration_invalid', {
      message:
        'LATCHSTRING_KEY_FILE: keep the master key outside the data folder, so that a copy of the data opens nothing.',
    })
  }
  try {
    const known = findMasterKey(config.keyFile)
    if (known === undefined && existsSync(join(config.dataFolder, 'latchstring.sqlite')))
      throw new Failure('master_key_missing', { message: `There is no master key at ${config.keyFile}.` })
    return known ?? readMasterKey(config.keyFile)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('configuration_invalid', {
      message: `LATCHSTRING_KEY_FILE: ${(cause as Error).message}.`,
      cause,
    })
  }
}

/** For a command on the host: opens the data folder beside a running server, acts, closes. */
export async function withConsole<T>(config: Config, act: (console: Console) => Promise<T>): Promise<T> {
  const { console } = await openConsole(config)
  try {
    return await act(console)
  } finally {
    await console.close()
  }
}
