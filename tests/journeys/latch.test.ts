import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findCredential } from '@latchstring/client/chain'
import { accountName } from '@latchstring/client/configuration'
import { login } from '@latchstring/client/login/login'
import { logout } from '@latchstring/client/logout'
import { readAccount, writeAccount } from '@latchstring/client/store/vault'
import { temporaryWorld } from '@latchstring/client/testing/temporary-world'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildLatch, runLatch, startLatch } from '../../packages/cli/src/testing/built-latch.ts'
import type { BrowserClient } from '../support/browser-client.ts'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/** The built `latch` and the real server: both ends of one login. */
let server: TestServer
let built: ReturnType<typeof buildLatch>

beforeAll(async () => {
  server = await startTestServer()
  built = buildLatch()
})
afterAll(async () => {
  await server?.stop()
  built?.remove()
})

/** Signs in by device code; the owner approves as soon as the code shows. */
async function signInByCode(home: string): Promise<number> {
  const child = startLatch(built.file, ['login', server.url, '--device'], { home })
  const closed = new Promise<number>(resolve => child.on('close', resolve))
  let said = ''
  const code = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', chunk => {
      said += chunk
      const shown = /[A-Z]{4}-[A-Z]{4}/.exec(said)?.[0]
      if (shown !== undefined) resolve(shown)
    })
    child.on('close', () => reject(new Error(said)))
  })
  await server.owner.ask('POST', '/v1/oauth/device/decide', { user_code: code, approve: true })
  return await closed
}

describe('by device code', () => {
  const world = temporaryWorld()
  const run = (...args: string[]) => runLatch(built.file, args, { home: world.home })
  const ask = `fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', {
    method: 'POST',
    headers: { authorization: 'Bearer ' + process.env.ANTHROPIC_AUTH_TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sandbox', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] }),
  }).then(reply => console.log(reply.status))`

  it('signs in, says who, and runs a command that calls a model', async () => {
    expect(await signInByCode(world.home)).toBe(0)
    expect((await run('status')).stdout).toContain('owner@acme.test')
    expect((await run('exec', '--', process.execPath, '-e', ask)).stdout.trim()).toBe('200')
  })

  it('loses no login when it is killed in the middle of a renewal, wherever that is', async () => {
    const name = accountName(server.url)
    const expire = () => {
      const stored = readAccount(world, name)
      if (stored === undefined) throw new Error('signed out')
      writeAccount(world, name, { ...stored.record, issuedAt: 0, expiresAt: 1 }, stored.generation)
    }
    const counting = [
      '--require',
      join(import.meta.dirname, '../../packages/cli/src/testing/counted-steps.cjs'),
    ]
    const token = (env: Record<string, string>) =>
      runLatch(built.file, ['token'], { home: world.home, env, nodeOptions: counting })
    expire()
    await token({ STEPS_FILE: join(world.home, 'steps') })
    const points = Number(readFileSync(join(world.home, 'steps'), 'utf8'))
    expect(points).toBeGreaterThan(20)
    for (let point = 1; point <= points; point += 6) {
      expire()
      await token({ KILL_AT_STEP: String(point) })
      world.clock = Date.now()
      expect([point, (await findCredential(world)).kind]).toEqual([point, 'token'])
    }
  })

  it('signs out on the server too; the token is refused at the next request', async () => {
    const { secret } = await findCredential(world)
    expect((await run('logout')).code).toBe(0)
    const refused = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
    expect(refused.status).toBe(401)
    const after = await run('token')
    expect([after.code, after.stdout, after.stderr.trim().split('\n').length]).toEqual([4, '', 1])
    expect(after.stderr).toContain('latch login')
  })
})

/** Goes where a browser would go, approves on our page, and stops where the program takes over. */
async function approve(owner: BrowserClient, start: string): Promise<URL> {
  let at = start
  for (let hops = 0; hops < 8; hops++) {
    const { location } = await owner.follow(at)
    const next = new URL(location ?? '', at)
    if (next.pathname === '/callback' || next.pathname === '/paste') return next
    const uid = /\/authorize\/([^/]+)$/.exec(next.pathname)?.[1]
    if (uid === undefined || next.pathname.startsWith('/oauth/')) at = next.href
    else {
      const path = `/v1/oauth/interactions/${uid}`
      at = (await owner.ask<{ redirect_to: string }>('POST', path, { approve: true })).redirect_to
    }
  }
  throw new Error('too many hops')
}

describe.each(['here', 'elsewhere'] as const)('by browser, %s', which => {
  it('signs in, and signs out', async () => {
    const pasted = Promise.withResolvers<string>()
    const world = temporaryWorld({
      platform: 'darwin',
      stdin: {
        isTTY: true,
        async *lines() {
          yield await pasted.promise
        },
      },
      stderr: { isTTY: true, write: () => {} },
    })
    await login(
      world,
      { address: server.url, device: false, noBrowser: true },
      {
        device: () => {},
        async loopback(ways) {
          const back = await approve(server.owner, ways[which])
          if (which === 'here') await (await fetch(back)).text()
          else pasted.resolve(`${back.searchParams.get('code')}.${back.searchParams.get('state')}`)
        },
      },
    )
    expect((await findCredential(world)).kind).toBe('token')
    expect((await logout(world, false))?.revoked).toBe(true)
  })
})
