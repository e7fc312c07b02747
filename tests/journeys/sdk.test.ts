import { createAnthropic } from '@ai-sdk/anthropic'
import Anthropic from '@anthropic-ai/sdk'
import { generateText, streamText } from 'ai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'

/** The published SDKs, unchanged, against the running server with a key and with an agent's token. */
let server: TestServer
let token: string

beforeAll(async () => {
  server = await startTestServer()
  token = (await signInAgent(server)).tokens?.access_token ?? ''
})
afterAll(() => server?.stop())

const clients = () => ({
  'a key as apiKey': new Anthropic({ baseURL: server.url, apiKey: server.adminKey, maxRetries: 0 }),
  'a token as authToken': new Anthropic({
    baseURL: server.url,
    authToken: token,
    apiKey: null,
    maxRetries: 0,
  }),
})
const hello = {
  model: 'sandbox',
  max_tokens: 200,
  messages: [{ role: 'user' as const, content: 'Say hello.' }],
}
const weather = {
  name: 'get_weather',
  description: 'The weather at a place.',
  input_schema: { type: 'object' as const, properties: { place: { type: 'string' } }, required: ['place'] },
}

describe.each(['a key as apiKey', 'a token as authToken'] as const)('@anthropic-ai/sdk with %s', name => {
  it('gets a message', async () => {
    const message = await clients()[name].messages.create(hello)
    expect(message.content[0]?.type).toBe('text')
    expect(message.usage.output_tokens).toBeGreaterThan(0)
  })

  it('gets a stream whose parts make the same message', async () => {
    const client = clients()[name]
    const streamed = await client.messages.stream(hello).finalMessage()
    const whole = await client.messages.create(hello)
    expect(streamed.content).toEqual(whole.content)
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens)
  })

  it('is asked to use a tool, and goes on with its result', async () => {
    const client = clients()[name]
    const ask = { role: 'user' as const, content: 'Please use tool get_weather.' }
    const first = await client.messages.create({ ...hello, tools: [weather], messages: [ask] })
    const use = first.content.find(block => block.type === 'tool_use')
    expect([first.stop_reason, use?.name]).toEqual(['tool_use', 'get_weather'])
    expect(use?.input).toHaveProperty('place')
    const second = await client.messages.create({
      ...hello,
      tools: [weather],
      messages: [
        ask,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: use?.id ?? '', content: 'Sunny' }] },
      ],
    })
    expect(second.stop_reason).toBe('end_turn')
  })

  it('counts tokens and lists models', async () => {
    const client = clients()[name]
    const { max_tokens: _, ...counted } = hello
    expect((await client.messages.countTokens(counted)).input_tokens).toBeGreaterThan(0)
    const models = await client.models.list()
    expect(models.data.map(model => model.id)).toContain('sandbox')
  })
})

it('the SDK meets a dead credential once: it is told not to retry', async () => {
  const client = new Anthropic({ baseURL: server.url, apiKey: 'wrong', maxRetries: 5 })
  await expect(client.messages.create(hello)).rejects.toMatchObject({ status: 401 })
})

it('the SDK meets an unknown model as not found, with a sentence that helps', async () => {
  const [client] = Object.values(clients())
  const asked = client?.messages.create({ ...hello, model: 'gpt-unknown' })
  await expect(asked).rejects.toMatchObject({
    status: 404,
    error: { error: { type: 'not_found_error', code: 'unknown_model' } },
  })
})

it('the SDK’s Admin API reads the organisation, its people and its keys', async () => {
  const client = new Anthropic({ baseURL: server.url, apiKey: server.adminKey, maxRetries: 0 })
  const organization = (client as unknown as { organization?: { me?: () => Promise<{ id: string }> } })
    .organization
  if (organization?.me !== undefined) expect((await organization.me()).id).toBe(server.organizationId)
  const response = await fetch(`${server.url}/v1/organizations/me`, {
    headers: { 'x-api-key': server.adminKey },
  })
  expect(await response.json()).toEqual({ id: server.organizationId, name: 'Acme', type: 'organization' })
})

describe('ai with @ai-sdk/anthropic', () => {
  it('generates and streams', async () => {
    const anthropic = createAnthropic({ baseURL: `${server.url}/v1`, apiKey: server.adminKey })
    const whole = await generateText({ model: anthropic('sandbox'), prompt: 'Say hello.', maxRetries: 0 })
    const stream = streamText({ model: anthropic('sandbox'), prompt: 'Say hello.', maxRetries: 0 })
    let text = ''
    for await (const part of stream.textStream) text += part
    expect(text).toBe(whole.text)
  })
})

it('each call is on the home page with who made it, and in the audit', async () => {
  const client = new Anthropic({ baseURL: server.url, authToken: token, apiKey: null, maxRetries: 0 })
  const { request_id } = await client.messages.create(hello).withResponse()
  const calls = await server.owner.ask<{
    data: { request_id: string; user: { email: string }; model: string; session_id: string | null }[]
  }>('GET', '/v1/organizations/usage/calls?limit=5')
  const call = calls.data.find(one => one.request_id === request_id)
  expect(call).toMatchObject({ user: { email: 'owner@acme.test' }, model: 'sandbox' })
  expect(call?.session_id).toMatch(/^session_/)
  await expect
    .poll(async () => {
      const path = `/v1/organizations/audit_lines?request_id=${request_id}`
      return (await server.owner.ask<{ data: { event: string }[] }>('GET', path)).data.map(line => line.event)
    })
    .toEqual(['usage.recorded'])
})
