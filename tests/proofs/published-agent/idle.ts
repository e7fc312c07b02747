import { setTimeout as pause } from 'node:timers/promises'
import { PublishedAgent } from './published-agent.ts'
import {
  answered,
  check,
  leave,
  managed,
  messages,
  owner,
  port,
  refreshes,
  server,
  signIn,
  statuses,
  toText,
  url,
  wire,
} from './stage.ts'
import type { Terminal } from './terminal.ts'
import type { Seen } from './wire-tap.ts'
import { printOf } from './wire-tap.ts'

/**
 * An open terminal of a published agent sits idle with its first tokens in memory, while a sibling process refreshes the
 * credential file that both share. Then somebody types. Which refresh token does the idle process present, and who is
 * still signed in? (docs/decisions/0008-idle-stock-agents.md)
 */
const siblingRefreshes = Number(process.argv[3])
if (!(Number.isInteger(siblingRefreshes) && siblingRefreshes > 0))
  throw new Error('usage: prove.sh FOLDER --idle REFRESHES [--ended]')
/** The access token in the file has ended as well, as after a night. */
const fileEnded = process.argv.includes('--ended')

/** Prints of the refresh tokens in the order in which they came: T1, T2, … */
const generations: string[] = []
const nameOf = (print: string | null) => `T${generations.indexOf(print ?? '') + 1}`
/** What the file holds now. */
function held(): string {
  const print = printOf(managed.credentials().idpRefreshToken)
  if (!generations.includes(print)) generations.push(print)
  return nameOf(print)
}
const toLine = (seen: Seen[]) => {
  const presented = refreshes(seen).map(one => `${nameOf(one.presented)} ${one.status}`)
  return `refreshes ${presented.join(', ') || 'none'}; messages ${statuses(messages(seen)) || 'none'}; the file holds ${held()}`
}
const say = (line: string) => console.log(`      ${line}`)

async function reuses(): Promise<string> {
  type Lines = { data: { event: string; details: { session_ended?: boolean } }[] }
  const { data } = await owner.ask<Lines>('GET', '/v1/organizations/audit_lines')
  const lines = data.filter(({ event }) => /^sessions\.(refresh_|ended)/.test(event))
  return (
    lines.map(({ event, details }) => `${event} ${details.session_ended ?? ''}`.trim()).join(', ') || 'none'
  )
}

/** Types into the idle terminal, and tells what went by and what it answered. */
async function type(terminal: Terminal, words: string): Promise<void> {
  wire.take()
  await terminal.enter(words)
  await pause(15_000)
  const reply = terminal
    .screen()
    .split('\n')
    .findLast(line => line.startsWith('●'))
  say(`idle process, "${words}": ${toLine(wire.take())}; it shows "${reply?.trim()}"`)
}

async function tell(): Promise<void> {
  PublishedAgent.manage({ forceLoginMethod: 'gateway', forceLoginGatewayUrl: url })
  const { terminal } = await signIn()
  const { expiresAt } = managed.credentials()
  say(`signed in: the file holds ${held()}`)
  await terminal.enter('say hi')
  await terminal.waitFor(/This is the Latchstring sandbox/)

  // The sibling comes late, so that what it leaves in the file is still good when the idle process wakes.
  await pause(Math.max(0, expiresAt - Date.now() - 390_000))
  for (let i = 0; i < siblingRefreshes; i++) {
    managed.age(200)
    wire.take()
    const ran = await managed.say('sibling')
    check(answered(ran), toText(ran))
    say(`sibling: ${toLine(wire.take())}`)
  }
  check(generations.length === siblingRefreshes + 1, `the file held ${generations.length} tokens`)

  await pause(Math.max(0, expiresAt - Date.now() - 270_000))
  check(refreshes(wire.take()).length === 0, 'it refreshed while idle')
  if (fileEnded) managed.age(-60)
  await type(terminal, 'are you there')
  await type(terminal, 'and now')
  await leave(terminal)

  managed.age(200)
  wire.take()
  const ran = await managed.say('sibling')
  say(`a new process: ${toLine(wire.take())}`)
  say(`audit: ${await reuses()}`)
  check(answered(ran), toText(ran))
}

let holds = false
const link = server.init()
await server.serve()
await wire.listen(port)
try {
  await owner.signIn(link)
  say(`${(await managed.run('--version')).text}, ${new Date().toISOString().slice(0, 10)}`)
  await tell()
  holds = true
} catch (error) {
  console.log(`FAIL  ${(error as Error).message}`)
}
await server.kill()
console.log(holds ? 'everybody is still signed in' : 'it does not hold')
// What is left of the agent ends with this process: it is the first of its process ids.
process.exit(holds ? 0 : 1)
