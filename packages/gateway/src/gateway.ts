import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '@latchstring/kit/log'
import { newRequestId } from '@latchstring/kit/request-id'
import { Failure } from '@latchstring/protocol'
import type { GatewayContract } from '@latchstring/protocol/gateway-contract'
import type { Dispatcher } from 'undici'
import { answerFailure, answerJson } from './answer.ts'
import { gatewayPrefixes, matchEndpoint } from './endpoints.ts'
import type { Arrived, Gateway } from './exchange.ts'
import { startWith } from './journey.ts'
import { Lifeline } from './lifeline.ts'
import type { Limits } from './limits.ts'
import { defaultLimits } from './limits.ts'
import { makeGateway } from './make-gateway.ts'
import { attachProviderCredential } from './steps/attach-provider-credential.ts'
import { chooseProvider } from './steps/choose-provider.ts'
import { decidePolicy } from './steps/decide-policy.ts'
import { dropTelemetry } from './steps/drop-telemetry.ts'
import { listModels } from './steps/list-models.ts'
import { meter } from './steps/meter.ts'
import { readCall } from './steps/read-call.ts'
import { readCredential } from './steps/read-credential.ts'
import { record } from './steps/record.ts'
import { resolvePrincipal } from './steps/resolve-principal.ts'
import { send } from './steps/send.ts'

/** What a model call goes through. Each step names what it needs and adds: another order does not compile. */
const call = startWith<Arrived>()
  .step(readCredential)
  .step(resolvePrincipal)
  .step(readCall)
  .step(decidePolicy)
  .step(chooseProvider)
  .step(attachProviderCredential)
  .step(send)
  .step(meter)
  .step(record)

const models = startWith<Arrived>().step(readCredential).step(resolvePrincipal).step(listModels)
const telemetry = startWith<Arrived>().step(readCredential).step(resolvePrincipal).step(dropTelemetry)

export { defaultLimits, gatewayPrefixes, type Limits }

export type GatewayOptions = {
  contract: GatewayContract
  /** The one way out, `makeOutbound` of kit. The caller closes it. */
  outbound: Dispatcher
  /** Opens the providers' sealed secrets; null where no provider has one. */
  masterKey: KeyObject | null
  log: Logger
  limits?: Partial<Limits>
  /** Milliseconds since 1970. */
  now?: () => number
}

/**
 * Serves the gateway's addresses (`gatewayPrefixes`). The caller owns the socket, its time limits and `HEAD /`.
 *
 * @example
 * createServer(gatewayListener({ contract, outbound, masterKey, log })).listen(4180, '127.0.0.1')
 */
export function gatewayListener(
  options: GatewayOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const gateway = makeGateway({ now: Date.now, ...options, limits: { ...defaultLimits, ...options.limits } })
  return (request, response) => void handle(request, response, gateway)
}

async function handle(request: IncomingMessage, response: ServerResponse, gateway: Gateway): Promise<void> {
  const requestId = newRequestId()
  const lifeline = new Lifeline()
  response.on('error', () => {})
  response.on('close', () => {
    gateway.openExchanges.remove(lifeline)
    lifeline.end('left')
  })
  try {
    const endpoint = matchEndpoint(request.method ?? '', request.url ?? '')
    const arrived: Arrived = { request, response, requestId, at: gateway.now(), endpoint, lifeline }
    if (endpoint.name === 'messages' || endpoint.name === 'count_tokens') await call.run(arrived, gateway)
    else {
      const journey = endpoint.name === 'telemetry' ? telemetry : models
      const { answer } = await journey.run(arrived, gateway)
      answerJson(response, answer, requestId)
    }
  } catch (error) {
    refuse(error, { request, response, requestId, gateway })
  }
}

type Refused = { request: IncomingMessage; response: ServerResponse; requestId: string; gateway: Gateway }

/** Faults of ours are logged with their cause; refusals are everyday and are not. */
function refuse(error: unknown, { request, response, requestId, gateway }: Refused): void {
  const failure = error instanceof Failure ? error : new Failure('internal', { cause: error })
  if (failure.status >= 500 && failure.cause !== undefined) {
    gateway.log.error({ code: failure.code, request_id: requestId, error: failure.cause }, 'a request failed')
  }
  if (response.destroyed) return
  if (response.headersSent) response.destroy()
  else answerFailure(request, response, failure, requestId, gateway.limits)
}
