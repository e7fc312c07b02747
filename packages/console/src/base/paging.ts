import { Failure } from '@latchstring/protocol'

export type PageQuery = { limit: number; after_id?: string | undefined; before_id?: string | undefined }
export type Page<T> = { data: T[]; has_more: boolean; first_id: string | null; last_id: string | null }

/**
 * Paging style A of the published Admin API, newest first: `after_id` goes on to older ones, `before_id` back to newer.
 *
 * @param fetch gives at most `limit` rows on one side of `from`, nearest first
 * @throws Failure `invalid_request` when both cursors are given
 */
export async function pageById<T extends { id: string }>(
  query: PageQuery,
  fetch: (side: 'older' | 'newer', from: string | undefined, limit: number) => Promise<T[]>,
): Promise<Page<T>> {
  const { limit, after_id, before_id } = query
  if (after_id !== undefined && before_id !== undefined) {
    throw new Failure('invalid_request', { message: 'after_id: give at most one of after_id and before_id' })
  }
  const side = before_id === undefined ? 'older' : 'newer'
  const rows = await fetch(side, before_id ?? after_id, limit + 1)
  const data = rows.slice(0, limit)
  if (side === 'newer') data.reverse()
  return {
    data,
    has_more: rows.length > limit,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  }
}
