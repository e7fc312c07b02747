import { findCredential } from '@latchstring/client/chain'
import { defaultAccount } from '@latchstring/client/configuration'
import { LatchError, signInNeeded } from '@latchstring/client/errors'
import { type Checked, checkCredential } from '@latchstring/client/session'
import type { Credential } from '@latchstring/client/source'
import { describeStore, readAccount } from '@latchstring/client/store/vault'
import type { World } from '@latchstring/client/world'
import type { Command } from '../../command.ts'
import { fromNow, utc } from '../../times.ts'

export const status: Command = {
  summary: 'show who you are, from where, until when',
  parameters: '[--json]',
  examples: [
    ['latch status', 'who, which organisation, from where, until when'],
    ['latch status --json', 'the same for programs'],
  ],
  options: { json: { type: 'boolean', about: 'print one JSON object with schemaVersion' } },
  words: { atMost: 0 },
  about:
    'Asks the server. Where it cannot be reached, what is stored is shown as not checked. Ends with exit code 4 when\n' +
    'signed out or when the server no longer accepts the sign-in.',
  async run(world, { options }) {
    const { credential, trouble } = await present(world)
    const checked: Checked = trouble
      ? { outcome: 'unchecked', reason: trouble.message }
      : await checkCredential(world, credential)
    if (options['json']) world.stdout.write(`${JSON.stringify(asJson(world, credential, checked))}\n`)
    else for (const line of asLines(world, credential, checked)) world.stdout.write(`${line}\n`)
    if (checked.outcome !== 'rejected') return 0
    world.stderr.write(
      `latch: ${signInNeeded(credential.address ?? undefined, 'the server does not accept it').message}\n`,
    )
    return 4
  },
}

/** What `latch token` would hand out; where a renewal fails for want of a network, what is stored. */
async function present(world: World): Promise<{ credential: Credential; trouble?: LatchError }> {
  try {
    return { credential: await findCredential(world) }
  } catch (error) {
    if (!(error instanceof LatchError) || (error.exit !== 6 && error.exit !== 8)) throw error
    const account = defaultAccount(world)
    const record = account && readAccount(world, account.name)?.record
    if (!record) throw error
    const { accessToken: secret, expiresAt, address } = record
    return { credential: { kind: 'token', secret, expiresAt, address, source: 'account' }, trouble: error }
  }
}

function storeOf(world: World, { source }: Credential) {
  const account = defaultAccount(world)
  return source === 'account' && account ? describeStore(world, account.name) : null
}

function asLines(world: World, credential: Credential, checked: Checked): string[] {
  const store = storeOf(world, credential)
  const rows: [string, string][] = [['server', credential.address ?? 'not known']]
  if (checked.outcome === 'accepted') {
    const { user, organization, session } = checked
    rows.push(['who', `${user.name ? `${user.name} ` : ''}<${user.email}>, ${user.role}`])
    rows.push(['organisation', organization.name])
    if (session?.expiresAt) rows.push(['session ends', until(session.expiresAt, world)])
  } else if (store) rows.push(['who', storedEmail(world) ?? 'not known'])
  rows.push(['from', store ? `${store.kind} ${store.file}` : 'LATCHSTRING_API_KEY'])
  if (store) rows.push(['its key', store.key])
  if (credential.expiresAt !== null) rows.push(tokenRow(credential.expiresAt, world))
  rows.push(['checked', checkedWords(checked)])
  return rows.map(([left, right]) => `${left.padEnd(14)}${right}`)
}

const until = (time: number, world: World) => `${utc(time)} (${fromNow(time, world.now())})`

function tokenRow(expiresAt: number, world: World): [string, string] {
  return expiresAt > world.now()
    ? ['token ends', `${until(expiresAt, world)}, renewed by itself`]
    : ['token ended', until(expiresAt, world)]
}

function checkedWords(checked: Checked): string {
  if (checked.outcome === 'accepted') return 'the server accepts it'
  if (checked.outcome === 'rejected') return 'the server does not accept it'
  return `stored, but not checked: ${checked.reason}`
}

function storedEmail(world: World): string | undefined {
  const account = defaultAccount(world)
  return (account && readAccount(world, account.name)?.record.email) ?? undefined
}

function asJson(world: World, credential: Credential, checked: Checked) {
  const time = (at: number | null | undefined) => (typeof at === 'number' ? new Date(at).toISOString() : null)
  const accepted = checked.outcome === 'accepted' ? checked : undefined
  return {
    schemaVersion: 1,
    address: credential.address,
    source: credential.source,
    store: storeOf(world, credential),
    token: { expiresAt: time(credential.expiresAt) },
    checked: checked.outcome,
    reason: checked.outcome === 'unchecked' ? checked.reason : null,
    user: accepted?.user ?? null,
    organization: accepted?.organization ?? null,
    session: accepted?.session
      ? { id: accepted.session.id, expiresAt: time(accepted.session.expiresAt) }
      : null,
  }
}
