import { Failure } from '@latchstring/protocol'
import { headersForProvider } from '../../headers.ts'
import type { Provider } from '../../provider.ts'
import { readModels } from './models.ts'

/** Ids that no account of this kind has. */
const ours = /^sandbox(-|$)/

/**
 * The Messages API as published, at any address that speaks it. Method, path, query and body go out as they came; which
 * models exist is for the provider to say, so every id but the sandbox's is served.
 */
export const anthropic: Provider = {
  serves: model => !ours.test(model),
  credentialHeaders: secret => ['x-api-key', secret],
  prepare: ({ path, headers, body }) => ({
    method: 'POST',
    path,
    headers: headersForProvider(headers),
    body,
  }),
  send({ baseUrl }, _call, outgoing, sink, { transport }) {
    if (baseUrl === null) throw new Failure('provider_unreachable')
    return transport(baseUrl, outgoing, sink)
  },
  models: readModels,
}
