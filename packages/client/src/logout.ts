import * as oauth from 'oauth4webapi'
import { defaultAccount } from './configuration.ts'
import { LatchError } from './errors.ts'
import { lock } from './lock.ts'
import { callOptions, client, clientAuthentication, readTrouble, troubleError } from './oauth.ts'
import { type AccountRecord, readAccount, removeAccount } from './store/vault.ts'
import type { World } from './world.ts'

/** What a sign-out did. `revoked`: the server ended the session; otherwise `why` says why it was not told. */
export type SignedOut = { address: string; revoked: boolean; why: string | null }

/**
 * Ends the session on the server (RFC 7009), then forgets it here. The address is remembered.
 *
 * @param local forget it here also where the server cannot be told
 * @returns undefined where nobody was signed in
 * @throws LatchError exit 6 where the server cannot be reached; the sign-in is then kept
 */
export async function logout(world: World, local: boolean): Promise<SignedOut | undefined> {
  const chosen = defaultAccount(world)
  if (!chosen) return undefined
  const held = await lock(world, chosen.name)
  try {
    const record = readOrExcuse(world, chosen.name, local)
    if (record === undefined) return undefined
    const failure = record === 'unreadable' ? new LatchError('store_damaged') : await revoke(world, record)
    if (failure && !local) throw failure
    removeAccount(world, chosen.name)
    return { address: chosen.address, revoked: !failure, why: failure?.message ?? null }
  } finally {
    held.release()
  }
}

/** With `--local` what cannot be opened can still be forgotten. */
function readOrExcuse(
  world: World,
  account: string,
  local: boolean,
): AccountRecord | 'unreadable' | undefined {
  try {
    return readAccount(world, account)?.record
  } catch (error) {
    if (local && error instanceof LatchError) return 'unreadable'
    throw error
  }
}

async function revoke(world: World, record: AccountRecord): Promise<LatchError | undefined> {
  if (!record.revocationEndpoint) {
    return new LatchError('server_refused', {
      sentence: `${record.address} offers no way to end a session.`,
      hint: 'Run: latch logout --local',
    })
  }
  const server = { issuer: record.address, revocation_endpoint: record.revocationEndpoint }
  try {
    const options = {
      ...callOptions(world, record.address),
      additionalParameters: { token_type_hint: 'refresh_token' },
    }
    const response = await oauth.revocationRequest(
      server,
      client,
      clientAuthentication,
      record.refreshToken,
      options,
    )
    await oauth.processRevocationResponse(response)
    return undefined
  } catch (error) {
    return troubleError(await readTrouble(error), record.address, error)
  }
}
