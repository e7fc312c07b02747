/** Names that both ends of a wire must agree on. */

/** The public OAuth client that `latch` signs in as. */
export const latchClientId = 'latch'
/** The public OAuth client that a request without client_id becomes: a stock coding agent sends none (recorded). */
export const stockAgentClientId = 'coding-agent'
/** The one scope an agent's access token carries. */
export const agentScope = 'agent'
/** Where the browser comes back to when the code is to be pasted by hand. */
export const pastePath = '/paste'
/** Where a person types a user code (RFC 8628 `verification_uri`). */
export const devicePath = '/device'
/** How long before its end an access token is renewed at the latest by stock agents, in seconds (recorded: 290–300). */
export const stockAgentRefreshSeconds = 300
/** What agents are told to use as `CLAUDE_CODE_API_KEY_HELPER_TTL_MS`: short, since a failed helper is cached as long. */
export const helperTtlMilliseconds = 60_000
