import { newKey } from '@latchstring/protocol/decide/key-format'
import { expect, it } from 'vitest'
import { makeLog } from './log.ts'

const written = (act: (log: ReturnType<typeof makeLog>) => void) => {
  const lines: string[] = []
  act(makeLog('debug', { write: line => void lines.push(line) }))
  return lines.join('')
}

it('strikes out credentials wherever they stand in a line', () => {
  const key = newKey()
  const jwt = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0In0.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJl'
  const out = written(log => {
    log.info({ url: `/x?token=${key}`, deep: { note: `Bearer abcdef ${jwt}` } }, `message with ${key}`)
    log.error({ error: new Error(`refused ${key}`, { cause: new Error(jwt) }) }, 'failed')
    log.info({ headers: { authorization: 'plain', 'x-api-key': 'plain-key' } })
  })
  for (const secret of [key, jwt, 'abcdef', 'plain-key', '"plain"']) expect(out).not.toContain(secret)
  expect(out).toContain('[redacted]')
})

it('writes one JSON object a line, with time and level', () => {
  const line = JSON.parse(written(log => log.warn({ code: 'x' }, 'said')))
  expect(line).toMatchObject({ level: 'warn', code: 'x', msg: 'said' })
  expect(Date.parse(line.time)).toBeGreaterThan(0)
})

it('W9 strikes out within a string only: nobody hides the rest of a line behind a word of theirs', () => {
  const line = JSON.parse(written(log => log.warn({ path: '/v1/bearer x', code: 'kept' }, 'said')))
  expect(line).toMatchObject({ path: '/v1/bearer [redacted]', code: 'kept', msg: 'said' })
})
