import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gzipSync } from 'node:zlib'
import { version } from '@latchstring/server/version'
import { startTestServer } from '../tests/support/running-server.ts'
import { signInAgent } from '../tests/support/sign-in-agent.ts'
import { at } from './repository.ts'

/**
 * Makes `tests/fixtures/data-<version>/`, the data folder of this build that later builds must open
 * (tests/journeys/earlier-data.test.ts). Run it once for a release, before its version changes, and commit the folder:
 * `./dev node --conditions=@latchstring/source tools/make-data-fixture.ts`. Its secrets open nothing else.
 */
const target = at(`tests/fixtures/data-${version}`)
const work = mkdtempSync(path.join(tmpdir(), 'latchstring-fixture-'))
const keyFile = path.join(work, 'data.key')
writeFileSync(keyFile, `${Buffer.alloc(32, 'fixture').toString('base64url')}\n`, { mode: 0o600 })

const server = await startTestServer({ LATCHSTRING_PORT: '41800', LATCHSTRING_KEY_FILE: keyFile })
const { LATCHSTRING_DATA: data = '' } = server.environment
await server.owner.ask('POST', '/v1/organizations/api_keys', { name: 'Of the fixture' })
await server.owner.ask('POST', '/v1/organizations/policies/managed_settings', {
  settings: { availableModels: ['claude-opus-4-7'] },
})
const agent = await signInAgent(server)
for (let n = 0; n < 3; n++) await (await agent.message()).text()
await server.owner.ask('POST', '/v1/organizations/providers', {
  kind: 'anthropic',
  name: 'Of the fixture',
  base_url: 'https://provider.example',
  secret: 'secret-of-the-fixture',
})
// The jobs that follow up on calls and seal the audit have come by when the newest line is sealed.
for (let sealed = false; !sealed; ) {
  const file = new DatabaseSync(path.join(data, 'latchstring.sqlite'), { readOnly: true })
  const open = file.prepare('select count(*) as n from audit_lines where chain_hash is null').get()
  const calls = file.prepare("select count(*) as n from audit_lines where event = 'usage.recorded'").get()
  file.close()
  sealed = open?.['n'] === 0 && calls?.['n'] === 3
  await new Promise(resolve => setTimeout(resolve, 100))
}
const made = { made_at: Date.now(), url: server.url, refresh_token: agent.tokens?.refresh_token }
const files = ['latchstring.sqlite', 'usage.sqlite']
for (const name of files) {
  const file = new DatabaseSync(path.join(data, name), { timeout: 5000 })
  file.exec('pragma wal_checkpoint(truncate)')
  file.close()
}
rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
for (const name of files)
  writeFileSync(path.join(target, `${name}.gz`), gzipSync(readFileSync(path.join(data, name)), { level: 9 }))
copyFileSync(keyFile, path.join(target, 'data.key'))
writeFileSync(path.join(target, 'made.json'), `${JSON.stringify(made, null, 2)}\n`)
await server.stop()
rmSync(work, { recursive: true, force: true })
