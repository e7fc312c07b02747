import type { ProviderKind } from '@latchstring/protocol/gateway-contract'
import type { Provider } from '../provider.ts'
import { anthropic } from './anthropic/anthropic.ts'
import { sandbox } from './sandbox/sandbox.ts'

/** Every kind of provider. A kind without a line here does not compile. */
export const providers = { anthropic, sandbox } satisfies Record<ProviderKind, Provider>
