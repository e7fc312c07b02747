import { expect } from 'vitest'
import { operator } from '../../audit/service.ts'
import { addMember } from '../../members/service.ts'
import { makeSignInLink } from '../links.ts'
import type { Wrong } from './authenticator.ts'
import { makeAuthenticator } from './authenticator.ts'
import type { Browser, OwnedConsole } from './console.ts'
import { startWithOwner, tokenOf } from './console.ts'

export const passkeys = '/v1/sign_in/passkeys'
export const current = '/v1/organizations/sessions/current'
export const refused = [400, 'passkey_refused']

export type Authenticator = ReturnType<typeof makeAuthenticator>

/** Adds a passkey to the account that a browser is signed in to. */
export async function add(
  browser: Browser,
  authenticator: Authenticator,
  wrong: Wrong = {},
  name = 'Laptop',
) {
  const begun = await browser.post(`${passkeys}/add/begin`)
  expect(begun.status).toBe(200)
  const response = authenticator.make(begun.body.options, wrong)
  return await browser.post(`${passkeys}/add`, { ceremony_id: begun.body.ceremony_id, response, name })
}

/** Signs a browser in by passkey. */
export async function use(
  browser: Browser,
  authenticator: Authenticator,
  wrong: Wrong = {},
  more: object = {},
) {
  const begun = await browser.post(`${passkeys}/begin`)
  expect(begun.status).toBe(200)
  const response = authenticator.use(begun.body.options, wrong)
  return await browser.post(`${passkeys}/use`, { ceremony_id: begun.body.ceremony_id, response, ...more })
}

export async function withPasskey() {
  const server = await startWithOwner()
  const authenticator = makeAuthenticator(server.url)
  const added = await add(server.owner, authenticator)
  expect(added.status).toBe(201)
  return { server, authenticator, added: added.body }
}

/** A second member, signed in in a browser of their own. */
export async function second(server: OwnedConsole) {
  const actor = operator(server.founded.organizationId)
  const member = await addMember(server.base, actor, null, { email: 'eve@acme.test', role: 'user' })
  const browser = server.browser()
  const link = await makeSignInLink(server.base, member.email)
  await browser.post('/v1/sign_in/links/spend', { token: tokenOf(link) })
  return { member, browser, actor }
}

export const isNobody = async (browser: Browser) => expect((await browser.get(current)).status).toBe(401)
