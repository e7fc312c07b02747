import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { freePort } from '../../support/running-server.ts'
import { wait } from './run.ts'
import { Visitor } from './visitor.ts'

const program = join(import.meta.dirname, '../../../bin/latchstring')
const execute = promisify(execFile)
/** A start after a change of the sources builds first. */
const startWithinMs = 120_000

/** `bin/latchstring` as a process of its own on a data folder of its own, set up for Acme and owner@acme.test. */
export class ServerProgram {
  readonly url: string
  readonly dataFolder: string
  adminKey = ''
  ownerLink = ''
  /** All that it wrote, over every start. */
  output = ''
  readonly #folder: string
  readonly #port: number
  readonly #environment: Record<string, string>
  #child: ChildProcess | undefined
  readonly #killChild = () => void this.#child?.kill('SIGKILL')

  private constructor(port: number, more: Record<string, string>) {
    this.#folder = mkdtempSync(join(tmpdir(), 'latchstring-door-'))
    this.#port = port
    this.url = `http://localhost:${port}`
    this.dataFolder = join(this.#folder, 'data')
    this.#environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#folder,
      LATCHSTRING_DATA: this.dataFolder,
      LATCHSTRING_PORT: String(port),
      LATCHSTRING_ALLOW_PRIVATE: '127.0.0.0/8',
      ...more,
    }
  }

  /** Sets up and starts. */
  static async make(more: Record<string, string> = {}): Promise<ServerProgram> {
    const server = new ServerProgram(await freePort(), more)
    process.once('exit', server.#killChild)
    const made = JSON.parse(
      await server.command('init', '--organization', 'Acme', '--owner', 'owner@acme.test', '--json'),
    ) as { admin_api_key: string; sign_in_link: string }
    server.adminKey = made.admin_api_key
    server.ownerLink = made.sign_in_link
    await server.start()
    return server
  }

  /** Runs one of its commands on the host. */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await execute(program, args, { env: this.#environment, timeout: startWithinMs })
    return stdout.trim()
  }

  /** @returns milliseconds from the start of the process until `/healthz` answers */
  async start(): Promise<number> {
    const began = performance.now()
    const child = this.#spawn()
    while (!(await this.#healthy())) {
      if (child.exitCode !== null || performance.now() - began > startWithinMs)
        throw new Error(`latchstring serve does not start: ${this.output.slice(-2000)}`)
      await wait(4)
    }
    return performance.now() - began
  }

  /** Starts it and kills it so much later, ready or not. */
  async startAndKill(afterMs: number): Promise<void> {
    this.#spawn()
    await wait(afterMs)
    await this.kill()
  }

  #spawn(): ChildProcess {
    const child = spawn(program, ['serve'], { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        this.output += bytes.toString()
      })
    return child
  }

  /** kill -9. */
  kill = () => this.#end('SIGKILL')

  /** Asks it to stop, and waits until it has. */
  stop = () => this.#end('SIGTERM')

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server ended by itself: ${this.output.slice(-2000)}`)
    const gone = once(child, 'close')
    child.kill(signal)
    await gone
  }

  /** Ends it and takes its folder away. */
  async remove(): Promise<void> {
    await this.kill()
    process.removeListener('exit', this.#killChild)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Somebody at this server. */
  visitor = () => new Visitor(this.url, this.#port)

  /** The owner, signed in by the link that `init` printed. */
  async owner(): Promise<Visitor> {
    const owner = this.visitor()
    await owner.spendLink(this.ownerLink)
    return owner
  }

  /** Reads one of its databases, running or not. */
  read<T>(name: 'latchstring' | 'usage', look: (file: DatabaseSync) => T): T {
    const file = new DatabaseSync(join(this.dataFolder, `${name}.sqlite`), { readOnly: true, timeout: 5000 })
    try {
      return look(file)
    } finally {
      file.close()
    }
  }

  /** What SQLite says of both files: `ok` or what is wrong. */
  integrity(): string {
    const check = (file: DatabaseSync) => Object.values(file.prepare('pragma integrity_check').get() ?? {})
    const said = [...this.read('latchstring', check), ...this.read('usage', check)]
    return said.every(one => one === 'ok') ? 'ok' : said.join(', ')
  }

  #healthy(): Promise<boolean> {
    return new Promise(resolve => {
      const asked = get(
        {
          host: '127.0.0.1',
          port: this.#port,
          path: '/healthz',
          agent: false,
          headers: { host: `localhost:${this.#port}` },
        },
        reply => {
          reply.resume()
          resolve(reply.statusCode === 200)
        },
      )
      asked.on('error', () => resolve(false))
    })
  }
}
