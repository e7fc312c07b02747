/**
 * The order of the features. A feature calls the `service.ts` of an earlier one only; what it causes in a later one goes
 * by an event (`app.ts`). `./dev check` holds the imports to this list.
 */
export const featureOrder = [
  'base',
  'audit',
  'organizations',
  'members',
  'sessions',
  'keys',
  'providers',
  'policies',
  'usage',
  'sign-in',
  'oauth',
] as const
