import { EventEmitter } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AuthorizationServerPeer } from '../../../../tests/support/authorization-server-peer.ts'
import { findCredential } from '../chain.ts'
import { accountName } from '../configuration.ts'
import { readAccount } from '../store/vault.ts'
import { type TemporaryWorld, temporaryWorld } from '../testing/temporary-world.ts'
import { planPoll } from './device.ts'
import { type LoginTelling, login } from './login.ts'
import type { LoopbackAddresses } from './loopback.ts'

let world: TemporaryWorld
let peer: AuthorizationServerPeer
beforeEach(async () => {
  peer = await AuthorizationServerPeer.start()
  // Containers sign in by code; where the choice matters is tested beside chooseWay.
  world = temporaryWorld({ platform: 'darwin', stdin: terminal(), stderr: { isTTY: true, write: () => {} } })
})
afterEach(async () => {
  world.remove()
  await peer.close()
})

function terminal(...lines: string[]) {
  return {
    isTTY: true,
    async *lines() {
      yield* lines
      await new Promise(() => {})
    },
  }
}

const silent: LoginTelling = { device: () => {}, loopback: () => {} }
const browsing = (visit: (addresses: LoopbackAddresses) => void): LoginTelling => ({
  ...silent,
  loopback: visit,
})
const asked = (more: object = {}) => ({ address: peer.address, device: false, noBrowser: true, ...more })
const signedIn = async () => peer.accepts((await findCredential(world)).secret)

test('by the browser: approved there, stored here, and the page says so', async () => {
  let page: Promise<string> | undefined
  const telling = browsing(({ here }) => {
    page = fetch(here).then(response => response.text())
  })
  expect(await login(world, asked(), telling)).toEqual({ address: peer.address, email: 'ada@acme.test' })
  expect(await page).toMatch(/You are signed in\. You can close this page/)
  expect(await signedIn()).toBe(true)
})

test('the browser is opened with the address alone, and no secret is in it', async () => {
  const opened: string[][] = []
  const spawn: TemporaryWorld['spawn'] = (command, parameters) => {
    opened.push([command, ...parameters])
    void fetch(parameters[0] ?? '')
    const child = Object.assign(new EventEmitter(), { unref: () => {} })
    queueMicrotask(() => child.emit('spawn'))
    return child as never
  }
  await login({ ...world, now: world.now, spawn }, asked({ noBrowser: false }), silent)
  const [command = '', address = '', ...rest] = opened[0] ?? []
  expect([command, rest]).toEqual(['open', []])
  expect([...new URL(address).searchParams.keys()].sort()).toEqual(
    [
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
    ].sort(),
  )
  expect(new URL(address).searchParams.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
})

/** Goes through the browser part and returns where it would have ended. */
async function backFrom(address: string): Promise<URL> {
  return new URL((await fetch(address, { redirect: 'manual' })).headers.get('location') ?? '')
}

test.each(['code.state', 'the whole address', 'the callback that could not load'])(
  'by a pasted code: %s',
  async form => {
    let paste: (line: string) => void = () => {}
    const pasted = new Promise<string>(resolve => {
      paste = resolve
    })
    const said: string[] = []
    const racing: TemporaryWorld = {
      ...world,
      now: world.now,
      stderr: { isTTY: true, write: text => void said.push(text) },
      stdin: {
        isTTY: true,
        async *lines() {
          yield 'nonsense'
          yield 'code.of-another-sign-in'
          yield await pasted
        },
      },
    }
    const telling = browsing(async ({ here, elsewhere }) => {
      const back = await backFrom(form.startsWith('the callback') ? here : elsewhere)
      const { code, state } = Object.fromEntries(back.searchParams)
      paste(form === 'code.state' ? `${code}.${state}` : back.href)
    })
    await login(racing, asked(), telling)
    expect(await signedIn()).toBe(true)
    expect(said.filter(text => text.includes('not a code of this sign-in'))).toHaveLength(2)
  },
)

test('a foreign callback is refused and does not end the sign-in', async () => {
  const answers: number[] = []
  const telling = browsing(async ({ here }) => {
    const callback = new URL(here).searchParams.get('redirect_uri') ?? ''
    const status = async (address: string, init?: RequestInit) =>
      answers.push((await fetch(address, init)).status)
    await status(`${callback}?code=evil&state=wrong`)
    await status(callback.replace('/callback', '/other'))
    await status(callback.replace('127.0.0.1', 'localhost')).catch(() => answers.push(400))
    await status(callback, { method: 'POST' })
    await fetch(here)
  })
  await login(world, asked(), telling)
  expect(answers).toEqual([400, 404, 400, 404])
  expect(await signedIn()).toBe(true)
})

test('an answer of another issuer is refused', async () => {
  let page: Promise<string> | undefined
  const telling = browsing(({ here }) => {
    page = backFrom(here).then(async back => {
      back.searchParams.set('iss', 'https://evil.test')
      return (await fetch(back)).text()
    })
  })
  await expect(login(world, asked(), telling)).rejects.toThrow(
    /an answer of another server\. Nothing was stored/,
  )
  expect(await page).toMatch(/did not work/)
})

test('refused in the browser: said so, nothing stored', async () => {
  peer.approveAtOnce = false
  const refused = login(
    world,
    asked(),
    browsing(({ here }) => void fetch(here)),
  )
  await expect(refused).rejects.toMatchObject({ code: 'sign_in_refused', exit: 1 })
  expect(readAccount(world, accountName(peer.address))).toBeUndefined()
})

test('nobody comes back: it ends after ten minutes', async () => {
  const impatient = { ...world, now: world.now, sleep: async () => {} }
  await expect(login(impatient, asked(), silent)).rejects.toMatchObject({ code: 'sign_in_expired' })
})

test('by code: pending, slower, through a broken network, approved', async () => {
  peer.approveAtOnce = false
  const shown: unknown[] = []
  const token = '/oauth/token'
  peer.fault(
    token,
    { do: 'answer', status: 400, body: { error: 'authorization_pending' } },
    { do: 'answer', status: 400, body: { error: 'slow_down' } },
    { do: 'lose_request' },
    { do: 'answer', status: 503, body: 'down' },
    { do: 'answer', status: 400, body: { error: 'authorization_pending' } },
  )
  const telling: LoginTelling = {
    ...silent,
    device(code) {
      shown.push(code)
      peer.decideDevices('approved')
    },
  }
  await login(world, asked({ device: true }), telling)
  expect(shown).toEqual([
    {
      userCode: 'WDJB-MJHT',
      address: `${peer.address}/device`,
      completeAddress: `${peer.address}/device?user_code=WDJB-MJHT`,
      expiresAt: expect.any(Number),
    },
  ])
  expect(world.sleeps.map(milliseconds => milliseconds / 1000)).toEqual([5, 5, 10, 20, 40, 40])
  expect(await signedIn()).toBe(true)
})

test.each([
  ['denied', 'sign_in_refused'],
  ['expired', 'sign_in_expired'],
  ['pending', 'sign_in_expired'],
] as const)('by code: %s ends it with words, and nothing is stored', async (decision, code) => {
  peer.approveAtOnce = false
  const telling: LoginTelling = { ...silent, device: () => peer.decideDevices(decision) }
  await expect(login(world, asked({ device: true }), telling)).rejects.toMatchObject({ code, exit: 1 })
  expect(readAccount(world, accountName(peer.address))).toBeUndefined()
})

test('polling keeps the server’s pace and knows its end', () => {
  const at = (code: string) => planPoll({ kind: 'refused', code, description: '' }, 5, 'https://a.test')
  expect(at('authorization_pending')).toEqual({ do: 'wait', intervalSeconds: 5 })
  expect(at('slow_down')).toEqual({ do: 'wait', intervalSeconds: 10 })
  expect(at('access_denied')).toMatchObject({ do: 'stop', error: { code: 'sign_in_refused' } })
  expect(at('expired_token')).toMatchObject({ do: 'stop', error: { code: 'sign_in_expired' } })
  expect(at('invalid_client')).toMatchObject({ do: 'stop', error: { code: 'server_refused' } })
  expect(planPoll({ kind: 'unreachable', reason: '' }, 50, 'https://a.test')).toEqual({
    do: 'wait',
    intervalSeconds: 60,
  })
})

test('a store that cannot be written is found before the server is asked anything', async () => {
  writeFileSync(path.join(world.home, 'Library'), 'a file where a folder should be')
  await expect(login(world, asked(), silent)).rejects.toMatchObject({ code: 'store_unavailable', exit: 5 })
  expect(peer.requests).toEqual([])
})

test('the address is remembered; without one it is asked for', async () => {
  const nothing = { address: undefined, device: true, noBrowser: true }
  await expect(login(world, nothing, silent)).rejects.toMatchObject({ code: 'address_missing', exit: 2 })
  await login(world, asked({ device: true }), silent)
  expect(await login(world, nothing, silent)).toMatchObject({ address: peer.address })
})

test.each([
  [
    'another name',
    { issuer: 'https://real.example.com' },
    'server_named_otherwise',
    /run: latch login https:\/\/real\.example\.com/,
  ],
  ['no token endpoint', { token_endpoint: undefined }, 'server_unknown', /no Latchstring server answers at/],
  [
    'an unencrypted endpoint',
    { token_endpoint: 'http://evil.test/token' },
    'address_refused',
    /not encrypted/,
  ],
  [
    'an endpoint of a strange kind',
    { authorization_endpoint: 'file:///bin/sh' },
    'address_refused',
    /not encrypted/,
  ],
  ['no sign-in by browser', { authorization_endpoint: undefined }, 'server_refused', /latch login --device/],
] as const)('a server with %s is refused in words', async (_name, discovery, code, words) => {
  peer.discovery = discovery
  await expect(login(world, asked(), silent)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(words),
  })
})

test('an address where something else answers is told apart from one where nothing does', async () => {
  const path = '/.well-known/oauth-authorization-server'
  peer.fault(path, { do: 'answer', status: 404, body: 'no' })
  await expect(login(world, asked(), silent)).rejects.toMatchObject({ code: 'server_unknown', exit: 1 })
  peer.fault(path, { do: 'answer', status: 200, body: '<h1>Shop</h1>' })
  await expect(login(world, asked(), silent)).rejects.toMatchObject({ code: 'server_unknown', exit: 1 })
  peer.fault(path, { do: 'answer', status: 502, body: 'proxy' })
  await expect(login(world, asked(), silent)).rejects.toMatchObject({ code: 'server_trouble', exit: 6 })
  await peer.close()
  await expect(login(world, asked(), silent)).rejects.toThrow(
    /cannot be reached: nothing listens there \(ECONNREFUSED\)\. Check/,
  )
})

test('a token that could not be renewed is not taken for a sign-in', async () => {
  peer.fault('/oauth/token', {
    do: 'answer',
    status: 200,
    body: { access_token: 'a', token_type: 'bearer', expires_in: 60 },
  })
  await expect(login(world, asked({ device: true }), silent)).rejects.toThrow(/cannot be renewed/)
  expect(existsSync(path.join(world.home, '.config'))).toBe(false)
})
