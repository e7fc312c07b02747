import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Line } from './chain.ts'
import { firstHash, hashLine } from './chain.ts'
import { forgetLines } from './service.ts'
import { makeChain, rowsOf, sealAll, tamper } from './testing/chain.ts'

/** docs/audit-chain.md is what others write a verifier by: what it says is held against the program here. */
const page = readFileSync(join(import.meta.dirname, '../../../../docs/audit-chain.md'), 'utf8')
const block = (language: string) => page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''

it('the example of the page has the hash and the commitment that the page says', () => {
  const row = JSON.parse(block('json')) as Line & { chain_hash: string }
  expect(hashLine(firstHash, row)).toBe(row.chain_hash)
  const salt = hash(
    'sha256',
    Buffer.concat([Buffer.from(row.salt ?? '', 'hex'), Buffer.from('address')]),
    'buffer',
  )
  const commitment = hash('sha256', Buffer.concat([salt, Buffer.from('"192.0.2.7"')]), 'hex')
  expect(page).toContain(`commits to its address by \`${commitment}\``)
})

const python = spawnSync('python3', ['--version']).status === 0

it.skipIf(!python)(
  'the verifier of the page agrees on a chain, also with erased values, and names a broken line',
  async () => {
    const chain = await makeChain(40)
    const { base } = chain
    const run = async () => {
      const input = (await rowsOf(base)).map(row => JSON.stringify(row)).join('\n')
      return spawnSync('python3', ['-c', block('python')], { input, encoding: 'utf8' })
    }
    await sealAll(base)
    await forgetLines(base, chain.developer.id)
    const last = (await rowsOf(base)).at(-1)
    expect((await run()).stdout).toBe(`40 lines, ${last?.chain_hash}\n`)
    await forgetLines(base, chain.owner.id)
    expect((await run()).stdout).toBe(`40 lines, ${last?.chain_hash}\n`)
    await tamper(base, last?.id ?? '', { request_id: 'req_2' })
    expect(await run()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`sequence 40, line ${last?.id}`),
    })
    await base.close()
  },
)
