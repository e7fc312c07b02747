import { isUtf8 } from 'node:buffer'
import { Failure } from '@latchstring/protocol'
import type { Arrived, Called, Identified, Step } from '../exchange.ts'
import type { Call } from '../provider.ts'
import { readBody } from '../read-body.ts'
import { repeatedKey } from '../top-level-keys.ts'

const longestModel = 256

/**
 * What is asked. The body is kept as it came: what goes to the provider are these bytes, so whatever two readers could
 * understand differently is refused here.
 */
export const readCall: Step<Arrived & Identified, Called> = async (exchange, { limits }) => {
  const { request, endpoint, lifeline } = exchange
  if (endpoint.name !== 'messages' && endpoint.name !== 'count_tokens')
    throw new Failure('endpoint_not_served')
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    throw new Failure('encoding_refused')
  const chunks: Buffer[] = []
  const bounds = { bytes: limits.bodyBytes, ms: limits.bodyMs }
  await readBody(request, lifeline, bounds, chunk => void chunks.push(chunk))
  const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
  return {
    call: {
      endpoint: endpoint.name,
      ...understand(body),
      body,
      path: request.url ?? '',
      headers: request.rawHeaders,
    },
  }
}

/**
 * Pure. The text of a JSON error quotes the body, so it is not kept as a cause: causes are logged, prompts never.
 *
 * @throws Failure malformed_json, invalid_request
 */
export function understand(body: Buffer): Pick<Call, 'json' | 'model' | 'stream'> {
  if (!isUtf8(body)) throw new Failure('malformed_json', { message: 'The request body is not UTF-8.' })
  const text = body.toString('utf8')
  const json = parse(text)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalid('the request body must be a JSON object')
  const repeated = repeatedKey(text, ['model', 'stream'])
  if (repeated !== null) throw invalid(`${repeated}: given twice`)
  const { model, stream } = json as Record<string, unknown>
  if (typeof model !== 'string' || model === '') throw invalid('model: a string is required')
  if (model.length > longestModel) throw invalid(`model: at most ${longestModel} characters`)
  if (stream !== undefined && typeof stream !== 'boolean') throw invalid('stream: true or false')
  return { json: json as Record<string, unknown>, model, stream: stream === true }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Failure('malformed_json')
  }
}

const invalid = (message: string) => new Failure('invalid_request', { message })
