import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestBase } from '../base/testing/base.ts'
import { erase, saltOf, valuesOf } from './chain.ts'
import { personalValues } from './forget.ts'
import { change, forgetLines } from './service.ts'
import { addLines, makeChain, rowsOf, sealAll, sealAndSign } from './testing/chain.ts'
import { verifyAudit } from './verify.ts'

let base: TestBase
let chain: Awaited<ReturnType<typeof makeChain>>
beforeEach(async () => {
  chain = await makeChain(12)
  base = chain.base
})
afterEach(() => base.close())

const sha256 = async (...parts: Uint8Array[]) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.concat(parts))).toString('hex')
const text = (value: string) => Buffer.from(value, 'utf8')

describe('a person who is erased', () => {
  it('leaves a chain that verifies, against the heads from before too', async () => {
    const stored = await sealAndSign(base)
    const hashes = (await rowsOf(base)).map(row => row.chain_hash)
    expect(await forgetLines(base, chain.owner.id)).toBeGreaterThan(9)
    const rows = await rowsOf(base)
    expect(rows.map(row => row.chain_hash)).toEqual(hashes)
    for (const gone of [chain.owner.id, 'session_owner', '192.0.2.7', '198.51.100.9', 'agent/1.0'])
      expect(JSON.stringify(rows)).not.toContain(gone)
    expect(rows.at(-1)?.details).toBe('{"client":"agent","address":null,"user_agent":null,"i":9}')
    const report = await verifyAudit(base, stored)
    expect(report).toMatchObject({ whole: true, organizations: [{ lines: 12, fault: null }] })
    expect(report.organizations[0]?.erased).toBeGreaterThan(9)
    expect(await forgetLines(base, chain.owner.id)).toBe(0)
  })

  it('cannot be found again by guessing: without its salt the right guess gives no commitment', async () => {
    await sealAll(base)
    const [before] = (await rowsOf(base)).slice(-1)
    if (before === undefined) return expect.fail()
    const guess = async (salt: string) => sha256(Buffer.from(salt, 'hex'), text(JSON.stringify('192.0.2.7')))
    const salt = saltOf(before.salt ?? '', 'address')
    await forgetLines(base, chain.owner.id)
    const [after] = (await rowsOf(base)).slice(-1)
    const { commitments, salts } = JSON.parse(after?.erased ?? '')
    // With the salt that is gone the guess would be right, so the commitment is the value's.
    expect(await guess(salt)).toBe(commitments.address)
    expect(after?.salt).toBeNull()
    expect(Object.keys(commitments)).toEqual([
      'actor_id',
      'actor_by',
      'address',
      'details.address',
      'details.user_agent',
    ])
    expect(Object.keys(salts)).toEqual(['target_id', 'details.client', 'details.i'])
    // Nothing that is left of the line, nor anything hashed from it, opens the commitment.
    const left = [
      ...Object.values<string>(salts),
      ...Object.values<string>(commitments),
      after?.chain_hash ?? '',
    ]
    for (const one of left) {
      expect(await guess(one)).not.toBe(commitments.address)
      expect(await guess(await sha256(Buffer.from(one, 'hex'), text('address')))).not.toBe(
        commitments.address,
      )
    }
    // The salt is random for each line, so that equal values do not show.
    const others = (await rowsOf(base)).slice(-5).map(row => JSON.parse(row.erased ?? '').commitments.address)
    expect(new Set(others).size).toBe(5)
  })

  it('and one who is not: only the values of the one are gone from a line about both', async () => {
    await change(base, chain.actor, 'members.role_changed', async (_handle, line) => {
      line.target('member', chain.developer.id)
      line.details({ from: 'developer', to: 'admin', email: 'developer@acme.test' })
    })
    await sealAll(base)
    await forgetLines(base, chain.developer.id)
    const [row] = (await rowsOf(base)).slice(-1)
    expect(row).toMatchObject({
      actor_id: chain.owner.id,
      address: '192.0.2.7',
      target_id: null,
      details: '{"from":"developer","to":"admin","email":null}',
    })
    expect((await verifyAudit(base)).whole).toBe(true)
    await forgetLines(base, chain.owner.id)
    expect((await rowsOf(base)).at(-1)).toMatchObject({ actor_id: null, address: null })
    expect((await verifyAudit(base)).whole).toBe(true)
  })

  it('is erased from lines that are not sealed yet, which are then sealed without', async () => {
    await forgetLines(base, chain.owner.id)
    expect(JSON.stringify(await rowsOf(base))).not.toContain(chain.owner.id)
    await sealAll(base)
    expect(await verifyAudit(base)).toMatchObject({ whole: true, organizations: [{ lines: 12, erased: 0 }] })
  })

  it('is erased in every page of many lines', async () => {
    await addLines(base, chain.actor, 2100)
    await sealAll(base)
    await forgetLines(base, chain.owner.id)
    expect(JSON.stringify(await rowsOf(base))).not.toContain(chain.owner.id)
    expect((await verifyAudit(base)).whole).toBe(true)
  })

  it('while lines are being sealed leaves a chain that verifies', async () => {
    await addLines(base, chain.actor, 600)
    await Promise.all([sealAll(base), forgetLines(base, chain.owner.id), sealAll(base)])
    await sealAll(base)
    expect(JSON.stringify(await rowsOf(base))).not.toContain(chain.owner.id)
    expect(await verifyAudit(base)).toMatchObject({
      whole: true,
      organizations: [{ lines: 612, unsealed: 0 }],
    })
  })

  it('stands in an open transaction’s outcome', async () => {
    await sealAll(base)
    const before = await rowsOf(base)
    const undone = base.database.transaction(async () => {
      await forgetLines(base, chain.owner.id)
      throw new Error('undo')
    })
    await expect(undone).rejects.toThrow('undo')
    expect(await rowsOf(base)).toEqual(before)
  })
})

describe('what is put back', () => {
  it('into an erased place is found', async () => {
    await sealAll(base)
    await forgetLines(base, chain.owner.id)
    const [row] = (await rowsOf(base)).slice(-1)
    for (const columns of [
      { address: '192.0.2.7' },
      { actor_id: chain.owner.id },
      { salt: '0'.repeat(32) },
    ]) {
      const put = (values: object) =>
        base.database.transaction(handle =>
          handle
            .updateTable('audit_lines')
            .set(values)
            .where('id', '=', row?.id ?? '')
            .execute(),
        )
      await put(columns)
      expect((await verifyAudit(base)).organizations[0]?.fault).toMatchObject({ id: row?.id })
      await put(row ?? {})
    }
  })
})

describe('erase', () => {
  it('changes nothing where there is nothing of that name, or where it is gone already', async () => {
    await sealAll(base)
    const [row] = (await rowsOf(base)).slice(-1)
    if (row === undefined) return expect.fail()
    expect(erase(row, new Set(['details.nothing', 'details', 'salt']))).toBeUndefined()
    const once = { ...row, ...erase(row, new Set(['address'])) }
    expect(erase(once, new Set(['address']))).toBeUndefined()
    expect(valuesOf(once).map(([name]) => name)).toEqual(valuesOf(row).map(([name]) => name))
  })

  it('takes names where they are the person’s own words, and leaves an organisation’s', async () => {
    const [row] = await rowsOf(base)
    if (row === undefined) return expect.fail()
    const by = (event: 'keys.renamed' | 'providers.updated', actor: string) => [
      ...personalValues({ ...row, event, actor_id: actor, target_id: 'x', details: '{"from":"a"}' }, 'me'),
    ]
    expect(by('keys.renamed', 'me')).toContain('details.from')
    expect(by('providers.updated', 'me')).not.toContain('details.from')
    expect(by('keys.renamed', 'another')).toEqual([])
  })
})
