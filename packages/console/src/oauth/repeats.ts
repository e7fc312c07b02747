import { createSecretKey } from 'node:crypto'
import { openEnvelope, seal } from '@latchstring/kit/envelope'
import { open, Secret } from '@latchstring/kit/secret'
import type { Handle } from '../base/database.ts'
import { hashOf } from '../base/secrets.ts'
import type { ArtifactRow, RepeatRow } from './queries.ts'

/** A program that sent a refresh id asks again after a crash, however long that takes; at most a day. */
const withIdMs = 24 * 3600 * 1000
/** Stock agents send none: several processes present one token within about a second (recorded). */
const withoutIdMs = 30 * 1000

/** A token that was used before is presented again. */
export type Reuse = {
  /** Of the refresh id that came with it. */
  refreshIdHash: string | null
  /** How it was answered the first time; null where nothing is known of it. */
  first: Pick<RepeatRow, 'refresh_id_hash' | 'expires_at' | 'sealed_reply'> | null
  /** Whether the token that replaced it has been used, or is gone. */
  successorUsed: boolean
  /** Whether it, or a token after it, was used from the address block that it comes from now. */
  knownBlock: boolean
  stockAgent: boolean
  now: number
}

/**
 * Decides about a token that was used before.
 *
 * - `repeat`: the same reply once more. Its receiver lost it, or is a sibling of the process that got it.
 * - `refuse`: an idle process of a stock agent comes with a token that its siblings replaced, once or many times; it then
 *   reads the file again and goes on (recorded, docs/decisions/0008-idle-stock-agents.md). Refused and noted, nothing
 *   ends.
 * - `end`: two parties hold this session's tokens. It ends (RFC 9700 §4.14.2). `latch` sends ids and reads its file
 *   first, so any old token of it says so; of a stock agent, one that comes from where its successors never were used.
 */
export function decideReuse(reuse: Reuse): 'repeat' | 'refuse' | 'end' {
  const { first, refreshIdHash } = reuse
  if (first === null || refreshIdHash !== first.refresh_id_hash) return 'end'
  const { successorUsed, knownBlock } = reuse
  if (!successorUsed && reuse.now < first.expires_at && first.sealed_reply !== '') return 'repeat'
  if (!reuse.stockAgent || refreshIdHash !== null) return 'end'
  return successorUsed && !knownBlock ? 'end' : 'refuse'
}

/** What a token request is answered with. */
export type TokenReply = {
  access_token: string
  refresh_token: string
  expires_in: number
  token_type: string
  scope?: string
  email?: string
}

const purpose = 'oauth-repeat'

/** Only who presents the token again can open the copy. */
const keyOf = (presented: string) => createSecretKey(Buffer.from(presented))

/** A refresh token, device code or authorization code as it came, with its row held. */
export type Presented = { token: string; row: ArtifactRow; clientId: string; refreshId: string | null }

export const kindOf = (row: ArtifactRow): RepeatRow['kind'] =>
  row.kind === 'DeviceCode' ? 'device' : 'refresh'

/** Keeps a reply for as long as it may be repeated. */
export async function keepReply(
  handle: Handle,
  { token, row, refreshId }: Presented,
  reply: TokenReply,
  now: number,
): Promise<void> {
  if (row.grant_id === null) throw new Error('a reply without a grant')
  await handle
    .insertInto('oauth_repeats')
    .values({
      presented_hash: row.id,
      grant_id: row.grant_id,
      kind: kindOf(row),
      refresh_id_hash: refreshId === null ? null : hashOf(refreshId),
      successor_hash: hashOf(reply.refresh_token),
      sealed_reply: seal(keyOf(token), purpose, row.id, new Secret(JSON.stringify(reply))),
      at: now,
      expires_at: now + (refreshId === null ? withoutIdMs : withIdMs),
    })
    .execute()
}

export const readReply = (repeat: RepeatRow, presented: string): TokenReply =>
  JSON.parse(open(openEnvelope(keyOf(presented), purpose, repeat.presented_hash, repeat.sealed_reply)))
