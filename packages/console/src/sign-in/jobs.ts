import type { Base } from '../base/base.ts'

/** A bucket untouched for a day is empty: no rate here takes longer to drain. */
const bucketMs = 24 * 3600 * 1000

/**
 * Takes away what has ended by itself: sign-in links, passkey ceremonies, buckets. Spent set-up links stay.
 *
 * @returns false: nothing is left to do at once
 */
export async function cleanSignIn(base: Base): Promise<boolean> {
  const now = base.now()
  await base.database.transaction(async handle => {
    await handle.deleteFrom('links').where('expires_at', '<=', now).execute()
    await handle.deleteFrom('ceremonies').where('expires_at', '<=', now).execute()
    await handle
      .deleteFrom('buckets')
      .where('at', '<=', now - bucketMs)
      .execute()
  })
  return false
}
