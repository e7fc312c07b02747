import { agentScope } from '@latchstring/protocol/base/names'
import * as oauth from 'oauth4webapi'
import { LatchError, plainText } from '../errors.ts'
import {
  callOptions,
  client,
  clientAuthentication,
  readTokenReply,
  readTrouble,
  type TokenReply,
  type Trouble,
  troubleError,
} from '../oauth.ts'
import type { World } from '../world.ts'

/** What the person is shown. `completeAddress` has the code in it already. */
export type DeviceCode = {
  userCode: string
  address: string
  completeAddress: string | null
  expiresAt: number
}

/** RFC 8628 §3.5: five seconds where the server names no interval, and five more at each slow_down. */
const usualIntervalSeconds = 5
const slowDownSeconds = 5
const longestIntervalSeconds = 60

/** What to do after a poll that brought no token. */
export type PollPlan = { do: 'wait'; intervalSeconds: number } | { do: 'stop'; error: LatchError }

/**
 * Decides after a poll. A network that fails is polled on with doubled waits (RFC 8628 §3.5): the person may be
 * approving at this moment.
 */
export function planPoll(trouble: Trouble, intervalSeconds: number, address: string): PollPlan {
  const wait = (seconds: number): PollPlan => ({
    do: 'wait',
    intervalSeconds: Math.max(intervalSeconds, Math.min(seconds, longestIntervalSeconds)),
  })
  if (trouble.kind !== 'refused') return wait(intervalSeconds * 2)
  if (trouble.code === 'authorization_pending') return wait(intervalSeconds)
  if (trouble.code === 'slow_down') return wait(intervalSeconds + slowDownSeconds)
  if (trouble.code === 'access_denied') return { do: 'stop', error: new LatchError('sign_in_refused') }
  if (trouble.code === 'expired_token') return { do: 'stop', error: new LatchError('sign_in_expired') }
  return { do: 'stop', error: troubleError(trouble, address, undefined) }
}

/**
 * Signs in by a code that the person types in a browser anywhere (RFC 8628).
 *
 * @param show is given the code before the first poll
 * @throws LatchError `sign_in_refused`, `sign_in_expired` (1), `server_unreachable` (6) before the code came
 */
export async function loginByDevice(
  world: World,
  server: oauth.AuthorizationServer,
  show: (code: DeviceCode) => Promise<void>,
): Promise<TokenReply> {
  const options = callOptions(world, server.issuer)
  const asked = await askForCode(world, server)
  const expiresAt = world.now() + asked.expires_in * 1000
  await show({
    userCode: plainText(asked.user_code),
    address: plainText(asked.verification_uri),
    completeAddress: asked.verification_uri_complete ? plainText(asked.verification_uri_complete) : null,
    expiresAt,
  })
  let intervalSeconds = asked.interval ?? usualIntervalSeconds
  while (world.now() < expiresAt) {
    await world.sleep(intervalSeconds * 1000)
    try {
      const response = await oauth.deviceCodeGrantRequest(
        server,
        client,
        clientAuthentication,
        asked.device_code,
        options,
      )
      return readTokenReply(await oauth.processDeviceCodeResponse(server, client, response))
    } catch (error) {
      const plan = planPoll(await readTrouble(error), intervalSeconds, server.issuer)
      if (plan.do === 'stop') throw plan.error
      intervalSeconds = plan.intervalSeconds
    }
  }
  throw new LatchError('sign_in_expired')
}

async function askForCode(world: World, server: oauth.AuthorizationServer) {
  if (!server.device_authorization_endpoint) {
    throw new LatchError('server_refused', {
      sentence: `${server.issuer} offers no sign-in by code.`,
      hint: 'Run latch login on a machine with a browser.',
    })
  }
  const options = callOptions(world, server.issuer)
  try {
    const response = await oauth.deviceAuthorizationRequest(
      server,
      client,
      clientAuthentication,
      { scope: agentScope },
      options,
    )
    return await oauth.processDeviceAuthorizationResponse(server, client, response)
  } catch (error) {
    throw troubleError(await readTrouble(error), server.issuer, error)
  }
}
