import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestAuthority } from '@latchstring/server/testing/certificates'
import { makeAuthority } from '@latchstring/server/testing/certificates'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildLatch } from '../../packages/cli/src/testing/built-latch.ts'
import { makeMachines, whyNoMachines } from '../support/machines.ts'

/** People on another machine, under a real name and the organisation's own CA. */
const why = whyNoMachines()
if (why !== undefined) process.stderr.write(`left out: people on a second machine: ${why}\n`)
const nginx = process.env['LATCHSTRING_TEST_NGINX']

const name = 'keys.acme.test'
const url = `https://${name}`
const program = join(import.meta.dirname, '../../packages/server/src/main.ts')
const person = join(import.meta.dirname, '../support/second-machine.ts')
const node = (file: string, ...args: string[]) => ['--conditions=@latchstring/source', file, ...args]

let authority: TestAuthority
let files: { certFile: string; keyFile: string }
let built: ReturnType<typeof buildLatch>
beforeAll(() => {
  if (why !== undefined) return
  authority = makeAuthority()
  files = authority.issue(name)
  built = buildLatch()
})
afterAll(() => {
  authority?.remove()
  built?.remove()
})

/** nginx as its manual configures it for a program behind. */
const nginxConfig = (folder: string) => `
daemon off; pid ${folder}/nginx.pid; error_log stderr; worker_processes 1;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server {
    listen 443 ssl;
    server_name ${name};
    ssl_certificate ${files.certFile};
    ssl_certificate_key ${files.keyFile};
    location / {
      proxy_pass http://127.0.0.1:4180;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
      client_max_body_size 64m;
    }
  }
}`

const ways = {
  'by certificate files': {
    left: why !== undefined,
    environment: () => ({
      LATCHSTRING_LISTEN: '0.0.0.0',
      LATCHSTRING_TLS_CERT_FILE: files.certFile,
      LATCHSTRING_TLS_KEY_FILE: files.keyFile,
    }),
    proxy: () => {},
  },
  'behind nginx': {
    left: why !== undefined || nginx === undefined,
    environment: () => ({ LATCHSTRING_TRUSTED_PROXIES: '127.0.0.1' }),
    proxy(folder: string, machine: ReturnType<typeof makeMachines>['here']) {
      writeFileSync(join(folder, 'nginx.conf'), nginxConfig(folder))
      machine.start(nginx ?? '', ['-p', folder, '-c', join(folder, 'nginx.conf')], {})
    },
  },
}

describe.each(Object.entries(ways))('%s', (_, way) => {
  it.skipIf(way.left)('two people on another machine sign in and call a model over https', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchstring-second-'))
    const machines = makeMachines([name])
    const { here, there } = machines
    try {
      const environment = {
        LATCHSTRING_URL: url,
        LATCHSTRING_DATA: join(folder, 'data'),
        ...way.environment(),
      }
      const host = async (...args: string[]) => {
        const { code, stdout, stderr } = await here.run(process.execPath, node(program, ...args), environment)
        if (code !== 0) throw new Error(stderr)
        return stdout.trim()
      }
      const made = JSON.parse(
        await host('init', '--organization', 'Acme', '--owner', 'owner@acme.test', '--json'),
      )
      const server = here.start(process.execPath, node(program, 'serve'), environment)
      await new Promise<void>((resolve, reject) => {
        server.stdout?.once('data', () => resolve())
        server.stderr?.on(
          'data',
          chunk => /"level"|Error/.test(String(chunk)) && reject(new Error(String(chunk))),
        )
      })
      way.proxy(folder, here)
      const trusting = { NODE_EXTRA_CA_CERTS: authority.caFile }
      const reach = async () =>
        (
          await there.run(
            process.execPath,
            ['-e', `fetch('${url}/healthz').then(r => console.log(r.status))`],
            trusting,
          )
        ).stdout
      await expect.poll(reach, { timeout: 10_000 }).toBe('200\n')

      const act = async (given: object, env: Record<string, string>) => {
        const words = JSON.stringify({ url, latch: built.file, ...given })
        const { code, stdout, stderr } = await there.run(process.execPath, [person, words], env)
        if (code !== 0) throw new Error(stderr)
        return JSON.parse(stdout)
      }
      const outcome = {
        askedFrom: there.address,
        login: 0,
        message: 200,
        page: 200,
        strict: 'max-age=31536000',
      }
      const ada = { link: made.sign_in_link, addMember: 'bob@acme.test' }
      expect(await act(ada, { ...trusting, HOME: join(folder, 'ada') })).toEqual({
        ...outcome,
        who: 'owner@acme.test',
      })
      const bob = { link: await host('sign-in-link', 'bob@acme.test') }
      expect(await act(bob, { ...trusting, HOME: join(folder, 'bob') })).toEqual({
        ...outcome,
        who: 'bob@acme.test',
      })

      const untrusting = await there.run(process.execPath, [built.file, 'login', url, '--device'], {
        HOME: join(folder, 'eve'),
      })
      expect(untrusting.code).not.toBe(0)
      expect(untrusting.stderr).toContain('NODE_EXTRA_CA_CERTS')
    } finally {
      await machines.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
