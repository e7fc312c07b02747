import { Failure } from '@latchstring/protocol'
import type { ProviderAccount } from '@latchstring/protocol/gateway-contract'
import type { Break, Model, ProviderTools, RawHeaders, ReplyHead } from '../../provider.ts'

const longestList = 4 * 1024 * 1024
const path = '/v1/models?limit=1000'
const version = '2023-06-01'

/** @throws Failure provider_unreachable, provider_refused_credential */
export async function readModels(
  { baseUrl }: ProviderAccount,
  credentialHeaders: RawHeaders,
  { transport }: ProviderTools,
): Promise<Model[]> {
  if (baseUrl === null) throw new Failure('provider_unreachable')
  const headers = ['anthropic-version', version, 'accept-encoding', 'identity', ...credentialHeaders]
  const outgoing = { method: 'GET' as const, path, headers, body: null }
  const text = await new Promise<string>((resolve, reject) => {
    let status = 0
    let bytes = 0
    const chunks: Buffer[] = []
    const refuse = (why: string) => reject(listFailure(status, why))
    const sending = transport(baseUrl, outgoing, {
      head(head: ReplyHead) {
        status = head.status
      },
      data(chunk) {
        bytes += chunk.length
        if (bytes <= longestList) chunks.push(chunk)
        else {
          sending.abort()
          refuse('the list is too long')
        }
      },
      end: () =>
        status === 200 ? resolve(Buffer.concat(chunks).toString('utf8')) : refuse(`status ${status}`),
      broken: (why: Break) => refuse(why.detail),
    })
  })
  return understandModels(text)
}

function listFailure(status: number, why: string): Failure {
  const code = status === 401 || status === 403 ? 'provider_refused_credential' : 'provider_unreachable'
  return new Failure(code, { cause: new Error(`the provider's model list: ${why}`) })
}

/** Takes the published fields of each model and nothing else. Pure. */
export function understandModels(text: string): Model[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw listFailure(200, 'not JSON')
  }
  const data = (list as { data?: unknown } | null)?.data
  if (!Array.isArray(data)) throw listFailure(200, 'no data')
  return data.flatMap((entry: unknown) => {
    const { id, display_name, created_at } = Object(entry) as Record<string, unknown>
    if (typeof id !== 'string' || id === '') return []
    return {
      type: 'model' as const,
      id,
      display_name: typeof display_name === 'string' ? display_name : id,
      created_at: typeof created_at === 'string' ? created_at : '1970-01-01T00:00:00Z',
    }
  })
}
