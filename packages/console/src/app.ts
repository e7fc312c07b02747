import type { Api } from '@latchstring/protocol/api'
import { auditRoutes } from './audit/routes.ts'
import { sealLines, signHeads } from './audit/service.ts'
import type { Base } from './base/base.ts'
import type { Happening, HappeningMap, Happenings, On } from './base/happenings.ts'
import type { Routes } from './base/routes.ts'
import type { featureOrder } from './features.ts'
import { keyRoutes } from './keys/routes.ts'
import { archiveKeysOf, cutKeysOf } from './keys/service.ts'
import { memberRoutes } from './members/routes.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { cleanOauth, dropGrant, retireSigningKeys } from './oauth/service.ts'
import { organizationRoutes } from './organizations/routes.ts'
import { policyRoutes } from './policies/routes.ts'
import { providerRoutes } from './providers/routes.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { endSessionsOf } from './sessions/service.ts'
import { signInRoutes } from './sign-in/routes.ts'
import { cleanSignIn, forgetLeaver } from './sign-in/service.ts'
import { usageRoutes } from './usage/routes.ts'
import type { Journal } from './usage/service.ts'
import { auditCalls } from './usage/service.ts'

/** What a feature brings beside its routes. */
type Feature = {
  /** Its answers to what earlier features cause, in the same transaction. */
  on?: On<Base>
  /** What it does by itself, every so many seconds; `true` asks to go on at once. */
  jobs?: { name: string; everySeconds: number; run(base: Base, parts: Parts): Promise<boolean> }[]
}

/** What is made once beside the base. */
export type Parts = { journal: Journal }

/** THE table of features, in their order: an earlier one never calls a later one. */
export const features: Record<Exclude<(typeof featureOrder)[number], 'base'>, Feature> = {
  audit: {
    jobs: [
      { name: 'seal audit lines', everySeconds: 0.5, run: base => sealLines(base) },
      { name: 'sign audit heads', everySeconds: 1, run: base => signHeads(base).then(() => false) },
    ],
  },
  organizations: {},
  members: {},
  sessions: {
    on: {
      memberEnded: (base, { organizationId, personId }) =>
        endSessionsOf(base, organizationId, personId, 'member removed'),
      memberChanged: (base, { organizationId, personId }) =>
        endSessionsOf(base, organizationId, personId, 'role changed'),
    },
  },
  keys: {
    on: {
      memberEnded: (base, { organizationId, personId }) => archiveKeysOf(base, organizationId, personId),
      memberChanged: (base, { organizationId, personId }) => cutKeysOf(base, organizationId, personId),
    },
  },
  providers: {},
  policies: {},
  usage: {
    jobs: [{ name: 'audit calls', everySeconds: 0.5, run: (base, { journal }) => auditCalls(base, journal) }],
  },
  'sign-in': {
    on: { memberEnded: (base, { organizationId, personId }) => forgetLeaver(base, organizationId, personId) },
    jobs: [{ name: 'clean sign-in', everySeconds: 600, run: base => cleanSignIn(base) }],
  },
  oauth: {
    on: { sessionEnded: (base, { grantId }) => dropGrant(base, grantId) },
    jobs: [
      { name: 'clean oauth', everySeconds: 60, run: base => cleanOauth(base) },
      {
        name: 'retire signing keys',
        everySeconds: 600,
        run: base => retireSigningKeys(base).then(() => false),
      },
    ],
  },
}

/** Every line of the endpoint table has its handler here, or this does not compile. */
export const routesOf = ({ journal }: Parts) =>
  ({
    organizations: organizationRoutes,
    members: memberRoutes,
    sessions: sessionRoutes,
    keys: keyRoutes,
    providers: providerRoutes,
    policies: policyRoutes,
    usage: usageRoutes(journal),
    audit: auditRoutes,
    signIn: signInRoutes,
    oauth: oauthRoutes,
  }) satisfies { [Noun in keyof Api]: Routes<Noun> }

/** Tells every feature, in order, what an earlier one did. */
export function happenings(base: () => Base): Happenings {
  return async <H extends Happening>(happening: H, what: HappeningMap[H]) => {
    for (const { on } of Object.values(features)) await on?.[happening]?.(base(), what)
  }
}
