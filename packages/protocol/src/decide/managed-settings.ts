/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/**
 * Settings that are taken from a machine's own managed file only, never from a server: programs to run, addresses and
 * sign-in rules. One published by mistake would run on every machine of the organisation.
 */
const machineOnly = new Set([
  'apiKeyHelper',
  'awsAuthRefresh',
  'awsCredentialExport',
  'gcpAuthRefresh',
  'otelHeadersHelper',
  'proxyAuthHelper',
  'policyHelper',
  'forceLoginMethod',
  'forceLoginGatewayUrl',
  'forceLoginOrgUUID',
  'gatewayInternalNetworks',
])

/** Variables that name an address or carry a credential. */
const machineOnlyVariable =
  /_BASE_URL$|_API_KEY$|_AUTH_TOKEN$|_TOKEN$|^ANTHROPIC_CUSTOM_HEADERS$|^AWS_.*(KEY|TOKEN)|_PROXY$|^NODE_/i

/**
 * Checks a document of managed settings before it is published.
 *
 * @returns what is wrong in one sentence, undefined when it may be published
 * @example
 * judgeManagedSettings({ availableModels: 'sandbox' }) // 'availableModels: give a list of model names'
 */
export function judgeManagedSettings(settings: { [name: string]: Json }): string | undefined {
  for (const name of Object.keys(settings)) {
    if (machineOnly.has(name)) return `${name}: this is read from the machine's own managed file only`
  }
  const { availableModels, env } = settings
  if (availableModels !== undefined) {
    if (
      !Array.isArray(availableModels) ||
      availableModels.some(model => typeof model !== 'string' || model === '')
    ) {
      return 'availableModels: give a list of model names'
    }
  }
  if (env !== undefined) {
    if (env === null || typeof env !== 'object' || Array.isArray(env))
      return 'env: give an object of variables'
    for (const [name, value] of Object.entries(env)) {
      if (typeof value !== 'string') return `env.${name}: give text`
      if (machineOnlyVariable.test(name))
        return `env.${name}: addresses and credentials come from the machine only`
    }
  }
  return undefined
}

/** JSON with members in code-point order and without blanks (RFC 8785 for the values that occur here): one text per value. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.keys(value)
      .sort()
      .map(name => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`)
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value)
}

/**
 * The models an organisation allows, told from its managed settings. null: all; an empty list: none.
 *
 * @example
 * availableModels({ availableModels: ['sandbox'] }) // ['sandbox']
 */
export function availableModels(settings: { [name: string]: Json }): string[] | null {
  const models = settings['availableModels']
  return Array.isArray(models) ? models.filter(model => typeof model === 'string') : null
}
