import { createHmac } from 'node:crypto'
import { deriveKey } from '@latchstring/kit/envelope'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Base } from '../base/base.ts'
import { hashOf } from '../base/secrets.ts'
import type { ArtifactRow } from './queries.ts'
import {
  consumeArtifact,
  deleteArtifact,
  deleteArtifactsOfGrant,
  insertArtifact,
  selectArtifact,
} from './queries.ts'

/** What oidc-provider keeps: it names them, we store them. */
export type ArtifactKind = 'AuthorizationCode' | 'DeviceCode' | 'Grant' | 'Interaction' | 'RefreshToken'

const kept = new Set<string>([
  'AuthorizationCode',
  'DeviceCode',
  'Grant',
  'Interaction',
  'RefreshToken',
] satisfies ArtifactKind[])

/** What an identifier is stored as. A grant's is a name that stands in every token; all others are bearer secrets. */
export const artifactId = (kind: string, id: string): string => (kind === 'Grant' ? id : hashOf(id))

/**
 * What a user code is stored as. It has 34 bits only, so that a plain hash could be searched through; the key lies
 * outside the database.
 */
export const userCodeHash = (base: Base, userCode: string): string =>
  createHmac('sha256', deriveKey(base.masterKey, 'user-code')).update(userCode).digest('hex')

/** Stands for the interaction's own id where it occurs within. */
const self = '{self}'

/** Takes every bearer secret out of what is stored; `restore` puts back what the caller has just shown. */
function strip(payload: AdapterPayload, id: string): AdapterPayload {
  const { jti: _jti, userCode: _userCode, ...rest } = payload
  const returnTo = rest.returnTo?.replace(id, self)
  return { ...rest, ...(returnTo && { returnTo }) }
}

function restore(row: ArtifactRow, id: string): AdapterPayload {
  const payload = JSON.parse(row.payload) as AdapterPayload
  return {
    ...payload,
    jti: id,
    ...(payload.returnTo && { returnTo: payload.returnTo.replace(self, id) }),
    ...(row.consumed_at !== null && { consumed: Math.floor(row.consumed_at / 1000) }),
  }
}

/**
 * Storage for oidc-provider. Every call joins the open transaction: one token request is one transaction. The library's
 * own browser session is not kept (the console's is the only one), and access tokens are JWTs that never come here.
 */
export function adapterFor(base: Base): (kind: string) => Adapter {
  const { database } = base
  return kind => ({
    async upsert(id, payload, expiresIn) {
      if (!kept.has(kind)) return
      const expires =
        payload.exp === undefined ? expiresIn && base.now() + expiresIn * 1000 : payload.exp * 1000
      await database.transaction(handle =>
        insertArtifact(handle, {
          id: artifactId(kind, id),
          kind,
          payload: JSON.stringify(strip(payload, id)),
          grant_id: kind === 'Grant' ? id : (payload.grantId ?? null),
          user_code_hash: payload.userCode === undefined ? null : userCodeHash(base, payload.userCode),
          expires_at: expires ?? null,
          consumed_at: null,
          polled_at: null,
          interval_seconds: null,
          asked_from: null,
        }),
      )
    },
    async find(id) {
      if (!kept.has(kind)) return undefined
      const row = await selectArtifact(database.handle(), kind, artifactId(kind, id))
      return row && restore(row, id)
    },
    /** Our own page approves devices, and sessions are not kept: nobody asks. */
    findByUserCode: async () => undefined,
    findByUid: async () => undefined,
    async consume(id) {
      const consumed = await database.transaction(handle =>
        consumeArtifact(handle, kind, artifactId(kind, id), base.now()),
      )
      if (!consumed) throw new errors.InvalidGrant('used by another request at the same time')
    },
    async destroy(id) {
      await database.transaction(handle => deleteArtifact(handle, kind, artifactId(kind, id)))
    },
    async revokeByGrantId(grantId) {
      await database.transaction(handle => deleteArtifactsOfGrant(handle, kind, grantId))
    },
  })
}
