import Anthropic from '@anthropic-ai/sdk'

/** One message through the gateway. The model `sandbox` answers without an account anywhere. */
const { LATCHSTRING_URL = 'http://localhost:4180', LATCHSTRING_API_KEY } = process.env
if (LATCHSTRING_API_KEY === undefined) throw new Error('Set LATCHSTRING_API_KEY to a key from the page Keys.')

const client = new Anthropic({ baseURL: LATCHSTRING_URL, apiKey: LATCHSTRING_API_KEY })
const message = await client.messages.create({
  model: 'sandbox',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Say hello.' }],
})
for (const block of message.content) if (block.type === 'text') console.log(block.text)
console.log(`${message.usage.input_tokens} tokens in, ${message.usage.output_tokens} out`)
