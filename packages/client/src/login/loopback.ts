import { agentScope, pastePath } from '@latchstring/protocol/base/names'
import * as oauth from 'oauth4webapi'
import { LatchError } from '../errors.ts'
import {
  callOptions,
  client,
  clientAuthentication,
  readTokenReply,
  readTrouble,
  type TokenReply,
  troubleError,
} from '../oauth.ts'
import type { World } from '../world.ts'
import { type Callback, listenForCallback } from './callback-server.ts'
import { readPastedCode } from './pasted-code.ts'

/** The two addresses of one sign-in: for the browser here, and for one on another machine. */
export type LoopbackAddresses = { here: string; elsewhere: string }

const waitMilliseconds = 600_000

/** A code and the redirect URI it was made for. */
type Arrival = { parameters: URLSearchParams; redirectUri: string; answer: Callback['answer'] }

/**
 * Signs in by a browser: authorization code with PKCE (RFC 7636, S256) and a state, to a callback on 127.0.0.1
 * (RFC 8252), raced against a code pasted into the terminal. Whichever comes first wins.
 *
 * @param show is given the addresses once the callback is listening
 * @throws LatchError `sign_in_refused`, `sign_in_expired` (1), `server_unreachable` (6)
 */
export async function loginByLoopback(
  world: World,
  server: oauth.AuthorizationServer,
  show: (addresses: LoopbackAddresses) => Promise<void>,
): Promise<TokenReply> {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const challenge = await oauth.calculatePKCECodeChallenge(verifier)
  const listening = await listenForCallback(state)
  const pasteUri = server.issuer.replace(/\/$/, '') + pastePath
  const ended = new AbortController()
  try {
    await show({
      here: authorizationAddress(server, listening.redirectUri, state, challenge),
      elsewhere: authorizationAddress(server, pasteUri, state, challenge),
    })
    const arrival = await Promise.race([
      listening.callback.then(callback => ({ ...callback, redirectUri: listening.redirectUri })),
      pasted(world, server, { state, pasteUri, callbackUri: listening.redirectUri }, ended.signal),
      world
        .sleep(waitMilliseconds, ended.signal)
        .then(() => Promise.reject(new LatchError('sign_in_expired'))),
    ])
    return await exchange(world, server, arrival, { state, verifier })
  } finally {
    ended.abort()
    listening.close()
  }
}

function authorizationAddress(
  server: oauth.AuthorizationServer,
  redirectUri: string,
  state: string,
  challenge: string,
) {
  if (!server.authorization_endpoint) {
    throw new LatchError('server_refused', {
      sentence: `${server.issuer} offers no sign-in by browser.`,
      hint: 'Run: latch login --device',
    })
  }
  const url = new URL(server.authorization_endpoint)
  const parameters = {
    response_type: 'code',
    client_id: client.client_id,
    scope: agentScope,
    redirect_uri: redirectUri,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** Reads the terminal until a text of this sign-in is pasted; without a terminal it waits for ever. */
async function pasted(
  world: World,
  server: oauth.AuthorizationServer,
  expected: { state: string; pasteUri: string; callbackUri: string },
  signal: AbortSignal,
): Promise<Arrival> {
  if (world.stdin.isTTY) {
    for await (const line of world.stdin.lines(signal)) {
      const found = readPastedCode(line)
      const redirectUri = found?.redirectUri ?? expected.pasteUri
      if (
        found?.state === expected.state &&
        [expected.pasteUri, expected.callbackUri].includes(redirectUri)
      ) {
        // The code was shown by the issuer's own page, so who issued it is known: the check of RFC 9207 holds.
        const parameters = new URLSearchParams({ code: found.code, state: found.state, iss: server.issuer })
        return { parameters, redirectUri, answer: async () => {} }
      }
      if (line.trim() !== '')
        world.stderr.write('That is not a code of this sign-in. Copy all of it and paste again.\n')
    }
  }
  return new Promise(() => {})
}

async function exchange(
  world: World,
  server: oauth.AuthorizationServer,
  arrival: Arrival,
  { state, verifier }: { state: string; verifier: string },
): Promise<TokenReply> {
  try {
    const parameters = oauth.validateAuthResponse(server, client, arrival.parameters, state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      clientAuthentication,
      parameters,
      arrival.redirectUri,
      verifier,
      callOptions(world, server.issuer),
    )
    const reply = readTokenReply(await oauth.processAuthorizationCodeResponse(server, client, response))
    await arrival.answer('You are signed in. You can close this page and go back to the terminal.', true)
    return reply
  } catch (error) {
    const reason = await readFailure(error, server.issuer)
    await arrival.answer(`The sign-in did not work: ${reason.message}`, false)
    throw reason
  }
}

async function readFailure(error: unknown, address: string): Promise<LatchError> {
  if (error instanceof oauth.AuthorizationResponseError) {
    return error.error === 'access_denied'
      ? new LatchError('sign_in_refused')
      : troubleError(
          { kind: 'refused', code: error.error, description: error.error_description ?? '' },
          address,
          error,
        )
  }
  if (error instanceof oauth.OperationProcessingError && error.code === oauth.INVALID_RESPONSE) {
    return new LatchError('server_refused', {
      sentence: 'the browser brought back an answer of another server.',
      hint: 'Nothing was stored. Run latch login again.',
      cause: error,
    })
  }
  return troubleError(await readTrouble(error), address, error)
}
