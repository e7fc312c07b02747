import { expect, test } from 'vitest'
import { actorName, inShort, whatIsSought } from './lines.ts'

test('details are told in one line, without what is nested or empty', () => {
  expect(inShort({ name: 'Laptop', kind: 'coding_agent', from: null, nested: { a: 1 } })).toBe(
    'name: Laptop, kind: coding_agent',
  )
})

test.each([
  ['req_1', 'request_id'],
  [' user_1', 'user_id'],
  ['apikey_1', 'target_id'],
] as const)('%j is sought as %s', (id, name) => {
  expect(whatIsSought(id)).toBe(name)
})

test('the operator on the host and the server itself have names', () => {
  const nobody = { id: null, email: null, by: null, address: null }
  expect(actorName({ ...nobody, type: 'operator' })).toBe('Operator on the host')
  expect(actorName({ ...nobody, type: 'system' })).toBe('The server')
  expect(actorName({ ...nobody, type: 'user', email: 'ada@acme.test' })).toBe('ada@acme.test')
})
