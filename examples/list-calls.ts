/** The newest calls of the organisation, a line each. Needs an admin key. */
const { LATCHSTRING_URL = 'http://localhost:4180', LATCHSTRING_API_KEY } = process.env
if (LATCHSTRING_API_KEY === undefined) throw new Error('Set LATCHSTRING_API_KEY to an admin key.')

type Call = {
  at: string
  user: { email: string }
  model: string
  input_tokens: number
  output_tokens: number
}

const response = await fetch(`${LATCHSTRING_URL}/v1/organizations/usage/calls?limit=20`, {
  headers: { 'x-api-key': LATCHSTRING_API_KEY },
})
if (!response.ok) throw new Error(await response.text())
const { data } = (await response.json()) as { data: Call[] }
for (const call of data) {
  console.log([call.at, call.user.email, call.model, call.input_tokens, call.output_tokens].join('\t'))
}
