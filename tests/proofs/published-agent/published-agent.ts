import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ran } from './run.ts'
import { run } from './run.ts'
import type { Person } from './terminal.ts'
import { Terminal } from './terminal.ts'

/** Exists in the private world only; prove.sh laid a layer of memory over /etc. */
const managedFile = '/etc/claude-code/managed-settings.json'

/** Where npm puts the program, with and without its launcher. */
const programs = [
  'node_modules/@anthropic-ai/claude-code-linux-x64/claude',
  'node_modules/@anthropic-ai/claude-code-linux-arm64/claude',
  'node_modules/.bin/claude',
]

/** Nothing of it speaks to anyone but us; without a network it could not anyway. */
const quiet = {
  DISABLE_AUTOUPDATER: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_BUG_COMMAND: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
}

/** Its credential file, as far as this proof looks into it. */
type Credentials = {
  enterpriseGateway: { jwt: string; expiresAt: number; idpRefreshToken: string; email?: string }
}

/** A published agent on a machine of its own: program, home, project, managed settings. */
export class PublishedAgent {
  readonly home: string
  readonly environment: Record<string, string>
  readonly #program: string
  readonly #project: string

  constructor(installed: string, home: string, inherited: Record<string, string>) {
    const program = programs.map(path => join(installed, path)).find(existsSync)
    if (program === undefined) throw new Error(`no ${programs[0]} in the folder given`)
    this.#program = program
    this.home = home
    this.#project = join(home, 'project')
    mkdirSync(this.#project, { recursive: true })
    this.environment = { ...inherited, ...quiet, HOME: home, TERM: 'xterm-256color', SHELL: '/bin/sh' }
  }

  /** What the organisation's device management would write; null takes it away. */
  static manage(settings: object | null): void {
    if (settings === null) rmSync(managedFile, { force: true })
    else writeFileSync(managedFile, JSON.stringify(settings))
  }

  /** The developer's own settings. */
  configure(settings: object): void {
    mkdirSync(join(this.home, '.claude'), { recursive: true })
    writeFileSync(join(this.home, '.claude/settings.json'), JSON.stringify(settings))
  }

  /** As on a machine where its first-run screens (style, notes) have been seen before. */
  skipFirstRun(): void {
    writeFileSync(
      join(this.home, '.claude.json'),
      JSON.stringify({ hasCompletedOnboarding: true, theme: 'dark' }),
    )
  }

  run(...args: string[]): Promise<Ran> {
    return run(this.#program, args, this.environment, this.#project)
  }

  say(words: string): Promise<Ran> {
    return this.run('-p', words)
  }

  open(): Terminal {
    return new Terminal(this.home, this.#project, this.environment, [this.#program])
  }

  credentials(): Credentials['enterpriseGateway'] {
    return (JSON.parse(readFileSync(this.#credentialFile, 'utf8')) as Credentials).enterpriseGateway
  }

  /** Makes the agent believe that its access token ends so many seconds from now. */
  age(secondsLeft: number): void {
    const all = JSON.parse(readFileSync(this.#credentialFile, 'utf8')) as Credentials
    all.enterpriseGateway.expiresAt = Date.now() + secondsLeft * 1000
    writeFileSync(this.#credentialFile, JSON.stringify(all))
  }

  get #credentialFile(): string {
    return join(this.home, '.claude/.credentials.json')
  }
}

/** Someone who wants to get in: says yes to everything that is asked before the first prompt, and asks for /login. */
export const agreeable: Person = screen => {
  const lines = screen.split('\n')
  const chosen = lines.findLastIndex(line => /^\s*❯/.test(line))
  const yes = lines.findLastIndex(line => /^\s*(❯\s*)?(\d\.\s*)?Yes\b/.test(line))
  if (yes !== -1 && chosen !== -1)
    return [...Array<string>(Math.abs(yes - chosen)).fill(yes < chosen ? 'Up' : 'Down'), 'Enter']
  if (/Not (logged|signed) in\b.*\/login/.test(screen)) return ['/login', 'Enter']
  return /Enter to (continue|connect|confirm)|Choose the text style/.test(screen) ? ['Enter'] : null
}
