import * as z from 'zod'
import { roles } from '../codes/roles.ts'

/** Shapes that several nouns share on the wire. */

/** RFC 3339, UTC, as in `2026-02-01T21:03:00.000Z`. */
export const time = z.iso.datetime().describe('RFC 3339, UTC')

export const role = z.enum(roles)

/** One strict addr-spec: ASCII local part without quotes, comments or folding. Kept in lower case. */
export const emailAddress = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$/,
    'not an e-mail address',
  )
  .refine(address => !/^\.|\.@|\.\./.test(address), 'not an e-mail address')
  .transform(address => address.toLowerCase())

/** A name people give: one line, no control characters. */
export const displayName = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'control characters are not allowed')

/** Paging style A of the published Admin API: at most one of `after_id` and `before_id`. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(20),
  after_id: z.string().max(100).optional(),
  before_id: z.string().max(100).optional(),
})

export const page = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })

/** A page's example from one item. */
export const pageOf = <T extends { id: string }>(item: T) => ({
  data: [item],
  has_more: false,
  first_id: item.id,
  last_id: item.id,
})
