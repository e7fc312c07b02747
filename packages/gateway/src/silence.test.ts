import { expect, it } from 'vitest'
import { rawExchange, rawUpstream } from '../../../tests/support/raw-upstream.ts'
import { serve } from './testing/serve.ts'

it('logs no prompt, no reply and no credential, whatever goes wrong', async () => {
  const [served, upstream] = await Promise.all([serve({ providerHeadersMs: 60 }), rawUpstream()])
  const secret = 'sk-canary-provider-secret-0001'
  const { secret: key } = served.console.addKey()
  const token = served.console.token()
  served.console.accounts = [
    { id: 's', kind: 'sandbox', name: 's', baseUrl: null, sealedSecret: null },
    served.anthropicAt(upstream.url, secret),
  ]
  const prompt = 'canary-prompt-7731'
  const reply = 'canary-reply-8842'
  const post = (model: string, credential: string, more = '') => {
    const body = JSON.stringify({
      model,
      stream: model.includes('stream'),
      max_tokens: 50,
      messages: [{ role: 'user', content: prompt }],
    })
    return rawExchange(
      served.port,
      `POST /v1/messages?q=${prompt} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${credential}\r\nContent-Length: ${body.length + more.length}\r\n\r\n${body}${more}`,
    )
  }
  for (const model of [
    'sandbox',
    'sandbox-stream',
    'sandbox-cut',
    'sandbox-error-500',
    'sandbox-error-401',
  ]) {
    await post(model, key)
  }
  for (const played of [
    { bytes: `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n"${reply} "` },
    { bytes: `HTTP/1.1 401 No\r\ncontent-length: ${reply.length}\r\n\r\n${reply}` },
    { bytes: `HTTP/1.1 500 No\r\ncontent-length: ${reply.length}\r\n\r\n${reply}` },
    { bytes: `HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${reply}` },
    { bytes: `${reply} is not HTTP\r\n\r\n` },
    { bytes: `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: ${reply}\n\n` },
    { cut: true },
  ] as const) {
    upstream.play(played, { end: true })
    await post('claude-x', token)
  }
  await post('sandbox', key, `}${prompt}`)
  await post('sandbox', `${key}x`)
  served.console.faults = { recordUsage: new Error('disk') }
  await post('sandbox', key)
  served.console.faults = { policyFor: new Error('disk') }
  served.console.revoke({ kind: 'policy', id: served.console.organizationId })
  await post('sandbox', key)

  const logged = served.logged()
  expect(logged).toContain('provider_refused_credential')
  expect(logged).toContain('provider_cut')
  expect(logged).toContain('storage_unavailable')
  for (const canary of [prompt, reply, secret, key, token, 'canary']) expect(logged).not.toContain(canary)
  expect(JSON.stringify(served.console.rows)).not.toContain('canary')
  await Promise.all([served.close(), upstream.close()])
})
