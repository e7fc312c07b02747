import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inWords, type Prove } from './run.ts'
import { ServerProgram } from './server-program.ts'
import { newMembers, refresh, signInByCode, signInByDevice } from './sign-ins.ts'

const figures = { full: { each: 50 }, small: { each: 3 } }

/** A secret that was handed out or taken in. */
type Given = { kind: string; value: string; mailed: boolean }

/** Kinds whose SHA-256 is kept: that the search finds these shows that it looks in the right place. */
const hashed = new Set([
  'mailed link',
  'link cookie',
  'session cookie',
  'link made on the host',
  'device code',
  'refresh token',
  'refresh id',
  'authorization code',
  'key',
  'admin key',
])

/**
 * Whoever reads the data folder can use nothing of it: links, cookies, codes, tokens, keys and the provider's secret lie
 * there as hashes or sealed. Looked for beside the running server, after kill -9 and after a good end, and in its log.
 */
export const proveNoSecretOnDisk: Prove = async ({ scale }) => {
  const { each } = figures[scale]
  const server = await ServerProgram.make({ LATCHSTRING_LOG: 'debug' })
  try {
    const given = await signInEveryWay(server, each)
    const found = new Map<string, string>()
    let files = 0
    const look = () => {
      const folder = readFolder(server.dataFolder)
      files = Math.max(files, folder.length)
      const log = { name: 'log', bytes: Buffer.from(server.output) }
      for (const { value, where } of search([...folder, log], given)) found.set(value, where)
    }
    look()
    const controls = countHashes(server.dataFolder, given)
    await server.kill()
    look()
    await server.start()
    await server.stop()
    look()
    if (found.size > 0) console.error([...new Set(found.values())].join('\n'))
    return [
      {
        what: `live secrets in the data folder and the log after ${each} sign-ins each by link, device, code and PKCE, refresh, key`,
        figure: `${found.size} of ${inWords(given.length)} secrets in ${files} files (control: ${controls.found} of ${controls.of} hashes found)`,
        limit: `0 (every hash found)`,
        held: found.size === 0 && controls.found === controls.of && controls.of > 0,
      },
    ]
  } finally {
    await server.remove()
  }
}

async function signInEveryWay(server: ServerProgram, each: number): Promise<Given[]> {
  const given: Given[] = []
  const note = (kind: string, value: string) => given.push({ kind, value, mailed: kind === 'mailed link' })
  const secretOf = (link: string) => new URL(link).hash.replace('#token=', '')
  note('admin key', server.adminKey)
  note('master key', readFileSync(`${server.dataFolder}.key`, 'utf8').trim())
  note('link made on the host', secretOf(server.ownerLink))
  const owner = await server.owner()
  const provider = { kind: 'anthropic', secret: `sk-proof-${randomBytes(16).toString('hex')}` }
  await owner.ask('POST', '/v1/organizations/providers', provider)
  note('provider secret', provider.secret)
  const newMember = newMembers(server, owner)
  for (let i = 0; i < each; i++) {
    const { browser, link, mailed } = await newMember()
    note(mailed ? 'mailed link' : 'link made on the host', secretOf(link))
    if (browser.cookieOf('link')) note('link cookie', browser.cookieOf('link') ?? '')
    note('session cookie', browser.cookieOf('session') ?? '')

    const client = i % 2 === 0 ? 'latch' : 'stock'
    const agent = server.visitor()
    const device = await signInByDevice(agent, browser, client)
    note('device code', device.deviceCode)
    note('user code', device.userCode)
    note('user code', device.userCode.replace('-', ''))
    const code = await signInByCode(agent, browser)
    note('authorization code', code.code)
    note('verifier', code.verifier)
    for (const value of browser.cookieValues) note('cookie', value)

    const refreshId = randomBytes(16).toString('base64url')
    note('refresh id', refreshId)
    const renewed = await refresh(agent, 'latch', code.tokens.refresh_token, refreshId)
    for (const tokens of [device.tokens, code.tokens, JSON.parse(renewed.text)]) {
      note('refresh token', tokens.refresh_token)
      note('access token', tokens.access_token)
      note('signature of an access token', tokens.access_token.split('.')[2])
    }

    const key = await browser.ask<{ secret: string }>('POST', '/v1/organizations/api_keys', {
      name: `Key ${i}`,
    })
    note('key', key.secret)
    await agent.ask('POST', '/v1/messages', hello, { 'x-api-key': key.secret })
    const bearer = { authorization: `Bearer ${code.tokens.access_token}` }
    await agent.ask('POST', '/v1/messages', hello, bearer)
    agent.leave()
    browser.leave()
  }
  return given
}

const hello = { model: 'sandbox', max_tokens: 20, messages: [{ role: 'user', content: 'hello' }] }

type Lying = { name: string; bytes: Buffer }

/** Every file, as it lies there now: databases, write-ahead logs, their indexes, locks, mails. */
const readFolder = (folder: string): Lying[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => ({
      name: join(entry.parentPath, entry.name).slice(folder.length + 1),
      bytes: readFileSync(join(entry.parentPath, entry.name)),
    }))

/** A secret as it is and in the codings it might be written in; a mail in the outbox holds its own link. */
function search(files: readonly Lying[], given: readonly Given[]): { value: string; where: string }[] {
  return given.flatMap(({ kind, value, mailed }) => {
    const bytes = Buffer.from(value)
    const forms = [value, bytes.toString('hex'), bytes.toString('base64url').slice(0, -1)]
    return files
      .filter(({ name }) => !(mailed && name.startsWith('outbox')))
      .filter(file => forms.some(form => file.bytes.includes(form)))
      .map(({ name }) => ({ value, where: `${kind} in ${name}` }))
  })
}

function countHashes(folder: string, given: readonly Given[]): { found: number; of: number } {
  const files = readFolder(folder)
  const controls = given.filter(({ kind }) => hashed.has(kind))
  const found = controls.filter(({ kind, value }) => {
    const hash = createHash('sha256').update(value).digest('hex')
    const there = files.some(({ bytes }) => bytes.includes(hash))
    if (!there) console.error(`the hash of a ${kind} is not found`)
    return there
  })
  return { found: found.length, of: controls.length }
}
