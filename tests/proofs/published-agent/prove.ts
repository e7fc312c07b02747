import { setTimeout as pause } from 'node:timers/promises'
import { PublishedAgent } from './published-agent.ts'
import { run } from './run.ts'
import {
  answered,
  check,
  endAgentSession,
  helped,
  latch,
  latchLogin,
  leave,
  managed,
  messages,
  messageWith,
  modelOf,
  oneLine,
  owner,
  port,
  refreshes,
  server,
  settings,
  signIn,
  statuses,
  took,
  toText,
  url,
  wait,
  wire,
} from './stage.ts'

/** THE story: gateway sign-in first, then the key helper. Each step returns what was seen. */
const story: Record<string, () => Promise<string>> = {
  'managed settings alone: signed out, it asks for /login': async () => {
    PublishedAgent.manage({ forceLoginMethod: 'gateway', forceLoginGatewayUrl: url })
    const ran = await managed.say('say hi')
    check(ran.code !== 0 && ran.text.includes('/login'), toText(ran))
    return took(ran)
  },
  'it signs in through its own screen, and answers there': async () => {
    const { terminal, outcome } = await signIn()
    await terminal.enter('say hi')
    await terminal.waitFor(/This is the Latchstring sandbox/)
    await leave(terminal)
    return outcome
  },
  'a new process gets a message': async () => {
    wire.take()
    const ran = await managed.say('say hi')
    check(answered(ran), toText(ran))
    return `${took(ran)}, model ${await modelOf(wire.take())}`
  },
  'a published setting takes effect': async () => {
    wire.take()
    await owner.ask('POST', '/v1/organizations/policies/managed_settings', {
      settings: { model: 'sandbox', cleanupPeriodDays: 20 },
    })
    const ran = await managed.say('say hi')
    check(answered(ran), toText(ran))
    const seen = wire.take()
    const model = await modelOf(seen)
    check(model === 'sandbox', `the model asked is ${model}`)
    return `${took(ran)}, settings ${statuses(settings(seen))}, model ${model}`
  },
  'and is kept by its ETag': async () => {
    wire.take()
    const ran = await managed.say('say hi')
    check(answered(ran), toText(ran))
    const seen = wire.take()
    const asked = settings(seen)
    check(
      asked.length > 0 && asked.every(({ status, conditional }) => status === 304 && conditional),
      `settings ${statuses(asked)}, If-None-Match ${asked.map(({ conditional }) => conditional)}`,
    )
    check((await modelOf(seen)) === 'sandbox', 'the setting is gone')
    return `${took(ran)}, settings ${statuses(asked)}`
  },
  'a token near its end is refreshed before the message': async () => {
    const before = managed.credentials()
    if (wait) await pause(Math.max(0, before.expiresAt - Date.now() - 285_000))
    else managed.age(200)
    const left = Math.round((managed.credentials().expiresAt - Date.now()) / 1000)
    wire.take()
    const ran = await managed.say('say hi')
    check(answered(ran), toText(ran))
    const seen = wire.take()
    const after = managed.credentials()
    check(refreshes(seen).length === 1 && after.jwt !== before.jwt, `refreshes: ${statuses(refreshes(seen))}`)
    return `${took(ran)}, ${left} s were left${wait ? ' (waited for)' : ''}; one refresh, ${statuses(refreshes(seen))}`
  },
  'three processes at once with an ended token all succeed': threeAtOnce,
  'and again 31 s later, when nothing earlier is repeated': async () => {
    await pause(31_000)
    return await threeAtOnce()
  },
  'after kill -9 and a new start it is still signed in': async () => {
    await server.kill()
    await server.serve()
    const ran = await managed.say('say hi')
    check(answered(ran), toText(ran))
    managed.age(200)
    wire.take()
    const refreshed = await managed.say('say hi')
    check(answered(refreshed), toText(refreshed))
    return `${took(ran, refreshed)}, the second with a refresh, ${statuses(refreshes(wire.take()))}`
  },
  'started while the server is down it says so, and stays signed in': async () => {
    await server.kill()
    const down = await managed.say('say hi')
    check(down.code !== 0, toText(down))
    await server.serve()
    const up = await managed.say('say hi')
    check(answered(up), toText(up))
    return `${took(down, up)}; down: ${oneLine(down)}`
  },
  'it signs out, and the token is dead': async () => {
    const { jwt } = managed.credentials()
    wire.take()
    const ran = await managed.run('auth', 'logout')
    check(ran.code === 0, toText(ran))
    const revoked = wire.take().filter(({ path }) => path === '/oauth/revoke')
    if (revoked.length === 0) await endAgentSession()
    const { status, headers } = await messageWith(jwt)
    check(status === 401, `revocation ${statuses(revoked)}; the token answers ${status}`)
    const after = await managed.say('say hi')
    check(after.code !== 0 && after.text.includes('/login'), toText(after))
    const how =
      revoked.length === 0
        ? 'THIS VERSION SENDS NO REVOCATION, so the session was ended in the console'
        : `revocation ${statuses(revoked)}`
    return `${took(ran)}, ${how}; the token: 401, x-should-retry ${headers.get('x-should-retry')}`
  },
  'it signs in again; an administrator ends that session': async () => {
    const { terminal } = await signIn()
    await leave(terminal)
    check((await messageWith(managed.credentials().jwt)).status === 200, 'the new token is refused')
    await endAgentSession()
    wire.take()
    const ran = await managed.say('say hi')
    check(ran.code !== 0, toText(ran))
    const seen = wire.take()
    return `${took(ran)}, settings ${statuses(settings(seen))}, messages ${statuses(messages(seen))}: ${oneLine(ran)}`
  },
  'key helper: with latch token as apiKeyHelper it gets a message': async () => {
    PublishedAgent.manage(null)
    await latchLogin()
    helped.configure({
      apiKeyHelper: `${latch} token`,
      env: { ANTHROPIC_BASE_URL: url, CLAUDE_CODE_API_KEY_HELPER_TTL_MS: '60000' },
    })
    wire.take()
    const ran = await helped.say('say hi')
    check(answered(ran), toText(ran))
    const seen = wire.take()
    return `${took(ran)}, messages ${statuses(messages(seen))}, model ${await modelOf(seen)}`
  },
  'key helper, signed out: it says run latch login at once': async () => {
    const out = await run(latch, ['logout'], helped.environment, helped.home)
    check(out.code === 0, toText(out))
    wire.take()
    const ran = await helped.say('say hi')
    const asked = messages(wire.take())
    check(ran.code !== 0 && /run latch login/i.test(ran.text), toText(ran))
    check(ran.seconds <= 3, `it took ${took(ran)}`)
    return `${took(ran)}, messages ${statuses(asked)}: ${oneLine(ran)}`
  },
  'key helper, signed in again: it works again': async () => {
    await latchLogin()
    const ran = await helped.say('say hi')
    check(answered(ran), toText(ran))
    return took(ran)
  },
}

async function threeAtOnce(): Promise<string> {
  managed.age(-60)
  wire.take()
  const runs = await Promise.all(['one', 'two', 'three'].map(words => managed.say(words)))
  for (const ran of runs) check(answered(ran), toText(ran))
  const seen = wire.take()
  return `${took(...runs)}; refreshes ${statuses(refreshes(seen))}; messages ${statuses(messages(seen))}`
}

let done = 0
const link = server.init()
await server.serve()
await wire.listen(port)
try {
  await owner.signIn(link)
  console.log(`      ${(await managed.run('--version')).text}, ${new Date().toISOString().slice(0, 10)}`)
  for (const [step, act] of Object.entries(story)) {
    console.log(`ok    ${step}: ${await act()}`)
    done++
  }
} catch (error) {
  console.log(`FAIL  ${Object.keys(story)[done]}: ${(error as Error).message}`)
}
await server.kill()
console.log(`${done} of ${Object.keys(story).length} steps hold`)
// What is left of the agent ends with this process: it is the first of its process ids.
process.exit(done === Object.keys(story).length ? 0 : 1)
