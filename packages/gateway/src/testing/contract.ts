import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { newId } from '@latchstring/protocol/base/ids'
import { newKey } from '@latchstring/protocol/decide/key-format'
import type {
  GatewayContract,
  ModelPolicy,
  Principal,
  ProviderAccount,
  Revocation,
  UsageRow,
} from '@latchstring/protocol/gateway-contract'

/** A console in memory: real keys and tokens, revocations in order, and faults on demand. */
export class ConsoleInMemory implements GatewayContract {
  readonly issuer = 'http://localhost:4180'
  readonly organizationId = 'org_1'
  readonly personId = newId('person')
  readonly rows: UsageRow[] = []
  keepsRows = true
  now: () => number = Date.now
  readonly asked = { resolveKey: 0, policyFor: 0, providerAccounts: 0, tokenIssuer: 0 }
  policy: ModelPolicy = { availableModels: null }
  accounts: ProviderAccount[] = [
    { id: 'provider_sandbox', kind: 'sandbox', name: 'Sandbox', baseUrl: null, sealedSecret: null },
  ]
  /** Thrown by the named function while set. */
  faults: Partial<Record<keyof GatewayContract, unknown>> = {}
  /** Held back until it resolves. */
  beforeRecord: (row: UsageRow) => Promise<void> = async () => {}
  beforeResolve: () => Promise<void> = async () => {}
  readonly #keys = new Map<string, Principal>()
  readonly #entries: Revocation[] = []
  #signing = newSigningKey()
  #watchers: { count: number; tell: () => void }[] = []

  addKey(
    change: Partial<Principal> = {},
    secret: string = newKey(),
  ): { secret: string; principal: Principal } {
    const principal: Principal = {
      organizationId: this.organizationId,
      personId: this.personId,
      sessionId: null,
      keyId: newId('key'),
      keyKind: 'coding_agent',
      expiresAt: null,
      ...change,
    }
    this.#keys.set(createHash('sha256').update(secret).digest('hex'), principal)
    return { secret, principal }
  }

  /** @param change claims to set otherwise */
  token(change: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
    const now = Math.floor(this.now() / 1000)
    const head = encode({ alg: 'ES256', typ: 'at+jwt', kid: this.#signing.kid, ...header })
    const body = encode({
      iss: this.issuer,
      aud: this.issuer,
      sub: this.personId,
      sid: newId('session'),
      gid: 'grant',
      org: this.organizationId,
      jti: newId('session'),
      iat: now,
      exp: now + 900,
      ...change,
    })
    const key = { key: this.#signing.privateKey, dsaEncoding: 'ieee-p1363' as const }
    return `${head}.${body}.${sign('sha256', Buffer.from(`${head}.${body}`), key).toString('base64url')}`
  }

  changeSigningKey(): void {
    this.#signing = newSigningKey()
    this.revoke({ kind: 'signing_keys', id: '' })
  }

  revoke(...entries: Revocation[]): void {
    this.#entries.push(...entries)
    for (const { kind, id } of entries) if (kind === 'key') this.#dropKey(id)
  }

  /** The key is gone, and nobody has said so yet. */
  forgetKey({ keyId }: Principal): void {
    this.#dropKey(keyId)
  }

  #dropKey(id: string | null): void {
    for (const [hash, { keyId }] of this.#keys) if (keyId === id) this.#keys.delete(hash)
  }

  /** Resolves when this many rows have been recorded. */
  recorded(count: number): Promise<UsageRow[]> {
    return new Promise(resolve => {
      this.#watchers.push({ count, tell: () => resolve(this.rows) })
      this.#tell()
    })
  }

  async tokenIssuer() {
    this.asked.tokenIssuer += 1
    this.#fault('tokenIssuer')
    const { kid, jwk } = this.#signing
    return { issuer: this.issuer, audience: this.issuer, keys: [{ kid, jwk }] }
  }

  async resolveKey(sha256: string) {
    this.asked.resolveKey += 1
    this.#fault('resolveKey')
    const principal = this.#keys.get(sha256) ?? null
    await this.beforeResolve()
    return principal
  }

  async policyFor() {
    this.asked.policyFor += 1
    this.#fault('policyFor')
    return this.policy
  }

  async providerAccounts() {
    this.asked.providerAccounts += 1
    this.#fault('providerAccounts')
    return this.accounts
  }

  revocationsSince(sequence: number) {
    this.#fault('revocationsSince')
    return { sequence: this.#entries.length, entries: this.#entries.slice(sequence) }
  }

  async recordUsage(row: UsageRow) {
    this.#fault('recordUsage')
    await this.beforeRecord(row)
    if (this.keepsRows) this.rows.push(row)
    this.#tell()
  }

  #fault(name: keyof GatewayContract): void {
    if (this.faults[name] !== undefined) throw this.faults[name]
  }

  #tell(): void {
    for (const { count, tell } of this.#watchers) if (this.rows.length >= count) tell()
    this.#watchers = this.#watchers.filter(({ count }) => this.rows.length < count)
  }
}

function newSigningKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    kid: newId('session'),
    privateKey,
    jwk: publicKey.export({ format: 'jwk' }) as Record<string, unknown>,
  }
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
