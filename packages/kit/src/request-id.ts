import { newId } from '@latchstring/protocol/base/ids'

/**
 * The id of one request, on every response as `request-id` and in the log. Always ours: one that came from outside could
 * name another person's request.
 */
export const newRequestId = (): string => newId('request')
