import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildSync } from 'esbuild'

/** What one run of the built command left. */
export type Run = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }

export type RunOptions = {
  home: string
  env?: Record<string, string>
  node?: string
  /** Options for Node.js itself, before the file. */
  nodeOptions?: readonly string[]
}

/** Builds `latch` as it is shipped, into a folder of its own. */
export function buildLatch(): { file: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'latch-built-'))
  const file = path.join(folder, 'latch.cjs')
  buildSync({
    entryPoints: [path.resolve(import.meta.dirname, '../latch.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    conditions: ['@latchstring/source'],
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
  })
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Starts the built file with nothing of this process's environment but PATH. */
export function startLatch(file: string, typed: readonly string[], options: RunOptions) {
  const env = { PATH: process.env['PATH'] ?? '', HOME: options.home, ...options.env }
  const node = options.node ?? process.execPath
  return spawn(node, [...(options.nodeOptions ?? []), file, ...typed], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export function runLatch(file: string, typed: readonly string[], options: RunOptions): Promise<Run> {
  const child = startLatch(file, typed, options)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

/**
 * The Node.js programs at hand that `latch` promises to run on, one of each major version, this one first: those on
 * PATH, and those that ./dev fetched for this purpose.
 */
export function nodesAtHand(): { version: string; program: string }[] {
  const fetched = path.resolve(import.meta.dirname, '../../../../.node')
  const folders = [
    path.dirname(process.execPath),
    ...namesIn(fetched).flatMap(version => {
      const packages = path.join(fetched, version, 'node_modules')
      return namesIn(packages).map(name => path.join(packages, name, 'bin'))
    }),
    ...(process.env['PATH'] ?? '').split(path.delimiter),
  ]
  const found = new Map<string, { version: string; program: string }>()
  for (const folder of folders.filter(folder => namesIn(folder).includes('node'))) {
    const program = path.join(folder, 'node')
    const version = execFileSync(program, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()
    const [major = '0', minor = '0'] = version.split('.')
    const promised = Number(major) > 20 || (Number(major) === 20 && Number(minor) >= 19)
    if (promised && !found.has(major)) found.set(major, { version, program })
  }
  return [...found.values()]
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
