import { expect, it } from 'vitest'
import type { Call } from '../../provider.ts'
import { exampleInput } from './example-input.ts'
import { cutText } from './reply.ts'
import { answer } from './sandbox.ts'
import { countTokens } from './tokens.ts'

const call = (change: Record<string, unknown> = {}, endpoint: Call['endpoint'] = 'messages'): Call => {
  const json = { model: 'sandbox', max_tokens: 99, messages: [{ role: 'user', content: 'hi' }], ...change }
  const stream = json['stream' as never] === true
  return {
    endpoint,
    model: json.model,
    stream,
    json,
    body: Buffer.from(JSON.stringify(json)),
    path: '',
    headers: [],
  }
}

const said = (given: Call) => {
  const { head, chunks } = answer(given, 0)
  return { status: head.status, headers: head.headers, body: JSON.parse(Buffer.concat(chunks).toString()) }
}

it('gives the same request the same answer, and another one another', () => {
  expect(answer(call({ stream: true }), 0)).toEqual(answer(call({ stream: true }), 0))
  const other = call({ messages: [{ role: 'user', content: 'ho' }] })
  expect(said(other).body.id).not.toBe(said(call()).body.id)
})

it('streams in the published order of events', () => {
  const text = Buffer.concat([...answer(call({ stream: true }), 0).chunks]).toString()
  const types = [...text.matchAll(/^event: (\w+)$/gm)].map(([, type]) => type)
  expect(types.filter((type, i) => type !== types[i - 1])).toEqual([
    'message_start',
    'content_block_start',
    'ping',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
})

it('stops at max_tokens, at a stop sequence, and never within a character', () => {
  const cut = (text: string, maxTokens: number, ...stopSequences: string[]) =>
    cutText(text, { maxTokens, stopSequences })
  expect(cut('abcdefgh', 2)).toMatchObject({ text: 'abcdefgh', stop_reason: 'end_turn' })
  expect(cut('abcdefghi', 2)).toMatchObject({ text: 'abcdefgh', stop_reason: 'max_tokens' })
  expect(cut('ab\u{1f600}cd', 1)).toMatchObject({ text: 'ab', stop_reason: 'max_tokens' })
  expect(cut('one two', 9, 'two', 'e')).toMatchObject({
    text: 'on',
    stop_reason: 'stop_sequence',
    stop_sequence: 'e',
  })
  const { body } = said(call({ max_tokens: 3 }))
  expect([body.stop_reason, body.usage.output_tokens]).toEqual(['max_tokens', 3])
})

it('gives every error on demand, by model or by words, with what agents act on', () => {
  for (const status of [400, 401, 403, 404, 413, 429, 500, 529]) {
    for (const asked of [
      call({ model: `sandbox-error-${status}` }),
      call({ messages: [{ role: 'user', content: `please sandbox-error-${status} now` }] }),
    ]) {
      const told = said(asked)
      expect([told.status, told.body.type, told.body.request_id]).toEqual([
        status,
        'error',
        expect.stringMatching(/^req_/),
      ])
      expect(told.headers.includes('retry-after')).toBe(status === 429)
    }
  }
  expect(said(call({ model: 'sandbox-error-418' })).status).toBe(200)
})

it('names the field that is missing', () => {
  expect(said(call({ max_tokens: undefined })).body.error.message).toBe('max_tokens: Field required')
  expect(said(call({ messages: 'hi' })).body.error.message).toBe('messages: Field required')
  expect(said(call({ max_tokens: 0 })).status).toBe(400)
  expect(said(call({ max_tokens: undefined }, 'count_tokens')).body).toEqual({ input_tokens: 2 })
})

it('obeys tool_choice and the model sandbox-tools', () => {
  const tools = [
    { name: 'one', input_schema: {} },
    { name: 'two', input_schema: {} },
  ]
  const used = (change: object) => said(call({ tools, ...change })).body.content[0].name
  expect(used({})).toBeUndefined()
  expect(used({ tool_choice: { type: 'any' } })).toBe('one')
  expect(said(call({ tools, tool_choice: { type: 'any' }, max_tokens: 1 })).body).toMatchObject({
    content: [],
    stop_reason: 'max_tokens',
  })
  expect(used({ tool_choice: { type: 'tool', name: 'two' } })).toBe('two')
  expect(used({ model: 'sandbox-tools' })).toBe('one')
  expect(used({ model: 'sandbox-tools', tool_choice: { type: 'none' } })).toBeUndefined()
})

it('counts text at any depth by one rule, files by another', () => {
  expect(countTokens({ messages: [{ role: 'user', content: 'hello' }] })).toBe(3)
  expect(countTokens({ system: 'abcd', messages: [], tools: [{ name: 'abcd' }] })).toBe(2)
  const file = { type: 'base64', media_type: 'image/png', data: 'x'.repeat(9000) }
  expect(countTokens({ messages: [{ content: [{ type: 'image', source: file }] }] })).toBe(1002)
  let deep: unknown = 'abcd'
  for (let i = 0; i < 100_000; i++) deep = [deep]
  expect(countTokens({ messages: deep })).toBe(1)
})

it('makes tool input from a schema: what is required, with its own examples', () => {
  expect(
    exampleInput({
      type: 'object',
      properties: {
        path: { type: 'string' },
        mode: { enum: ['read', 'write'] },
        limit: { type: ['integer', 'null'] },
        all: { type: 'boolean' },
        parts: { type: 'array', minItems: 1, items: { type: 'number', minimum: 2.5 } },
        nested: {
          type: 'object',
          properties: { day: { type: 'string', format: 'date' } },
          required: ['day'],
        },
        either: { anyOf: [{ const: 'x' }, { type: 'null' }] },
        optional: { type: 'string' },
      },
      required: ['path', 'mode', 'limit', 'all', 'parts', 'nested', 'either', 'unknown'],
    }),
  ).toEqual({
    path: 'example',
    mode: 'read',
    limit: 1,
    all: true,
    parts: [2.5],
    nested: { day: '2026-01-01' },
    either: 'x',
    unknown: 'example',
  })
  expect(exampleInput('no schema')).toEqual({})
})
