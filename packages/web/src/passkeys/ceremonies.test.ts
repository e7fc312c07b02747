import { expect, test, vi } from 'vitest'
import { ApiFailure } from '../api/failure.ts'

// The routes are made by the build; no ceremony is begun here.
vi.mock('virtual:routes', () => ({ routes: {} }))

const { passkeyFailure } = await import('./ceremonies.ts')
const thrown = (name: string) => Object.assign(new Error('from the browser'), { name })

test.each([
  ['NotAllowedError', 'passkey_stopped'],
  ['AbortError', 'passkey_stopped'],
  ['InvalidStateError', 'passkey_known'],
  ['SecurityError', 'passkey_unsupported'],
  ['NotSupportedError', 'passkey_unsupported'],
])('%s is told as %s, with what to do', (name, code) => {
  const failure = passkeyFailure(thrown(name))
  expect(failure.code).toBe(code)
  expect(failure.hint).not.toBe('')
})

test('what the server says is kept', () => {
  const said = new ApiFailure({
    status: 400,
    code: 'passkey_refused',
    message: 'The passkey was not accepted.',
    hint: 'Try again.',
    requestId: 'req_1',
  })
  expect(passkeyFailure(said)).toBe(said)
})
