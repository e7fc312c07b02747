import { Failure } from '@latchstring/protocol'
import type { ProviderAccount } from '@latchstring/protocol/gateway-contract'
import type { Arrived, Gateway, Permitted, Recorded, Step } from '../exchange.ts'
import { headerOf } from '../headers.ts'
import type { ReplyHead } from '../provider.ts'
import { Relay } from '../relay.ts'
import { breaks } from '../reply-break.ts'
import type { Recordable } from '../usage-row.ts'
import { recordCall } from '../usage-row.ts'

/**
 * Passes the reply on. Its last bytes leave only when its usage row is durable: whoever saw a whole reply has been
 * counted, whatever happens to this process.
 */
export const record: Step<Recordable & Arrived & Permitted, Recorded> = async (exchange, gateway) => {
  const { reply, account } = exchange
  if (reply.head === null) throw await brokeBeforeHead(exchange, gateway)
  const refusal = refusalOf(reply.head, account)
  if (refusal !== null) throw await notPassedOn(exchange, reply.head, refusal, gateway)
  return { row: await new Relay(exchange, reply.head, gateway).run() }
}

/**
 * Replies that are about us, not about the call. A refusal of the organisation's credential, passed on as 401 or 403,
 * would make an agent run its own key helper for minutes (recorded). A redirect is never followed nor passed on: it
 * would send the agent and its credential elsewhere. Pure.
 */
export function refusalOf({ status }: ReplyHead, account: ProviderAccount): Failure | null {
  if (status >= 300 && status < 400) return new Failure('provider_redirected')
  const ours = account.sealedSecret !== null
  if (ours && (status === 401 || status === 403)) return new Failure('provider_refused_credential')
  return null
}

async function notPassedOn(
  exchange: Recordable,
  head: ReplyHead,
  refusal: Failure,
  gateway: Gateway,
): Promise<Failure> {
  exchange.reply.sending.abort()
  gateway.log.warn(
    {
      code: refusal.code,
      request_id: exchange.requestId,
      provider_id: exchange.account.id,
      provider_status: head.status,
      provider_request_id: headerOf(head.headers, 'request-id'),
    },
    'the provider refused',
  )
  await recordCall(exchange, { outcome: 'refused', status: refusal.status }, gateway)
  return refusal
}

async function brokeBeforeHead(exchange: Recordable, gateway: Gateway): Promise<Failure> {
  const { reply, lifeline, requestId, account } = exchange
  if (lifeline.ending !== null) {
    await recordCall(exchange, { outcome: 'client_abort', status: 499 }, gateway)
    return new Failure('invalid_token')
  }
  const why = reply.broke ?? { reason: 'cut', detail: 'no head' }
  const { code, outcome, recorded } = breaks[why.reason]
  gateway.log.warn({ code, request_id: requestId, provider_id: account.id, detail: why.detail }, 'no reply')
  const failure = new Failure(code)
  if (recorded) await recordCall(exchange, { outcome, status: failure.status }, gateway)
  return failure
}
