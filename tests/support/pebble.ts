import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { dirname, join } from 'node:path'
import type { TestAuthority } from '@latchstring/server/testing/certificates'
import { freePort } from './running-server.ts'

/** Named by `./dev test` where Let's Encrypt's test authority is there. */
export const pebblePath = process.env['LATCHSTRING_TEST_PEBBLE']

export type Pebble = {
  directory: string
  /** The port where it looks for the proof, which stands for 80. */
  proofPort: number
  stop(): Promise<void>
}

/** Pebble with a name server beside it that says 127.0.0.1 to every name. It loses nonces on purpose, as it always does. */
export async function startPebble(authority: TestAuthority): Promise<Pebble> {
  const program = pebblePath ?? ''
  const [port, managementPort, proofPort, tlsPort, dnsPort, dnsManagementPort] = await Promise.all(
    Array.from({ length: 6 }, freePort),
  )
  const { certFile, keyFile } = authority.issue('localhost', `pebble${port}`)
  const config = join(authority.folder, `pebble${port}.json`)
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: certFile,
    privateKey: keyFile,
    httpPort: proofPort,
    tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  }
  writeFileSync(config, JSON.stringify({ pebble }))
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', '']
  const names = ['-dns01', `127.0.0.1:${dnsPort}`, '-management', `127.0.0.1:${dnsManagementPort}`]
  const children: ChildProcess[] = [
    spawn(join(dirname(program), 'pebble-challtestsrv'), [...off, ...names], { stdio: 'ignore' }),
    spawn(program, ['-config', config, '-dnsserver', `127.0.0.1:${dnsPort}`], {
      env: { PATH: process.env['PATH'], PEBBLE_VA_NOSLEEP: '1' },
      stdio: 'ignore',
    }),
  ]
  const directory = `https://localhost:${port}/dir`
  const answers = () =>
    new Promise<boolean>(resolve => {
      get(directory, { ca: authority.ca }, response => {
        response.resume()
        resolve(response.statusCode === 200)
      }).on('error', () => resolve(false))
    })
  const giveUpAt = Date.now() + 20_000
  while (!(await answers())) {
    if (Date.now() > giveUpAt) throw new Error('Pebble does not answer')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return {
    directory,
    proofPort: proofPort ?? 0,
    async stop() {
      const ended = children.map(child => new Promise(resolve => child.once('close', resolve)))
      for (const child of children) child.kill('SIGTERM')
      await Promise.all(ended)
    },
  }
}
