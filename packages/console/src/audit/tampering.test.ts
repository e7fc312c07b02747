import { afterEach, describe, expect, it } from 'vitest'
import type { TestBase } from '../base/testing/base.ts'
import { firstHash, hashLine } from './chain.ts'
import type { AuditRow } from './queries.ts'
import { forgetLines } from './service.ts'
import { addLines, makeChain, rowsOf, sealAll, sealAndSign, tamper } from './testing/chain.ts'
import { verifyAudit } from './verify.ts'

/** What docs/audit-chain.md says is found, and by what. Everything here is done as somebody with the database could. */
let base: TestBase
let chain: Awaited<ReturnType<typeof makeChain>>
afterEach(() => base?.close())

async function make(lines: number) {
  chain = await makeChain(lines)
  base = chain.base
  return await sealAndSign(base)
}

const faultOf = async (stored: string[] = []) => {
  const { organizations, headFaults, whole } = await verifyAudit(base, stored)
  return { whole, fault: organizations[0]?.fault ?? null, heads: headFaults.map(one => one.where) }
}

const at = async (sequence: number) =>
  (await rowsOf(base)).find(row => row.sequence === sequence) ?? expect.fail('no such line')

const write = (
  sql: (handle: Parameters<Parameters<TestBase['database']['transaction']>[0]>[0]) => Promise<unknown>,
) => base.database.transaction(async handle => void (await sql(handle)))

const dropHeads = () => write(handle => handle.deleteFrom('audit_heads').execute())

/** One character changed to another one that may stand there. */
const altered = (value: string, place: number) => {
  const was = value[place] ?? ''
  return value.slice(0, place) + (was === 'a' ? 'b' : 'a') + value.slice(place + 1)
}

describe('the chain alone finds', () => {
  it('an altered byte in any column of any line, and names the line', async () => {
    await make(12)
    await forgetLines(base, chain.developer.id)
    expect(await faultOf()).toMatchObject({ whole: true, fault: null })
    const rows = await rowsOf(base)
    expect(rows.some(row => row.erased !== null)).toBe(true)
    let tried = 0
    for (const row of rows) {
      for (const [column, value] of Object.entries(row) as [keyof AuditRow, string | number | null][]) {
        if (column === 'sequence' || column === 'organization_id') continue
        const bytes = typeof value === 'string' ? [...value].length : 0
        const changes: unknown[] =
          typeof value === 'number'
            ? [value + 1]
            : value === null
              ? ['x']
              : [altered(value, 0), altered(value, bytes >> 1), altered(value, bytes - 1), `${value} `]
        for (const change of changes) {
          await tamper(base, row.id, { [column]: change })
          const { whole, fault } = await faultOf()
          const id = column === 'id' ? change : row.id
          expect([whole, fault], `${column} of ${row.sequence}`).toEqual([
            false,
            { sequence: row.sequence, id, what: expect.any(String) },
          ])
          await tamper(base, id as string, { [column]: value })
          tried++
        }
      }
    }
    expect(tried).toBeGreaterThan(400)
    expect(await faultOf()).toMatchObject({ whole: true, fault: null })
  })

  it('whether a line’s values or its hash were altered, and which column holds what no sealer writes', async () => {
    await make(12)
    const what = async (columns: Partial<AuditRow>) => {
      const row = await at(5)
      await tamper(base, row.id, columns)
      const found = (await faultOf()).fault?.what
      await tamper(base, row.id, row)
      return found
    }
    expect(await what({ chain_hash: firstHash })).toMatch(/chain_hash was altered/)
    expect(await what({ event: 'keys.created' })).toMatch(/values do not give its chain_hash/)
    expect(await what({ salt: null })).toMatch(/salt/)
    expect(await what({ details: '{"client": "agent"}' })).toMatch(/values do not give/)
    expect(await what({ erased: '{"commitments":{},"salts":{}}' })).toMatch(/salt is there/)
    expect(await what({ erased: '{"commitments":{},"salts":{}}', salt: null })).toMatch(/erased/)
    expect(await what({ erased: 'no', salt: null })).toMatch(/erased is no JSON/)
  })

  it('two lines that changed places', async () => {
    await make(12)
    const [four, nine] = [await at(4), await at(9)]
    await tamper(base, four.id, { sequence: null })
    await tamper(base, nine.id, { sequence: 4 })
    await tamper(base, four.id, { sequence: 9 })
    expect((await faultOf()).fault).toMatchObject({ sequence: 4, id: nine.id })
  })

  it('a line deleted in the middle or at the start, moved away, or taken out of the chain', async () => {
    await make(12)
    for (const sequence of [1, 6]) {
      const row = await at(sequence)
      await write(handle => handle.deleteFrom('audit_lines').where('id', '=', row.id).execute())
      expect((await faultOf()).fault).toMatchObject({
        sequence,
        id: null,
        what: expect.stringMatching(/missing/),
      })
      await write(handle => handle.insertInto('audit_lines').values(row).execute())
    }
    const row = await at(6)
    await tamper(base, row.id, { organization_id: 'another' })
    expect((await verifyAudit(base)).organizations.filter(one => one.fault !== null)).toHaveLength(2)
    await tamper(base, row.id, row)
    await tamper(base, row.id, { sequence: null })
    await sealAll(base)
    expect((await faultOf()).fault).toMatchObject({ sequence: 6, id: null })
  })

  it('a line put between two others', async () => {
    await make(12)
    const row = await at(6)
    const id = 'audit_zzzzzzzzzzzzzzzzzzzzzzzz'
    for (const sequence of [0, -3]) {
      await write(handle =>
        handle
          .insertInto('audit_lines')
          .values({ ...row, id, sequence })
          .execute(),
      )
      expect((await faultOf()).fault).toMatchObject({
        what: expect.stringMatching(/13 lines stand at its first 12/),
      })
      await write(handle => handle.deleteFrom('audit_lines').where('id', '=', id).execute())
    }
  })

  it('a chain whose own row was altered or deleted', async () => {
    await make(12)
    const [row] = await base.database.handle().selectFrom('audit_chains').selectAll().execute()
    const put = (columns: object) =>
      write(handle => handle.updateTable('audit_chains').set(columns).execute())
    for (const columns of [{ sequence: 11 }, { sequence: 13 }, { chain_hash: firstHash }]) {
      await put(columns)
      expect((await faultOf()).whole).toBe(false)
      await put(row ?? {})
    }
    await write(handle => handle.deleteFrom('audit_chains').execute())
    expect((await faultOf()).whole).toBe(false)
  })
})

/** As an administrator of the database who knows the encoding, from a line on. */
async function recompute(from: number, alter: Partial<AuditRow>) {
  let hash = firstHash
  for (const row of await rowsOf(base)) {
    const changed = row.sequence === from ? { ...row, ...alter } : row
    hash = hashLine(hash, changed)
    await tamper(base, row.id, { ...changed, chain_hash: hash })
  }
  await write(handle => handle.updateTable('audit_chains').set({ chain_hash: hash }).execute())
}

/** As the same one, with the chain's own row put right. */
async function cut(to: number) {
  const last = await at(to)
  await write(handle => handle.deleteFrom('audit_lines').where('sequence', '>', to).execute())
  await write(handle =>
    handle
      .updateTable('audit_chains')
      .set({ sequence: to, chain_hash: last.chain_hash ?? '', headed_sequence: to })
      .execute(),
  )
}

describe('only a stored head finds', () => {
  it('a tail that was cut off', async () => {
    const stored = await make(12)
    await cut(7)
    expect((await faultOf()).heads).toHaveLength(1)
    await dropHeads()
    expect(await faultOf()).toEqual({ whole: true, fault: null, heads: [] })
    expect(await faultOf(stored)).toEqual({ whole: false, fault: null, heads: ['line 1'] })
    const { headFaults } = await verifyAudit(base, stored)
    expect(headFaults[0]).toMatchObject({ sequence: 12, what: expect.stringMatching(/ends at 7 now/) })
  })

  it('a cut tail that grew again', async () => {
    const stored = await make(12)
    await cut(7)
    await dropHeads()
    await addLines(base, chain.actor, 20)
    await sealAll(base)
    expect(await faultOf()).toEqual({ whole: true, fault: null, heads: [] })
    expect(await faultOf(stored)).toMatchObject({ whole: false, heads: ['line 1'] })
  })

  it('a chain recomputed from an altered line on', async () => {
    const stored = await make(12)
    await recompute(5, { actor_id: 'user_somebody_else' })
    expect((await faultOf()).heads).toHaveLength(1)
    await dropHeads()
    expect(await faultOf()).toEqual({ whole: true, fault: null, heads: [] })
    expect(await faultOf(stored)).toEqual({ whole: false, fault: null, heads: ['line 1'] })
  })

  it('a chain deleted with everything about it', async () => {
    const stored = await make(12)
    for (const table of ['audit_lines', 'audit_chains', 'audit_heads'] as const)
      await write(handle => handle.deleteFrom(table).execute())
    expect(await verifyAudit(base)).toMatchObject({ whole: true, organizations: [] })
    expect(await faultOf(stored)).toMatchObject({ whole: false, heads: ['line 1'] })
  })
})

describe('nothing finds', () => {
  it('a line altered before it is sealed', async () => {
    await make(12)
    await addLines(base, chain.actor, 1)
    const fresh = (await rowsOf(base)).find(row => row.sequence === null)
    await tamper(base, fresh?.id ?? '', { actor_id: 'user_somebody_else' })
    expect(await faultOf(await sealAndSign(base))).toEqual({ whole: true, fault: null, heads: [] })
  })
})
