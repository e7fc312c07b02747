import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { AuditReport } from '@latchstring/console'
import { Failure } from '@latchstring/protocol'
import type { Command, Host } from '../command.ts'
import { readConfig } from '../config.ts'
import { withConsole } from '../with-console.ts'

export const audit: Command = {
  summary: 'Verify the audit chain; print its signed heads and their key.',
  help: `latchstring audit verify --heads /mnt/elsewhere/audit-heads.jsonl

  latchstring audit verify   recompute every organisation's chain; ends with 1 where one is broken and names the line
    --heads FILE             also hold it against heads stored elsewhere (lines of audit-heads.jsonl)
    --json                   print one object
  latchstring audit heads    sign what is not signed yet; print each chain's newest head, to be stored elsewhere
  latchstring audit key      print the public keys that sign the heads (JWK), newest first

Works beside a running server and without one. docs/audit-chain.md says what is found, and what is not.`,
  async run(host) {
    const { subcommand, heads, json } = readArguments(host.args)
    const config = readConfig(host.env, host.folder)
    if (subcommand === 'verify') {
      const stored = heads === undefined ? [] : readHeads(resolve(host.folder, heads))
      const report = await withConsole(config, console => console.audit.verify(stored))
      if (json) host.out(JSON.stringify(onTheWire(report)))
      else print(host, report)
      return report.whole ? 0 : 1
    }
    const lines = await withConsole<object[]>(config, ({ audit: chain }) =>
      subcommand === 'heads' ? chain.heads() : chain.keys(),
    )
    for (const line of lines) host.out(JSON.stringify(line))
    return 0
  },
}

const subcommands = ['verify', 'heads', 'key'] as const

function readArguments(args: string[]) {
  const misused = (message: string, cause?: unknown) =>
    new Failure('configuration_invalid', { message, cause })
  const options = { heads: { type: 'string' }, json: { type: 'boolean' } } as const
  let given: { values: { heads?: string; json?: boolean }; positionals: string[] }
  try {
    given = parseArgs({ args, options, allowPositionals: true })
  } catch (cause) {
    throw misused((cause as Error).message, cause)
  }
  const [name, ...more] = given.positionals
  const subcommand = subcommands.find(one => one === name)
  if (subcommand === undefined || more.length > 0) throw misused(`Give one of ${subcommands.join(', ')}.`)
  if (subcommand !== 'verify' && given.values.heads !== undefined) throw misused('--heads belongs to verify.')
  return { subcommand, ...given.values }
}

function readHeads(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch (cause) {
    throw new Failure('configuration_invalid', { message: `--heads: ${path} cannot be read.`, cause })
  }
}

const onTheWire = ({ headFaults, foreignKeys, ...report }: AuditReport) => ({
  ...report,
  head_faults: headFaults,
  foreign_keys: foreignKeys,
})

const counted = (count: number, one: string) =>
  `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`

function print(host: Host, { organizations, heads, headFaults, foreignKeys }: AuditReport) {
  for (const { organization, lines, unsealed, erased, fault } of organizations) {
    const whole = fault === null ? 'whole' : `whole up to line ${lines}, broken after it`
    host.out(
      `${organization}  ${counted(lines, 'line')}, ${unsealed} unsealed, ${erased} with erased values: ${whole}`,
    )
  }
  if (organizations.length === 0) host.out('No audit lines yet.')
  host.out(`${counted(heads, 'signed head')} held against the chains`)
  for (const { organization, fault } of organizations) {
    if (fault === null) continue
    const line = fault.id === null ? '' : `, line ${fault.id}`
    host.err(`BROKEN ${organization}, sequence ${fault.sequence}${line}: ${fault.what}.`)
  }
  for (const { where, organization, sequence, what } of headFaults) {
    const of = organization === null ? '' : ` of ${organization}, sequence ${sequence}`
    host.err(`HEAD NOT HELD ${where}${of}: ${what}.`)
  }
  for (const kid of foreignKeys)
    host.err(`FOREIGN KEY audit_keys ${kid}: it does not open under the master key.`)
}
