import { expect, it } from 'vitest'
import { matchEndpoint } from './endpoints.ts'
import { headersForAgent, headersForProvider } from './headers.ts'
import { noCounts } from './meter.ts'
import { readUsage } from './meters/usage.ts'
import { allowsModel } from './model-policy.ts'
import { understandModels } from './providers/anthropic/models.ts'
import { providers } from './providers/index.ts'
import { Remembered } from './remembered.ts'
import { pickAccount } from './steps/choose-provider.ts'
import { pageOf } from './steps/list-models.ts'
import { understand } from './steps/read-call.ts'
import { repeatedKey } from './top-level-keys.ts'

it('tells endpoints by exact path and method, whatever the query', () => {
  expect(matchEndpoint('POST', '/v1/messages?beta=true')).toEqual({ name: 'messages' })
  expect(matchEndpoint('GET', '/v1/models/claude%2Dx')).toEqual({ name: 'model', modelId: 'claude-x' })
  for (const path of [
    '/v1/messages/',
    '/v1/messages/../models',
    '/V1/messages',
    '/v1/models/',
    '/v1/models/a/b',
    '/v1/models/%E0%A4%A',
    '/v1/models/a%2Fb',
    'http://x/v1/messages',
    '/v1/__proto__',
    '__proto__',
  ]) {
    expect(() => matchEndpoint('POST', path)).toThrow(
      expect.objectContaining({ code: 'endpoint_not_served' }),
    )
  }
  expect(() => matchEndpoint('GET', '/v1/messages')).toThrow(
    expect.objectContaining({ code: 'method_not_allowed', headers: { allow: 'POST' } }),
  )
})

it('allows exactly the models of the policy', () => {
  expect(allowsModel({ availableModels: null }, 'any')).toBe(true)
  expect(allowsModel({ availableModels: [] }, 'any')).toBe(false)
  expect(allowsModel({ availableModels: ['claude-a'] }, 'claude-a')).toBe(true)
  expect(allowsModel({ availableModels: ['claude-a'] }, 'claude-a-1')).toBe(false)
})

it('chooses the first account that serves; the sandbox takes stock models only where it is alone', () => {
  const sandbox = { id: 's', kind: 'sandbox', name: 's', baseUrl: null, sealedSecret: null } as const
  const anthropic = { id: 'a', kind: 'anthropic', name: 'a', baseUrl: 'http://x', sealedSecret: 's' } as const
  const pick = (accounts: Parameters<typeof pickAccount>[0], model: string) =>
    pickAccount(accounts, providers, model)?.id
  expect(pick([sandbox], 'claude-opus-5-5')).toBe('s')
  expect(pick([sandbox], 'anthropic.claude-x')).toBe('s')
  expect(pick([sandbox], 'gpt-9')).toBeUndefined()
  expect(pick([sandbox, anthropic], 'claude-opus-5-5')).toBe('a')
  expect(pick([anthropic, sandbox], 'sandbox-tools')).toBe('s')
  expect(pick([anthropic, sandbox], 'sandboxed')).toBe('a')
  expect(pick([anthropic], 'sandbox')).toBeUndefined()
  expect(pick([], 'sandbox')).toBeUndefined()
})

it('refuses a body that two readers could read differently', () => {
  const refusal = (body: Buffer | string) => {
    try {
      understand(Buffer.from(body))
      return null
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  expect(refusal('{"model":"a","stream":true}')).toBeNull()
  expect(
    refusal('{"model":"a","metadata":{"model":"b","model":"c"},"x":[{"stream":1,"stream":2}]}'),
  ).toBeNull()
  for (const bad of ['', '{', '{"model":"a",}', '{"model":"a"} x', '\ufeff{"model":"a"}', "{'model':'a'}"]) {
    expect([bad, refusal(bad)]).toEqual([bad, 'malformed_json'])
  }
  expect(refusal(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBe('malformed_json')
  for (const bad of [
    '[]',
    'null',
    '"model"',
    '{}',
    '{"model":""}',
    '{"model":7}',
    `{"model":"${'m'.repeat(257)}"}`,
    '{"model":"a","stream":"yes"}',
    '{"model":"a","model":"b"}',
    '{"model":"a","x":"}","mod\\u0065l":"b"}',
    '{"stream":false,"model":"a","stream":true}',
  ]) {
    expect([bad, refusal(bad)]).toEqual([bad, 'invalid_request'])
  }
})

it('finds repeated keys of the outermost object only', () => {
  expect(repeatedKey('{"a":{"model":1,"model":2},"model":3}', ['model'])).toBeNull()
  expect(repeatedKey('{"t":"\\"model\\":1,\\\\","model":1,"model":2}', ['model'])).toBe('model')
  expect(repeatedKey('{"x":["model","model"],"model":1}', ['model'])).toBeNull()
  expect(repeatedKey('{"model":"model","y":"model"}', ['model'])).toBeNull()
})

it('survives a body nested as deep as it is long', () => {
  const deep = 200_000
  const body = Buffer.from(`{"model":"sandbox","messages":${'['.repeat(deep)}${']'.repeat(deep)}}`)
  expect(understand(body).model).toBe('sandbox')
})

it('drops headers that Connection names, whatever their case', () => {
  expect(headersForProvider(['Connection', 'close, X-A', 'x-a', '1', 'X-B', '2'])).toEqual([
    'X-B',
    '2',
    'accept-encoding',
    'identity',
  ])
  expect(headersForAgent(['X-A', '1', 'connection', 'x-a', 'request-id', 'theirs'], 'ours')).toEqual([
    'request-id',
    'ours',
    'x-provider-request-id',
    'theirs',
  ])
})

it('reads usage over what is known, cache writes by lifetime', () => {
  const split = { cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 } }
  const known = readUsage({ ...split, cache_creation_input_tokens: 5, input_tokens: 1 }, noCounts)
  expect(known).toEqual({
    inputTokens: 1,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 2,
    cacheWrite1hTokens: 3,
  })
  expect(readUsage({ output_tokens: 8, cache_creation_input_tokens: 5 }, known)).toEqual({
    ...known,
    outputTokens: 8,
  })
  expect(readUsage(null, known)).toEqual(known)
})

it('takes no figure from a provider that no call can cost: sums must stay exact', () => {
  for (const lie of [Number.MAX_SAFE_INTEGER, 1e9 + 1, -1, 1.5, '7', Number.POSITIVE_INFINITY])
    expect([lie, readUsage({ input_tokens: lie }, noCounts).inputTokens]).toEqual([lie, 0])
})

it('keeps the published fields of a list of models and no others', () => {
  expect(
    understandModels('{"data":[{"id":"a","display_name":"A","created_at":"t","x":1},{"id":7},null]}'),
  ).toEqual([{ type: 'model', id: 'a', display_name: 'A', created_at: 't' }])
  for (const bad of ['', '[]', '{}', 'null']) {
    expect(() => understandModels(bad)).toThrow(expect.objectContaining({ code: 'provider_unreachable' }))
  }
  expect(pageOf([])).toEqual({ data: [], has_more: false, first_id: null, last_id: null })
})

it('remembers no more than its limit and nothing beyond its time', () => {
  const map = new Remembered<number>(2)
  map.set('a', 1, 10)
  map.set('b', 2, 20)
  map.set('c', 3, 20)
  expect([map.get('a', 0), map.get('b', 0), map.get('c', 0), map.size]).toEqual([undefined, 2, 3, 2])
  expect([map.get('b', 20), map.size]).toEqual([undefined, 1])
  map.forget(value => value === 3)
  expect(map.size).toBe(0)
})
