import { spawn } from 'node:child_process'
import { BrowserClient } from './browser-client.ts'

/**
 * What a person does on another machine, as a program of its own: opens a sign-in link, lets latch sign in by code,
 * approves it, and calls a model with the token. Prints one line of JSON.
 */
const { url, link, latch, addMember } = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>
if (url === undefined || link === undefined || latch === undefined) throw new Error('url, link and latch')

const browser = new BrowserClient(url)
await browser.signIn(link)
if (addMember !== undefined)
  await browser.ask('POST', '/v1/organizations/users', {
    email: addMember,
    name: addMember,
    role: 'developer',
  })

const login = run(['login', url, '--device'])
const user_code = await login.shows(/[A-Z]{4}-[A-Z]{4}/)
const asking = await browser.ask<{ address: string }>('POST', '/v1/oauth/device', { user_code })
await browser.ask('POST', '/v1/oauth/device/decide', { user_code, approve: true })
const loginCode = await login.code

const printed = run(['token'])
await printed.code
const reply = await fetch(`${url}/v1/messages`, {
  method: 'POST',
  headers: { authorization: `Bearer ${printed.text().trim()}`, 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'sandbox', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] }),
})
const status = run(['status'])
await status.code
const { status: pageStatus, headers } = await browser.send('GET', '/')
process.stdout.write(
  `${JSON.stringify({
    askedFrom: asking.address,
    login: loginCode,
    message: reply.status,
    who: /[\w.]+@[\w.]+/.exec(status.text())?.[0],
    page: pageStatus,
    strict: headers.get('strict-transport-security'),
  })}\n`,
)

function run(args: string[]) {
  const child = spawn(process.execPath, [latch ?? '', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let all = ''
  const looks = new Set<() => void>()
  const code = new Promise<number | null>(resolve => child.once('close', resolve))
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      all += chunk
      for (const look of looks) look()
    })
  return {
    code,
    text: () => all,
    shows: (match: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const found = match.exec(all)?.[0]
          if (found !== undefined) resolve(found)
        }
        looks.add(look)
        look()
        void code.then(() => reject(new Error(all)))
      }),
  }
}
