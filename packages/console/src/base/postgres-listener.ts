import pg from 'pg'
import { clientConfig } from './postgres-driver.ts'
import type { PostgresSettings } from './postgres-url.ts'

const againMs = 500

/**
 * Keeps one session that listens, and makes it anew when it breaks. What was said meanwhile is lost, so `heard` is called
 * after each new beginning too.
 */
export function listen(
  settings: PostgresSettings,
  channel: string,
  heard: () => void,
): { close(): Promise<void> } {
  let closed = false
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined

  const again = () => {
    if (closed || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      begun = begin()
    }, againMs)
    timer.unref()
  }
  const begin = async () => {
    try {
      const made = new pg.Client(await clientConfig(settings, 'read'))
      client = made
      const ended = () => {
        if (client === made) client = undefined
        again()
      }
      made.on('error', ended)
      made.on('end', ended)
      made.on('notification', heard)
      await made.connect()
      await made.query(`listen ${made.escapeIdentifier(channel)}`)
      heard()
    } catch {
      again()
    }
  }
  let begun = begin()
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await begun
      await client?.end().catch(() => {})
    },
  }
}
