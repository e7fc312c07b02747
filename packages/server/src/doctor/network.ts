import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { addressRule } from '@latchstring/kit/outbound'
import { Failure } from '@latchstring/protocol'
import { isLoopbackName } from '../config.ts'
import { lockData } from '../data-lock.ts'
import { databaseFile } from '../database-of.ts'
import type { Finding, Known } from './check.ts'
import { advice, messageOf, ok, skipped, wrong } from './check.ts'

const smtpMs = 5_000

/** A server that has run here left its lock's file; without one nobody is asked, since asking would make it. */
function isInUse(folder: string): boolean {
  if (!existsSync(join(folder, 'server.lock'))) return false
  try {
    lockData(folder).release()
    return false
  } catch (error) {
    if (error instanceof Failure && error.code === 'data_in_use') return true
    throw error
  }
}

/** Says whose a port is; pure. */
export function judgePort(
  port: number,
  found: { taken: string | undefined; latchstring: boolean; inUse: boolean },
): Finding {
  const { taken, latchstring, inUse } = found
  if (taken === undefined)
    return inUse
      ? wrong(
          `a server uses this data folder, but nobody listens on port ${port}`,
          'Give this command the settings that the server has.',
        )
      : ok(`port ${port} is free; the server is not running`)
  if (taken !== 'EADDRINUSE')
    return wrong(
      `port ${port} cannot be taken (${taken})`,
      'Below 1024 it takes CAP_NET_BIND_SERVICE; or choose another LATCHSTRING_PORT, or correct LATCHSTRING_LISTEN.',
    )
  if (latchstring && inUse) return ok(`port ${port} is held by this server`)
  return wrong(
    latchstring
      ? `port ${port} is held by another Latchstring server, not one with this data folder`
      : `port ${port} is taken by another program`,
    'Stop that program, or choose another LATCHSTRING_PORT.',
  )
}

export async function port(facts: Known<'config'>): Promise<Finding> {
  const { config, around } = facts
  let taken: string | undefined
  for (const host of config.listen) taken ??= await around.tryPort(host, config.port)
  const scheme = config.certificate === null ? 'http' : 'https'
  const { hostname } = new URL(config.url)
  const names = scheme === 'https' ? [hostname, 'localhost'] : ['localhost', '127.0.0.1']
  let latchstring = false
  for (const name of taken === 'EADDRINUSE' ? names : []) {
    const answer = await around.ask(`${scheme}://${name}:${config.port}/healthz`).catch(() => undefined)
    latchstring ||= answer?.status === 200 && /"status":"ok"/.test(answer.text)
  }
  // Servers on PostgreSQL hold no folder; whether it is one of these is told by the check of the address.
  const inUse = databaseFile(config) === null ? latchstring : isInUse(config.dataFolder)
  // Behind its own certificate a server may not be asked by number; that it holds the folder is told by the lock.
  latchstring ||= scheme === 'https' && taken === 'EADDRINUSE' && inUse
  facts.running = inUse && latchstring
  return judgePort(config.port, { taken, latchstring, inUse })
}

/** Whether who answers at the one address is the server of this data: it publishes our newest signing key. */
export async function address({
  config,
  database,
  around,
  running,
}: Known<'config' | 'database'>): Promise<Finding> {
  if (!running) return skipped('the server is not running')
  const { kid } = (await database
    .handle()
    .selectFrom('signing_keys')
    .select('kid')
    .where('retired_at', 'is', null)
    .orderBy('created_at')
    .executeTakeFirst()) ?? { kid: '' }
  let answer: { status: number; text: string }
  try {
    answer = await around.ask(`${config.url}/oauth/jwks`)
  } catch (error) {
    const { cause } = error as { cause?: { code?: string; message?: string } }
    return wrong(
      `${config.url} does not answer from here: ${cause?.code ?? cause?.message ?? messageOf(error)}`,
      'Look at the name (DNS), the proxy or firewall before this server, and the certificate.',
    )
  }
  return answer.status === 200 && kid !== '' && answer.text.includes(`"${kid}"`)
    ? ok(`${config.url} answers and is this server`)
    : wrong(
        `${config.url} answers (${answer.status}), but it is not this server`,
        'Correct LATCHSTRING_URL, or the proxy that stands before this server.',
      )
}

export async function mail({ config, around }: Known<'config'>): Promise<Finding> {
  if (config.smtpUrl === null)
    return isLoopbackName(new URL(config.url).hostname)
      ? ok('no mail server: mail lands in the outbox folder')
      : advice(
          'no mail server: nobody gets a sign-in link',
          'Set LATCHSTRING_SMTP_URL, or give every owner a passkey.',
        )
  const { host } = new URL(config.smtpUrl)
  try {
    await around.verifySmtp(config.smtpUrl, smtpMs)
    return ok(`${host} answers and lets us in`)
  } catch (error) {
    return wrong(`${host}: ${messageOf(error)}`, 'Correct LATCHSTRING_SMTP_URL, or look after that server.')
  }
}

export async function providers({
  config,
  database,
  around,
}: Known<'config' | 'database'>): Promise<Finding> {
  const rows = await database
    .handle()
    .selectFrom('providers')
    .select(['name', 'base_url'])
    .where('base_url', 'is not', null)
    .execute()
  const permitted = addressRule(config.allowPrivate)
  for (const { name, base_url } of rows) {
    const host = new URL(base_url ?? '').hostname.replace(/^\[|\]$/g, '')
    const addresses = isIP(host) === 0 ? await around.addressesOf(host).catch(() => []) : [host]
    const [first] = addresses
    if (first === undefined)
      return wrong(
        `provider ${name}: the name ${host} has no address here`,
        'Correct its address, or the DNS of this host.',
      )
    if (!addresses.some(permitted))
      return wrong(
        `provider ${name}: ${host} is ${first}, a private or special address`,
        'If it is meant, name its network in LATCHSTRING_ALLOW_PRIVATE and restart.',
      )
  }
  return ok(`${rows.length} with addresses that may be called`)
}
