import { hash } from 'node:crypto'
import type { Call, Model, Provider, ReplyHead } from '../../provider.ts'
import type { SandboxError } from './errors.ts'
import { errorAskedFor, invalid } from './errors.ts'
import { eventsOf } from './events.ts'
import type { Recording } from './play.ts'
import { play } from './play.ts'
import type { Message } from './reply.ts'
import { replyTo } from './reply.ts'
import { understandRequest } from './request.ts'

const created_at = '2026-01-01T00:00:00Z'

/** What the sandbox lists. It also takes every other id that begins with `sandbox-`. */
const models: Model[] = [
  { type: 'model', id: 'sandbox', display_name: 'Sandbox', created_at },
  { type: 'model', id: 'sandbox-tools', display_name: 'Sandbox that uses tools', created_at },
  { type: 'model', id: 'sandbox-slow', display_name: 'Sandbox that takes its time', created_at },
  { type: 'model', id: 'sandbox-cut', display_name: 'Sandbox that breaks off', created_at },
]

/**
 * A provider that needs no account: deterministic, in the exact shapes of the Messages API, saying plainly what it is.
 * Where it is all that an organisation has, it also answers to the ids that stock agents ask for, so that an agent works
 * on the first day.
 */
export const sandbox: Provider = {
  serves: (model, alone) => /^sandbox(-|$)/.test(model) || (alone && /^(claude-|anthropic\.)/.test(model)),
  credentialHeaders: () => [],
  prepare: ({ path, body }) => ({ method: 'POST', path, headers: [], body }),
  send: (_account, call, _outgoing, sink, { limits }) => play(answer(call, limits.sandboxPaceMs), sink),
  models: async () => models,
}

/** What is played for a call. Pure. */
export function answer(call: Call, slowPaceMs: number): Recording {
  const request = understandRequest(call)
  const requestId = `req_sandbox_${hash('sha256', call.body, 'hex').slice(0, 16)}`
  if (typeof request === 'string') return errorRecording(invalid(request), requestId)
  const error = errorAskedFor(call.model, request.words)
  if (error !== undefined) return errorRecording(error, requestId)
  if (call.endpoint === 'count_tokens')
    return jsonRecording({ input_tokens: request.inputTokens }, requestId, 200)
  const asked = (what: string) => call.model === what || new RegExp(`\\b${what}\\b`).test(request.words)
  const message = replyTo(request, call.body)
  const recording = call.stream ? streamRecording(message, requestId) : jsonRecording(message, requestId, 200)
  const paceMs = asked('sandbox-slow') ? slowPaceMs : 0
  return asked('sandbox-cut') ? { ...firstHalf(recording), paceMs } : { ...recording, paceMs }
}

function errorRecording({ status, type, message, headers }: SandboxError, requestId: string): Recording {
  const body = { type: 'error', error: { type, message }, request_id: requestId }
  return jsonRecording(body, requestId, status, headers)
}

function jsonRecording(
  value: Message | object,
  requestId: string,
  status: number,
  more: readonly string[] = [],
): Recording {
  const body = Buffer.from(JSON.stringify(value))
  const headers = ['content-type', 'application/json', 'content-length', String(body.length)]
  return {
    head: headOf(status, [...headers, 'request-id', requestId, ...more]),
    chunks: [body],
    paceMs: 0,
    cut: false,
  }
}

function streamRecording(message: Message, requestId: string): Recording {
  const headers = ['content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache']
  return {
    head: headOf(200, [...headers, 'transfer-encoding', 'chunked', 'request-id', requestId]),
    chunks: eventsOf(message),
    paceMs: 0,
    cut: false,
  }
}

function firstHalf({ head, chunks }: Recording): Recording {
  const [only] = chunks
  const half =
    chunks.length > 1
      ? chunks.slice(0, Math.ceil(chunks.length / 2))
      : [only?.subarray(0, only.length / 2) ?? Buffer.alloc(0)]
  return { head, chunks: half, paceMs: 0, cut: true }
}

const headOf = (status: number, headers: string[]): ReplyHead => ({ status, statusText: '', headers })
