import type { DestinationStream, Logger } from 'pino'
import { pino } from 'pino'

export type { Logger }

/**
 * What looks like a credential in any text: our keys, JWTs, vendors' keys, and everything after `Bearer` up to the end of
 * the JSON string it stands in, so that a line stays one object.
 */
const secretShapes =
  /\blsk_[A-Za-z0-9_-]{8,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|\bsk-[A-Za-z0-9_-]{12,}|(?<=\bbearer\s)[^\s"\\]+/gi

/** Replaces every credential-shaped part of a text by `[redacted]`. */
export function redact(text: string): string {
  return text.replace(secretShapes, '[redacted]')
}

/**
 * JSON lines on standard error, one object a line. Fields known to carry secrets are dropped by name, and whatever looks
 * like a credential is struck out of the finished line, wherever it stands.
 */
export function makeLog(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  const redacting: DestinationStream = { write: line => destination.write(redact(line)) }
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: {
        paths: [
          'authorization',
          'cookie',
          'token',
          'secret',
          'password',
          '*.authorization',
          '*.cookie',
          '*.token',
          '*.secret',
          '*["x-api-key"]',
          '*["set-cookie"]',
        ],
        censor: '[redacted]',
      },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    redacting,
  )
}
