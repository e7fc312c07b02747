import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Where PostgreSQL's programs lie; undefined where there is none. */
export function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root)
    ? readdirSync(root)
        .map(Number)
        .sort((a, b) => b - a)
    : []
  const folders = [
    process.env['LATCHSTRING_TEST_POSTGRES'],
    ...versions.map(one => path.join(root, `${one}`, 'bin')),
  ]
  return folders.find(folder => folder !== undefined && existsSync(path.join(folder, 'initdb')))
}

const nobody = 65_534

/** PostgreSQL refuses to run as root; it ends with this process, however this process ends. */
function runAs(folder: string): { command: string[]; env: NodeJS.ProcessEnv } {
  const env = { PATH: '/usr/bin:/bin', HOME: folder, LC_ALL: 'C' }
  if (process.getuid?.() !== 0) return { command: [], env }
  return {
    command: ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--pdeathsig=QUIT'],
    env,
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise(resolve => probe.close(resolve))
  return port
}

/** A certificate for localhost that is its own authority. */
function makeCertificate(folder: string, name: string): { certificate: string; key: string } {
  const made = { certificate: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) }
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const whose = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', made.key, '-out', made.certificate]
  const { status, stderr } = spawnSync('openssl', ['req', '-x509', ...kind, ...whose, ...files], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`openssl: ${stderr}`)
  return made
}

/** A throw-away PostgreSQL on a loopback port, with TLS for localhost, which syncs as in production. */
export async function startPostgres(
  bin: string,
): Promise<{ url: string; certificate: string; foreignCertificate: string; stop(): Promise<void> }> {
  const folder = mkdtempSync('/tmp/latchstring-postgres-')
  const { command, env } = runAs(folder)
  const password = path.join(folder, 'password')
  writeFileSync(password, 'secret')
  for (const file of command.length > 0 ? [folder, password] : []) chownSync(file, nobody, nobody)
  const data = path.join(folder, 'data')
  const [program = '', ...args] = [
    ...command,
    path.join(bin, 'initdb'),
    ...['-D', data, '-U', 'latchstring', '-A', 'scram-sha-256', `--pwfile=${password}`],
    ...['-E', 'UTF8', '--no-locale', '-N'],
  ]
  const made = spawnSync(program, args, { env, cwd: '/', encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const port = await freePort()
  const tls = makeCertificate(folder, 'server')
  for (const file of command.length > 0 ? [tls.certificate, tls.key] : []) chownSync(file, nobody, nobody)
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    max_connections: 300,
    ssl: 'on',
    ssl_cert_file: tls.certificate,
    ssl_key_file: tls.key,
  }
  const [serve = '', ...serveArgs] = [
    ...command,
    path.join(bin, 'postgres'),
    ...['-D', data],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const server = spawn(serve, serveArgs, { env, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  server.stderr.on('data', chunk => {
    said = (said + chunk).slice(-4000)
  })
  const ended = new Promise<void>(resolve => server.once('exit', () => resolve()))
  const isReady = () => said.includes('ready to accept connections')
  while (!isReady()) {
    if (server.exitCode !== null) throw new Error(`postgres: ${said}`)
    await delay(20)
  }
  return {
    url: `postgres://latchstring:secret@127.0.0.1:${port}/postgres?sslmode=disable`,
    certificate: tls.certificate,
    foreignCertificate: makeCertificate(folder, 'foreign').certificate,
    async stop() {
      server.kill('SIGQUIT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
