import { clientOf } from '@latchstring/kit/client-address'
import { newId } from '@latchstring/protocol/base/ids'
import type { UsageRow } from '@latchstring/protocol/gateway-contract'
import { askConsole } from './ask-console.ts'
import type { Arrived, Called, Chosen, Gateway, Identified, Metered, Sent } from './exchange.ts'
import { headerOf } from './headers.ts'

export type Recordable = Arrived & Identified & Called & Chosen & Sent & Metered

/** How a call ended. `status` is what the agent got; 499 where it had left before any. */
export type CallEnd = { outcome: UsageRow['outcome']; status: number }

/** The agent's session id is a hint of its own making: kept where it is short and printable. */
const hint = /^[\x21-\x7e]{1,128}$/

/** Pure but for the new id. */
export function usageRow(exchange: Recordable, { outcome, status }: CallEnd, now: number): UsageRow {
  const { request, principal, account, call, reply, meter } = exchange
  const agentSession = request.headers['x-claude-code-session-id']
  const whole = outcome === 'complete' || (outcome === 'refused' && !meter.failed())
  return {
    id: newId('usage'),
    requestId: exchange.requestId,
    at: exchange.at,
    durationMs: Math.max(0, now - exchange.at),
    organizationId: principal.organizationId,
    personId: principal.personId,
    sessionId: principal.sessionId,
    keyId: principal.keyId,
    agentSessionId: typeof agentSession === 'string' && hint.test(agentSession) ? agentSession : null,
    address: clientOf(request).address,
    endpoint: call.endpoint,
    providerId: account.id,
    providerKind: account.kind,
    providerRequestId: headerOf(reply.head?.headers ?? [], 'request-id') ?? null,
    model: call.model,
    stream: call.stream,
    status,
    outcome,
    ...meter.counts(),
    counted: whole && (meter.finished() || status >= 300),
  }
}

/**
 * Resolves when the row is durable. A row that cannot be kept is written to the log, where it can be found again.
 *
 * @throws Failure storage_unavailable
 */
export async function recordCall(exchange: Recordable, end: CallEnd, gateway: Gateway): Promise<UsageRow> {
  const row = usageRow(exchange, end, gateway.now())
  try {
    await askConsole(() => gateway.contract.recordUsage(row))
  } catch (error) {
    gateway.log.error({ row }, 'a usage row could not be kept')
    throw error
  }
  return row
}
