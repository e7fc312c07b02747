import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BrowserClient } from './browser-client.ts'
import { freePort } from './running-server.ts'

const program = join(import.meta.dirname, '../../packages/server/src/main.ts')
const node = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  '--conditions=@latchstring/source',
  program,
]

/** `latchstring serve` from source as a process of its own, set up for Acme and owner@acme.test. */
export class ServerProcess {
  readonly url: string
  readonly dataFolder: string
  adminKey = ''
  /** All that it wrote. */
  output = ''
  readonly #folder = mkdtempSync(join(tmpdir(), 'latchstring-process-'))
  readonly #environment: Record<string, string>
  readonly #within: string[]
  #child: ChildProcess | undefined
  #ownerLink = ''

  private constructor(port: number, given: Place) {
    this.url = `http://localhost:${port}`
    this.dataFolder = join(given.folder ?? this.#folder, 'data')
    this.#within = given.within ?? []
    this.#environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#folder,
      LATCHSTRING_DATA: this.dataFolder,
      LATCHSTRING_KEY_FILE: join(this.#folder, 'master.key'),
      LATCHSTRING_PORT: String(port),
      LATCHSTRING_ALLOW_PRIVATE: '127.0.0.0/8',
    }
  }

  static async start(given: Place = {}): Promise<ServerProcess> {
    const server = new ServerProcess(await freePort(), given)
    const { stdout } = await server.command(
      'init',
      '--organization',
      'Acme',
      '--owner',
      'owner@acme.test',
      '--json',
    )
    const made = JSON.parse(stdout) as { admin_api_key: string; sign_in_link: string }
    server.adminKey = made.admin_api_key
    server.#ownerLink = made.sign_in_link
    await server.serve()
    return server
  }

  /** @throws the error of `execFile` with `code` and `stderr` where it fails */
  command(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const [file = '', ...words] = [...this.#within, ...node, ...args]
    return promisify(execFile)(file, words, { env: this.#environment })
  }

  /** @throws Error with what it wrote when it ends instead */
  async serve(): Promise<void> {
    const [file = '', ...words] = [...this.#within, ...node, 'serve']
    const child = spawn(file, words, { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    const from = this.output.length
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', chunk => {
          this.output += chunk
          if (this.output.slice(from).includes(this.url)) resolve()
        })
      child.once('close', () => {
        this.#child = undefined
        reject(new Error(this.output.slice(from)))
      })
    })
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`the server ended by itself: ${this.output}`)
    return this.#child.pid
  }

  /** The owner, signed in. */
  async owner(): Promise<BrowserClient> {
    const owner = new BrowserClient(this.url)
    await owner.signIn(this.#ownerLink)
    return owner
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const gone = once(child, 'close')
    child.kill(signal)
    await gone
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Where it runs: its data in this folder, these words before its name. */
type Place = { folder?: string; within?: string[] }
