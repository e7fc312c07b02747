import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './run.ts'
import type { ServerProgram } from './server-program.ts'
import type { Visitor } from './visitor.ts'

export type Tokens = { access_token: string; refresh_token: string; expires_in: number }

/** `latch` names itself; a stock agent does not. */
export type Client = 'latch' | 'stock'
export const clientFields = (client: Client): Record<string, string> =>
  client === 'latch' ? { client_id: 'latch' } : {}

/** The session that an access token belongs to. */
export function sessionOf({ access_token }: Pick<Tokens, 'access_token'>): string {
  const claims = Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()
  return String((JSON.parse(claims) as { sid?: string }).sid)
}

/** Device flow: an agent asks, somebody approves, the agent collects. */
export async function signInByDevice(
  agent: Visitor,
  approver: Visitor,
  client: Client,
): Promise<{ tokens: Tokens; deviceCode: string; userCode: string }> {
  const asked = await agent.form('/oauth/device_authorization', clientFields(client))
  if (asked.status !== 200) throw new Error(`device authorization: ${asked.status} ${asked.text}`)
  const { device_code, user_code } = JSON.parse(asked.text) as { device_code: string; user_code: string }
  await approver.ask('POST', '/v1/oauth/device/decide', { user_code, approve: true })
  const polled = await agent.form('/oauth/token', {
    ...clientFields(client),
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code,
  })
  if (polled.status !== 200) throw new Error(`device token: ${polled.status} ${polled.text}`)
  return { tokens: JSON.parse(polled.text) as Tokens, deviceCode: device_code, userCode: user_code }
}

/** Authorization code and PKCE (RFC 7636), in the browser of somebody who is signed in. */
export async function signInByCode(
  agent: Visitor,
  browser: Visitor,
): Promise<{ tokens: Tokens; code: string; verifier: string; uid: string }> {
  const verifier = randomBytes(32).toString('base64url')
  const redirect_uri = 'http://127.0.0.1:53111/callback'
  const query = new URLSearchParams({
    ...clientFields('latch'),
    response_type: 'code',
    redirect_uri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'state',
  })
  const begun = await browser.send('GET', `/oauth/authorize?${query}`)
  if (begun.status !== 303) throw new Error(`authorization: ${begun.status} ${begun.text.slice(0, 300)}`)
  const uid = new URL(begun.headers.location ?? '').pathname.split('/').at(-1) ?? ''
  const { redirect_to } = await browser.ask<{ redirect_to: string }>(
    'POST',
    `/v1/oauth/interactions/${uid}`,
    {
      approve: true,
    },
  )
  const sent = await browser.send('GET', new URL(redirect_to).pathname)
  const code = new URL(sent.headers.location ?? '').searchParams.get('code') ?? ''
  const redeemed = await agent.form('/oauth/token', {
    ...clientFields('latch'),
    grant_type: 'authorization_code',
    code,
    redirect_uri,
    code_verifier: verifier,
  })
  if (redeemed.status !== 200) throw new Error(`code token: ${redeemed.status} ${redeemed.text}`)
  return { tokens: JSON.parse(redeemed.text) as Tokens, code, verifier, uid }
}

export const refresh = (agent: Visitor, client: Client, token: string, refreshId?: string) =>
  agent.form('/oauth/token', {
    ...clientFields(client),
    grant_type: 'refresh_token',
    refresh_token: token,
    ...(refreshId === undefined ? {} : { refresh_id: refreshId }),
  })

/** Signs an agent in, by turns by device code and by authorization code: of each the server admits some sixty at once. */
export function signInByTurns(): (
  agent: Visitor,
  browser: Visitor,
) => Promise<{ client: Client; tokens: Tokens }> {
  let turn = 0
  return async (agent, browser) => {
    turn += 1
    if (turn % 2 === 0) return { client: 'latch', tokens: (await signInByCode(agent, browser)).tokens }
    const client = turn % 4 === 1 ? 'stock' : 'latch'
    return { client, tokens: (await signInByDevice(agent, browser, client)).tokens }
  }
}

/** So many links may be asked for at once. */
const mailsAtOnce = 5

/** Makes people members and signs them in by link: by mail while the server sends some, then by links made on its host. */
export function newMembers(server: ServerProgram, owner: Visitor) {
  let count = 0
  return async (): Promise<{ id: string; browser: Visitor; link: string; mailed: boolean }> => {
    count += 1
    const email = `m${count}@acme.test`
    const mailed = count <= mailsAtOnce
    const given = { email, role: 'developer' }
    const { id } = await owner.ask<{ id: string }>('POST', '/v1/organizations/users', given)
    const browser = server.visitor()
    if (mailed) await browser.ask('POST', '/v1/sign_in/links', { email })
    const link = await (mailed ? mailedLink(server, email) : server.command('sign-in-link', email))
    await browser.spendLink(link)
    return { id, browser, link, mailed }
  }
}

/** The link that lands in the outbox folder. */
const mailedLink = (server: ServerProgram, email: string): Promise<string> => {
  const outbox = join(server.dataFolder, 'outbox')
  return until(`mail to ${email}`, () => {
    for (const name of readdirSync(outbox).filter(name => name.startsWith('mail_'))) {
      const mail = JSON.parse(readFileSync(join(outbox, name), 'utf8')) as { to: string; text: string }
      if (mail.to === email) return /http:\S+#token=\S+/.exec(mail.text)?.[0]
    }
    return undefined
  })
}
