import { createAnthropic } from '@ai-sdk/anthropic'
import Anthropic from '@anthropic-ai/sdk'
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Served } from './testing/serve.ts'
import { serve } from './testing/serve.ts'

let served: Served
let key: string
let client: Anthropic

beforeAll(async () => {
  served = await serve()
  key = served.console.addKey().secret
  client = new Anthropic({ baseURL: served.url, apiKey: key, maxRetries: 0 })
})
afterAll(() => served.close())

const hello = {
  model: 'sandbox',
  max_tokens: 200,
  messages: [{ role: 'user' as const, content: 'Good morning' }],
}
const weather = {
  name: 'get_weather',
  description: 'The weather in a city',
  input_schema: {
    type: 'object' as const,
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 3 } },
    required: ['city', 'days'],
  },
}

it('answers a message of the published SDK, says that it is the sandbox, and records the call', async () => {
  const before = served.console.rows.length
  const message = await client.messages.create(hello)
  expect(message.content).toMatchObject([{ type: 'text', text: expect.stringContaining('sandbox') }])
  expect(message.content).toMatchObject([{ text: expect.stringContaining('Good morning') }])
  expect(message.stop_reason).toBe('end_turn')
  expect(message._request_id).toMatch(/^req_/)
  const rows = served.console.rows.slice(before)
  expect(rows).toMatchObject([
    {
      requestId: message._request_id,
      personId: served.console.personId,
      endpoint: 'messages',
      providerKind: 'sandbox',
      model: 'sandbox',
      stream: false,
      status: 200,
      outcome: 'complete',
      inputTokens: message.usage.input_tokens,
      outputTokens: message.usage.output_tokens,
      counted: true,
    },
  ])
})

it('takes a session token as authToken', async () => {
  const other = new Anthropic({ baseURL: served.url, authToken: served.console.token(), apiKey: null })
  expect((await other.messages.create(hello)).type).toBe('message')
})

it('streams to the published SDK the same message as without a stream', async () => {
  const whole = await client.messages.create(hello)
  const stream = client.messages.stream(hello)
  const text: string[] = []
  stream.on('text', part => text.push(part))
  const streamed = await stream.finalMessage()
  expect(text.length).toBeGreaterThan(2)
  expect(streamed.content).toMatchObject([{ text: text.join('') }])
  expect({ ...streamed.usage }).toMatchObject({ ...whole.usage })
  expect(served.console.rows.at(-1)).toMatchObject({
    stream: true,
    inputTokens: streamed.usage.input_tokens,
    outputTokens: streamed.usage.output_tokens,
    counted: true,
  })
})

it('uses a tool when asked to, and answers its result with text', async () => {
  const asked = { role: 'user' as const, content: 'please use tool get_weather' }
  for (const stream of [false, true]) {
    const request = { ...hello, messages: [asked], tools: [weather] }
    const first = stream
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request)
    expect(first.stop_reason).toBe('tool_use')
    const [use] = first.content
    expect(use).toMatchObject({ type: 'tool_use', name: 'get_weather', input: { city: 'example', days: 3 } })
    if (use?.type !== 'tool_use') throw new Error('no tool use')
    const second = await client.messages.create({
      ...request,
      messages: [
        asked,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'rain' }] },
      ],
    })
    expect(second.stop_reason).toBe('end_turn')
    expect(second.content).toMatchObject([{ type: 'text', text: expect.stringContaining('get_weather') }])
  }
})

it('counts tokens by its published rule, the same as in the reply', async () => {
  const { input_tokens } = await client.messages.countTokens({ model: 'sandbox', messages: hello.messages })
  expect(input_tokens).toBe(Math.ceil(('user'.length + 'Good morning'.length) / 4))
  expect((await client.messages.create(hello)).usage.input_tokens).toBe(input_tokens)
  expect(served.console.rows.at(-2)).toMatchObject({
    endpoint: 'count_tokens',
    inputTokens: 0,
    counted: true,
  })
})

it('lists its models, one by one too', async () => {
  const ids: string[] = []
  for await (const model of client.models.list()) ids.push(model.id)
  expect(ids).toContain('sandbox')
  expect((await client.models.retrieve('sandbox-tools')).id).toBe('sandbox-tools')
  await expect(client.models.retrieve('no-such-model')).rejects.toMatchObject({ status: 404 })
})

it('works with ai and @ai-sdk/anthropic, by key and by token', async () => {
  for (const credential of [{ apiKey: key }, { authToken: served.console.token() }]) {
    const model = createAnthropic({ baseURL: `${served.url}/v1`, ...credential })('sandbox')
    const whole = await generateText({ model, prompt: 'Good morning' })
    expect(whole.text).toContain('Good morning')
    const streamed = streamText({ model, prompt: 'Good morning' })
    let text = ''
    for await (const part of streamed.textStream) text += part
    expect(text).toBe(whole.text)
    expect((await streamed.usage).outputTokens).toBe(whole.usage.outputTokens)
  }
})

it('runs a tool loop of ai to its end', async () => {
  const model = createAnthropic({ baseURL: `${served.url}/v1`, apiKey: key })('sandbox')
  const ran: unknown[] = []
  const get_weather = tool({
    description: 'The weather',
    inputSchema: jsonSchema<{ city: string; days: number }>(weather.input_schema as never),
    execute: async input => {
      ran.push(input)
      return 'rain'
    },
  })
  const { text } = await generateText({
    model,
    prompt: 'use tool get_weather',
    tools: { get_weather },
    stopWhen: stepCountIs(3),
  })
  expect(ran).toEqual([{ city: 'example', days: 3 }])
  expect(text).toContain('get_weather')
})
