import * as oauth from 'oauth4webapi'
import { LatchError, signInNeeded } from './errors.ts'
import { type Lock, tryLock, waitMilliseconds } from './lock.ts'
import {
  callOptions,
  client,
  clientAuthentication,
  readTokenReply,
  readTrouble,
  type TokenReply,
  type Trouble,
  troubleError,
} from './oauth.ts'
import { planRefresh } from './plan-refresh.ts'
import {
  type AccountRecord,
  readAccount,
  StaleWrite,
  type StoredAccount,
  writeAccount,
} from './store/vault.ts'
import type { World } from './world.ts'

const waitForOthersMilliseconds = 30_000
const repeatAfterMilliseconds = 250

/**
 * Renews a stored sign-in: lock, read again, write the refresh id (which proves the store writable), refresh, write,
 * unlock. Only one process of the machine is on the wire; those that wait take what it stored. Killed at any point,
 * the next run repeats the same refresh id and gets the same successor.
 *
 * Where the renewal fails and the present token is still valid, the present token is returned.
 *
 * @throws LatchError `sign_in_needed` (4), `server_unreachable` and `server_trouble` (6), `busy` (8), store errors (5)
 */
export async function renew(world: World, account: string): Promise<AccountRecord> {
  const until = world.now() + waitForOthersMilliseconds
  for (;;) {
    const stored = readAccount(world, account)
    if (!stored) throw signInNeeded()
    const plan = planRefresh(stored.record, world.now())
    if (plan.do === 'use') return stored.record
    if (plan.do === 'sign_in') throw signInNeeded(stored.record.address, 'the session has ended')
    try {
      const lock = tryLock(world, account)
      if (lock) return await renewLocked(world, account, lock)
      if (world.now() > until) throw new LatchError('busy')
    } catch (error) {
      if (plan.usable && keepsToken(error)) return stored.record
      throw error
    }
    await world.sleep(waitMilliseconds(world))
  }
}

/** Whatever fails but a refusal leaves the present token as good as it was. */
const keepsToken = (error: unknown) => error instanceof LatchError && error.code !== 'sign_in_needed'

async function renewLocked(world: World, account: string, lock: Lock): Promise<AccountRecord> {
  try {
    const stored = readAccount(world, account)
    if (!stored) throw signInNeeded()
    const plan = planRefresh(stored.record, world.now())
    if (plan.do === 'use') return stored.record
    if (plan.do === 'sign_in') throw signInNeeded(stored.record.address, 'the session has ended')

    const refreshId = stored.record.refreshId ?? world.randomBytes(16).toString('base64url')
    const begun = writeAccount(world, account, { ...stored.record, refreshId }, stored.generation)
    const asked = await ask(world, begun.record, refreshId)
    if ('reply' in asked) return keep(world, account, begun, asked.reply, lock)
    if (asked.trouble.kind === 'refused' && asked.trouble.code === 'invalid_grant') {
      return refused(world, account, begun)
    }
    throw troubleError(asked.trouble, begun.record.address, asked.cause)
  } catch (error) {
    // Only a process that slept through its lock comes here; the one that took over has stored what is right.
    if (error instanceof StaleWrite) throw new LatchError('busy', { cause: error })
    throw error
  } finally {
    lock.release()
  }
}

/** Asks the server, once more where the reply was lost: the refresh id makes the repeat safe. */
async function ask(
  world: World,
  record: AccountRecord,
  refreshId: string,
): Promise<{ reply: TokenReply } | { trouble: Trouble; cause: unknown }> {
  const server: oauth.AuthorizationServer = { issuer: record.address, token_endpoint: record.tokenEndpoint }
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        clientAuthentication,
        record.refreshToken,
        {
          ...callOptions(world, record.address),
          additionalParameters: { refresh_id: refreshId },
        },
      )
      return { reply: readTokenReply(await oauth.processRefreshTokenResponse(server, client, response)) }
    } catch (cause) {
      const trouble = await readTrouble(cause)
      if (trouble.kind === 'refused' || attempt === 2) return { trouble, cause }
      await world.sleep(repeatAfterMilliseconds)
    }
  }
}

function keep(
  world: World,
  account: string,
  begun: StoredAccount,
  reply: TokenReply,
  lock: Lock,
): AccountRecord {
  const now = world.now()
  const record: AccountRecord = {
    ...begun.record,
    accessToken: reply.accessToken,
    issuedAt: now,
    expiresAt: now + reply.lifetimeSeconds * 1000,
    // A server that does not rotate sends none: the old one stays good (RFC 6749 §6).
    refreshToken: reply.refreshToken ?? begun.record.refreshToken,
    refreshId: null,
    email: reply.email ?? begun.record.email,
  }
  try {
    if (lock.held()) writeAccount(world, account, record, begun.generation)
  } catch (error) {
    // Full disk between the two writes, or taken over: the stored refresh id brings the same successor next time.
    if (!(error instanceof StaleWrite) && !(error instanceof LatchError)) throw error
  }
  return record
}

/** The refresh token is refused. Somebody may have stored a better one; nothing is ever deleted here. */
function refused(world: World, account: string, begun: StoredAccount): AccountRecord {
  const present = readAccount(world, account)
  if (
    present &&
    present.generation !== begun.generation &&
    planRefresh(present.record, world.now()).do === 'use'
  ) {
    return present.record
  }
  if (present?.generation === begun.generation) {
    writeAccount(world, account, { ...begun.record, refreshId: null, reauthRequired: true }, begun.generation)
  }
  throw signInNeeded(begun.record.address, 'the server ended this session')
}
