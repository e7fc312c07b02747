import { expect } from 'vitest'
import type { Base } from '../../base/base.ts'
import type { TestConsole } from './console.ts'
import { tokenOf } from './console.ts'

export const ask = '/v1/sign_in/links'
export const spend = '/v1/sign_in/links/spend'
export const ada = { email: 'ada@acme.test' }

/** Asks for a link in a new browser and waits for its mail. */
export async function asked(server: TestConsole, body: object = ada) {
  const browser = server.browser()
  const before = server.mails.length
  const answer = await browser.post(ask, body)
  expect(answer.status).toBe(202)
  const mail = await server.mail(before)
  return { browser, answer, mail, token: tokenOf(mail.text) }
}

export const links = (base: Base) => base.database.handle().selectFrom('links').selectAll().execute()
