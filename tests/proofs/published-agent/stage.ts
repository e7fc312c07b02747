import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BrowserClient } from '../../support/browser-client.ts'
import { agreeable, PublishedAgent } from './published-agent.ts'
import type { Ran } from './run.ts'
import { ServerProgram } from './server-program.ts'
import type { Terminal } from './terminal.ts'
import type { Seen } from './wire-tap.ts'
import { WireTap } from './wire-tap.ts'

/** Started by prove.sh, in the world it makes. A published agent runs nowhere else. */
const { WORLD: world = '', AGENT: installed = '', PATH = '', HOME = '', TMPDIR = '', LANG = '' } = process.env
if (
  Object.keys(networkInterfaces()).some(name => name !== 'lo') ||
  !HOME.startsWith(`${world}/`) ||
  statSync('/etc/claude-code').dev === statSync('/etc').dev
)
  throw new Error('start tests/proofs/published-agent/prove.sh instead: it keeps the agent to itself')

export const port = 4180
export const url = `http://localhost:${port}`
export const latch = join(import.meta.dirname, '../../../bin/latch')
export const wait = process.argv.includes('--wait')

const inherited = { PATH, LANG, TMPDIR, TZ: 'UTC' }
export const server = new ServerProgram({
  ...inherited,
  HOME,
  LATCHSTRING_URL: url,
  LATCHSTRING_PORT: String(port + 1),
  LATCHSTRING_DATA: join(world, 'data'),
  LATCHSTRING_ACCESS_TOKEN_SECONDS: '600',
})
export const wire = new WireTap(port + 1)
export const owner = new BrowserClient(url)
export const managed = new PublishedAgent(installed, join(world, 'managed'), inherited)
export const helped = new PublishedAgent(installed, join(world, 'helped'), inherited)

export function check(truth: boolean, otherwise: string): asserts truth {
  if (!truth) throw new Error(otherwise)
}

export const answered = ({ code, text }: Ran) =>
  code === 0 && text.includes('This is the Latchstring sandbox')
export const toText = ({ code, text }: Ran) => `ended with ${code}: ${text}`
export const oneLine = ({ text }: Ran) => text.replace(/\s*\n\s*/g, ' / ')
export const took = (...runs: Ran[]) => `${runs.map(({ seconds }) => seconds.toFixed(1)).join(', ')} s`
export const refreshes = (seen: Seen[]) => seen.filter(({ grant }) => grant === 'refresh_token')
export const messages = (seen: Seen[]) => seen.filter(({ path }) => path.startsWith('/v1/messages'))
export const settings = (seen: Seen[]) => seen.filter(({ path }) => path === '/managed/settings')
export const statuses = (seen: Seen[]) => seen.map(({ status }) => status).join(', ')

async function approve(user_code: string | undefined): Promise<void> {
  check(user_code !== undefined, 'no code on the screen')
  await owner.ask('POST', '/v1/oauth/device/decide', { user_code, approve: true })
}

const userCode = /\b[A-Z]{4}-[A-Z]{4}\b/
/** Its prompt, signed in; or nothing: 2.1.197 ends after a sign-in that brought settings. */
const promptOrEnd = /^$|^(?![\s\S]*Not logged in)[\s\S]*(\? for shortcuts|shift\+tab to cycle)/

/** From the program's start to its prompt, with whatever it asks on the way. */
export async function signIn(): Promise<{ terminal: Terminal; outcome: string }> {
  wire.take()
  const began = performance.now()
  let terminal = managed.open()
  let screen = await terminal.waitFor(/\b[A-Z]{4}-[A-Z]{4}\b|^$/, agreeable)
  const ended = screen === ''
  if (ended) {
    // Older versions end in their first-run screens when the vendor cannot be reached.
    managed.skipFirstRun()
    terminal = managed.open()
    screen = await terminal.waitFor(userCode, agreeable)
  }
  await wire.waitFor('/oauth/token')
  await approve(userCode.exec(screen)?.[0])
  await terminal.waitFor(promptOrEnd, agreeable)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const seen = wire.take().filter(({ userAgent }) => userAgent !== 'node')
  return {
    terminal,
    outcome: [
      `${seconds} s from start to prompt`,
      `as ${managed.credentials().email ?? '(no e-mail kept)'}`,
      ...(ended ? ['its first-run screens end without the vendor, so they were skipped'] : []),
      seen.map(({ method, path, status }) => `${method} ${path} ${status}`).join(', '),
      `User-Agent ${[...new Set(seen.map(({ userAgent }) => userAgent))].join(', ')}`,
    ].join('; '),
  }
}

export async function leave(terminal: Terminal): Promise<void> {
  if (terminal.screen() === '') return
  await terminal.enter('/exit')
  await terminal.waitFor(/^$/)
}

/** `latch login --device` in the developer's home, approved by the owner. */
export async function latchLogin(): Promise<void> {
  const login = spawn(latch, ['login', url, '--device'], { env: helped.environment, stdio: 'pipe' })
  let said = ''
  const hear = (piece: Buffer) => {
    const known = userCode.test(said)
    said += piece
    const code = userCode.exec(said)?.[0]
    if (!known && code !== undefined) void approve(code)
  }
  login.stdout.on('data', hear)
  login.stderr.on('data', hear)
  const [code] = (await once(login, 'close')) as [number]
  check(code === 0, `latch login ended with ${code}: ${said}`)
}

/** Ends the one session that an agent has. */
export async function endAgentSession(): Promise<void> {
  type Sessions = { data: { id: string; kind: string }[] }
  const { data } = await owner.ask<Sessions>('GET', '/v1/organizations/sessions')
  const [agent, ...others] = data.filter(({ kind }) => kind === 'agent')
  check(agent !== undefined && others.length === 0, `${data.length} sessions`)
  await owner.ask('DELETE', `/v1/organizations/sessions/${agent.id}`)
}

export async function messageWith(token: string): Promise<Response> {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'sandbox',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'still?' }],
    }),
  })
  await response.text()
  return response
}

/** The model of the last message that went by, as the server recorded it for the owner. */
export async function modelOf(seen: Seen[]): Promise<string> {
  const id = messages(seen).at(-1)?.requestId
  type Calls = { data: { request_id: string; model: string; user: { email: string } }[] }
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await pause(100)) {
    const { data } = await owner.ask<Calls>('GET', '/v1/organizations/usage/calls')
    const call = data.find(one => one.request_id === id && one.user.email === 'ada@acme.test')
    if (call !== undefined) return call.model
  }
  throw new Error(`call ${id} is not shown`)
}
