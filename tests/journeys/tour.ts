import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { BrowserClient } from '../support/browser-client.ts'
import { freePort } from '../support/running-server.ts'
import { StockAgent } from '../support/stock-agent.ts'

/**
 * `./dev tour`: the whole story without a browser, with the real programs, each step with its outcome. Everything lies in
 * a folder of its own, which goes at the end.
 */
const repository = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'latchstring-tour-'))
const port = await freePort()
const url = `http://localhost:${port}`
mkdirSync(join(folder, 'home'))
const environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: join(folder, 'home'),
  LATCHSTRING_DATA: join(folder, 'data'),
  LATCHSTRING_PORT: String(port),
}

type Program = {
  code: Promise<number>
  firstLine(match: RegExp): Promise<string>
  stop(signal: NodeJS.Signals): Promise<void>
}

/** Starts one of our programs. What it writes is kept, so that a line can be waited for. */
function start(name: 'latch' | 'latchstring', ...args: string[]): Program & { output: string[] } {
  const child = spawn(join(repository, 'bin', name), args, {
    env: environment,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: string[] = []
  const waiting = new Set<() => void>()
  const say = () => {
    for (const look of [...waiting]) look()
  }
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', line => {
      output.push(line)
      say()
    })
  }
  const code = once(child, 'close').then(([status]) => {
    say()
    return (status as number | null) ?? 1
  })
  let ended = false
  void code.then(() => {
    ended = true
    say()
  })
  return {
    output,
    code,
    firstLine: match =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = output.find(line => match.test(line))
          if (found === undefined && !ended) return
          waiting.delete(look)
          if (found === undefined) reject(new Error(`${name} ${args[0]} ended: ${output.join(' / ')}`))
          else resolve(found)
        }
        waiting.add(look)
        look()
      }),
    async stop(signal) {
      child.kill(signal)
      await code
    },
  }
}

/** Runs one of our programs to its end. */
async function run(name: 'latch' | 'latchstring', ...args: string[]) {
  const program = start(name, ...args)
  return { code: await program.code, text: program.output.join('\n') }
}

function check(truth: boolean, otherwise: string): asserts truth {
  if (!truth) throw new Error(otherwise)
}

let server: ReturnType<typeof start> | undefined
const owner = new BrowserClient(url)
const agent = new StockAgent(url)
let setupLink = ''
let token = ''
let requestId = ''

const send = (path: string, body: unknown, credential = token) =>
  fetch(url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${credential}`,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    },
    body: JSON.stringify(body),
  })
const hello = { model: 'sandbox', max_tokens: 100, messages: [{ role: 'user', content: 'Say hello.' }] }

/** THE story. Each step returns its outcome in a few words. */
const story: Record<string, () => Promise<string>> = {
  'latchstring serve prints a set-up link': async () => {
    const began = performance.now()
    server = start('latchstring', 'serve')
    const line = await server.firstLine(/http:\/\/localhost:\d+\/setup#token=/)
    setupLink = line.slice(line.indexOf('http'))
    return `after ${Math.round(performance.now() - began)} ms`
  },
  'the set-up link makes the organisation and its owner': async () => {
    const given = {
      token: setupLink.split('#token=')[1],
      organization_name: 'Acme',
      email: 'ada@acme.test',
      name: 'Ada',
    }
    const made = await owner.ask<{ next: string }>('POST', '/v1/sign_in/setup', given)
    check(made.next === 'mail_sent', `next is ${made.next}`)
    const again = await new BrowserClient(url).send('POST', '/v1/sign_in/setup', given)
    check(again.status === 410 || again.status === 409, `a second use answers ${again.status}`)
    return `and does nothing a second time (${again.status})`
  },
  'the mailed link signs the owner in': async () => {
    const { data } = await owner.ask<{ data: { text: string }[] }>('GET', '/v1/sign_in/outbox')
    const link = /http:\S+#token=\S+/.exec(data[0]?.text ?? '')?.[0]
    check(link !== undefined, 'no link in the outbox')
    await owner.signIn(link)
    const { user } = await owner.ask<{ user: { role: string } }>('GET', '/v1/organizations/sessions/current')
    return `as ${user.role}`
  },
  'latch login --device shows a code, the owner approves it': async () => {
    const login = start('latch', 'login', url, '--device')
    const line = await login.firstLine(/[A-Z]{4}-[A-Z]{4}/)
    const user_code = /[A-Z]{4}-[A-Z]{4}/.exec(line)?.[0]
    const asking = await owner.ask<{ address: string; client: string }>('POST', '/v1/oauth/device', {
      user_code,
    })
    await owner.ask('POST', '/v1/oauth/device/decide', { user_code, approve: true })
    check((await login.code) === 0, login.output.join(' / '))
    return `${asking.client} asked from ${asking.address}`
  },
  'latch token prints a token, latch status says whose': async () => {
    const printed = await run('latch', 'token')
    token = printed.text.trim()
    check(printed.code === 0 && token.split('.').length === 3, printed.text)
    const status = await run('latch', 'status')
    check(status.code === 0 && status.text.includes('ada@acme.test'), status.text)
    return `${token.length} characters, ada@acme.test`
  },
  'latch exec runs a command with the credential': async () => {
    const ran = await run(
      'latch',
      'exec',
      '--',
      'sh',
      '-c',
      'echo "$ANTHROPIC_BASE_URL $(printf %s "$ANTHROPIC_AUTH_TOKEN" | wc -c)"',
    )
    check(ran.code === 0 && ran.text.includes(url), ran.text)
    return ran.text.trim()
  },
  'the gateway answers a message as JSON': async () => {
    const response = await send('/v1/messages', hello)
    const message = (await response.json()) as { usage?: { output_tokens: number }; model?: string }
    check(response.status === 200 && message.usage !== undefined, JSON.stringify(message))
    requestId = response.headers.get('request-id') ?? ''
    return `${message.model}, ${message.usage.output_tokens} tokens, ${requestId}`
  },
  'and as a stream, counts tokens, lists models, answers HEAD /': async () => {
    const stream = await (await send('/v1/messages?beta=true', { ...hello, stream: true })).text()
    check(stream.includes('event: message_stop'), stream)
    const counted = (await (await send('/v1/messages/count_tokens', hello)).json()) as {
      input_tokens: number
    }
    check(counted.input_tokens > 0, JSON.stringify(counted))
    const models = (await (await fetch(`${url}/v1/models`, { headers: { 'x-api-key': token } })).json()) as {
      data: unknown[]
    }
    const head = await fetch(url, { method: 'HEAD' })
    check(head.status === 200, `HEAD / is ${head.status}`)
    return `${stream.match(/^event:/gm)?.length} events, ${counted.input_tokens} tokens, ${models.data.length} models`
  },
  'the home page shows the call, and the audit its line': async () => {
    const { data } = await owner.ask<{
      data: { request_id: string; user: { email: string }; model: string; output_tokens: number }[]
    }>('GET', '/v1/organizations/usage/calls')
    const call = data.find(one => one.request_id === requestId)
    check(call !== undefined && call.user.email === 'ada@acme.test', JSON.stringify(data))
    const line = await until(async () => {
      const lines = await owner.ask<{ data: { title: string }[] }>(
        'GET',
        `/v1/organizations/audit_lines?request_id=${requestId}`,
      )
      return lines.data[0]
    })
    return `${call.user.email}, ${call.model}, ${call.output_tokens} tokens; "${line.title}"`
  },
  'a stock agent signs in without a client_id': async () => {
    await agent.discover()
    const { user_code = '', device_code = '' } = await agent.beginSignIn()
    const pending = await agent.poll(device_code)
    check(pending.body['error'] === 'authorization_pending', JSON.stringify(pending.body))
    await owner.ask('POST', '/v1/oauth/device/decide', { user_code, approve: true })
    const signedIn = await until(async () =>
      (await agent.poll(device_code)).status === 200 ? agent.tokens : undefined,
    )
    return `as ${signedIn.email}, for ${signedIn.expires_in} s`
  },
  'it gets managed settings, unchanged ones as 304': async () => {
    const none = await agent.settings()
    check(none.status === 404, `before anything is published: ${none.status}`)
    await owner.ask('POST', '/v1/organizations/policies/managed_settings', {
      settings: { cleanupPeriodDays: 20 },
    })
    const first = await agent.settings()
    const same = await agent.settings(first.headers.get('etag') ?? '')
    check(first.status === 200 && same.status === 304, `${first.status}, then ${same.status}`)
    return `404, then 200, then ${same.status}`
  },
  'three of its processes refresh with one token at once': async () => {
    const token = agent.tokens?.refresh_token
    const answers = await Promise.all([agent.refresh(token), agent.refresh(token), agent.refresh(token)])
    check(
      answers.every(answer => answer.status === 200),
      JSON.stringify(answers.map(answer => answer.body)),
    )
    const successors = new Set(answers.map(answer => answer.body['refresh_token']))
    check(successors.size === 1, `${successors.size} successors`)
    return 'all get the same successor'
  },
  'after kill -9 and a new start both are still signed in': async () => {
    await server?.stop('SIGKILL')
    const began = performance.now()
    server = start('latchstring', 'serve')
    await server.firstLine(/serves at/)
    const ready = Math.round(performance.now() - began)
    const refreshed = await agent.refresh()
    const message = await agent.message()
    await message.text()
    check(refreshed.status === 200 && message.status === 200, `${refreshed.status}, ${message.status}`)
    const again = await send('/v1/messages', hello)
    await again.text()
    check(again.status === 200, `latch's token: ${again.status}`)
    return `ready after ${ready} ms`
  },
  'signing out is final at the next request': async () => {
    const out = await run('latch', 'logout')
    check(out.code === 0, out.text)
    const refused = await send('/v1/messages', hello)
    await refused.text()
    check(refused.status === 401 && refused.headers.get('x-should-retry') === 'false', `${refused.status}`)
    const token = await run('latch', 'token')
    check(token.code === 4, `latch token ends with ${token.code}`)
    await agent.signOut()
    check((await agent.message()).status === 401, 'the stock agent still gets in')
    return '401, x-should-retry: false; latch token ends with 4'
  },
}

/** Asks until there is an answer; gives up after ten seconds. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error('no answer within ten seconds')
    await new Promise(resolve => setTimeout(resolve, 250))
  }
}

let failed = 0
let done = 0
try {
  for (const [step, act] of Object.entries(story)) {
    const outcome = await act()
    done++
    console.log(`ok    ${step}: ${outcome}`)
  }
} catch (error) {
  failed++
  console.log(`FAIL  ${Object.keys(story)[done]}: ${(error as Error).message}`)
  if (server !== undefined) console.error(server.output.slice(-5).join('\n'))
} finally {
  await server?.stop('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${done} of ${Object.keys(story).length} steps hold`)
process.exitCode = failed === 0 ? 0 : 1
