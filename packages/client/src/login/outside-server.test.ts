import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { findCredential } from '../chain.ts'
import { accountName } from '../configuration.ts'
import { logout } from '../logout.ts'
import { readAccount } from '../store/vault.ts'
import { type OutsideServer, startOutsideServer } from '../testing/outside-server.ts'
import { type TemporaryWorld, temporaryWorld } from '../testing/temporary-world.ts'
import { login } from './login.ts'

let server: OutsideServer
let world: TemporaryWorld
beforeAll(async () => {
  server = await startOutsideServer()
})
afterAll(() => server.close())
beforeEach(() => {
  world = temporaryWorld({
    platform: 'darwin',
    stdin: { isTTY: true, lines: () => nothingTyped },
    stderr: { isTTY: true, write: () => {} },
  })
})
afterEach(() => world.remove())

const nothingTyped: AsyncIterable<string> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
}

/** A browser as far as it is needed: it follows redirects and keeps cookies. */
async function browse(address: string): Promise<number> {
  const jar = new Map<string, string>()
  for (let at = address, hops = 0; hops < 10; hops++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(at, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? []
      jar.set(name, value)
    }
    const location = response.headers.get('location')
    if (!location) return response.status
    at = new URL(location, at).href
  }
  throw new Error('too many redirects')
}

async function renewsAndSignsOut() {
  const first = await findCredential(world)
  world.clock += 3_600_000
  const second = await findCredential(world)
  expect(second.secret).not.toBe(first.secret)
  expect(await logout(world, false)).toMatchObject({ revoked: true })
  expect(readAccount(world, accountName(server.address))).toBeUndefined()
}

test('a server of other make: browser sign-in, renewal, sign-out', async () => {
  let page: Promise<number> | undefined
  const loopback = ({ here }: { here: string }) => {
    page = browse(here)
  }
  await login(
    world,
    { address: server.address, device: false, noBrowser: true },
    { device: () => {}, loopback },
  )
  expect(await page).toBe(200)
  await renewsAndSignsOut()
})

test('a server of other make: sign-in by code, renewal, sign-out', async () => {
  let approved: Promise<void> | undefined
  const device = ({ userCode }: { userCode: string }) => {
    approved = server.approve(userCode)
  }
  await login(
    world,
    { address: server.address, device: true, noBrowser: true },
    { device, loopback: () => {} },
  )
  await approved
  await renewsAndSignsOut()
})
