import type { Arrived, Identified, Step } from '../exchange.ts'
import { readBody } from '../read-body.ts'

/**
 * POST /v1/metrics, /v1/logs, /v1/traces: agents that were told to send their telemetry here get the answer of an OTLP
 * sink. The body is read, dropped and never looked at.
 */
export const dropTelemetry: Step<Arrived & Identified, { answer: unknown }> = async (
  { request, lifeline },
  { limits },
) => {
  await readBody(request, lifeline, { bytes: limits.telemetryBytes, ms: limits.bodyMs }, () => {})
  return { answer: {} }
}
