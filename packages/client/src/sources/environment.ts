import { isKey } from '@latchstring/protocol/decide/key-format'
import { readAddress } from '../addresses.ts'
import { defaultAccount } from '../configuration.ts'
import { LatchError } from '../errors.ts'
import type { Source } from '../source.ts'

/** A key in LATCHSTRING_API_KEY, for CI; LATCHSTRING_URL says where it belongs, else the remembered server. */
export const environment: Source = {
  title: 'LATCHSTRING_API_KEY',
  async find(world) {
    const key = world.env['LATCHSTRING_API_KEY']?.trim()
    if (!key) return { absent: 'LATCHSTRING_API_KEY is not set' }
    if (!isKey(key)) throw new LatchError('environment_key_malformed')
    const url = world.env['LATCHSTRING_URL']
    const address = url ? readAddress(url) : (defaultAccount(world)?.address ?? null)
    return { found: { kind: 'api_key', secret: key, expiresAt: null, source: 'environment', address } }
  },
}
