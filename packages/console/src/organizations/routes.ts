import type { Routes } from '../base/routes.ts'

export const organizationRoutes: Routes<'organizations'> = {
  me: async ({ caller }) => ({ ...caller.organization, type: 'organization' }),
}
