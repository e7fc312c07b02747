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

/** Variables that name an address, carry a credential, or have a program load something. */
const machineOnlyVariable = new RegExp(
  [
    '_(URL|ENDPOINT|PROXY|SOCKET)$|^SSL_CERT_|^CLAUDE_CODE_USE_',
    '_(API_KEY|TOKEN|HEADERS|CREDENTIALS)$|^AWS_.*(KEY|TOKEN|PROFILE)',
    '^(NODE|LD|DYLD)_|^(PATH|HOME|BASH_ENV|ENV|SHELL|CLAUDE_CONFIG_DIR)$',
  ].join('|'),
  'i',
)

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
      if (machineOnlyVariable.test(name.trim()))
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
