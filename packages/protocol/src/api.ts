import { audit } from './api/audit.ts'
import type { Endpoint } from './api/endpoint.ts'
import { keys } from './api/keys.ts'
import { members } from './api/members.ts'
import { oauth } from './api/oauth.ts'
import { organizations } from './api/organizations.ts'
import { policies } from './api/policies.ts'
import { providers } from './api/providers.ts'
import { sessions } from './api/sessions.ts'
import { signIn } from './api/sign-in.ts'
import { usage } from './api/usage.ts'

/**
 * The endpoint table: every address of the console, by noun and verb. Routing, validation, OpenAPI, the web's client,
 * the permission-matrix test and `docs/api.md` come from it.
 */
export const api = {
  organizations,
  members,
  sessions,
  keys,
  providers,
  policies,
  usage,
  audit,
  signIn,
  oauth,
} as const satisfies Record<string, Record<string, Endpoint>>

export type Api = typeof api

/** The table as a list, each line with its name, for example `keys.create`. */
export const endpoints: readonly (Endpoint & { name: string })[] = Object.entries(api).flatMap(
  ([noun, verbs]) =>
    Object.entries(verbs as Record<string, Endpoint>).map(([verb, line]) => ({
      ...line,
      name: `${noun}.${verb}`,
    })),
)
