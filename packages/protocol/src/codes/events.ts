/**
 * The audit-event table: everything that changes an organisation's data or lets somebody in or keeps somebody out
 * has a line here, and `change(event, write)` takes no other name. `title` is what the audit page shows.
 */
export const events = {
  'organizations.created': { title: 'Organisation created' },
  'members.added': { title: 'Member added' },
  'members.role_changed': { title: 'Role changed' },
  'members.removed': { title: 'Member removed' },
  'sessions.started': { title: 'Signed in' },
  'sessions.confirmed': { title: 'Sign-in confirmed' },
  'sessions.ended': { title: 'Session ended' },
  'sessions.refresh_repeated': { title: 'Refresh answered again' },
  'sessions.refresh_reused': { title: 'An old refresh token was presented' },
  'keys.created': { title: 'Key created' },
  'keys.renamed': { title: 'Key renamed' },
  'keys.deactivated': { title: 'Key deactivated' },
  'keys.activated': { title: 'Key activated' },
  'keys.archived': { title: 'Key archived' },
  'providers.created': { title: 'Provider added' },
  'providers.updated': { title: 'Provider changed' },
  'providers.deleted': { title: 'Provider removed' },
  'policies.published': { title: 'Managed settings published' },
  'policies.deleted': { title: 'Managed settings removed' },
  'usage.recorded': { title: 'Model called' },
  'sign_in.link_sent': { title: 'Sign-in link sent' },
  'sign_in.link_made': { title: 'Sign-in link made on the host' },
  'sign_in.passkey_added': { title: 'Passkey added' },
  'sign_in.passkey_removed': { title: 'Passkey removed' },
  'oauth.device_approved': { title: 'Agent approved' },
  'oauth.device_denied': { title: 'Agent refused' },
  'oauth.signing_key_added': { title: 'Signing key added on the host' },
  'oauth.signing_key_retired': { title: 'Signing key retired' },
  'master_key.rotated': { title: 'Master key rotated on the host' },
} as const satisfies Record<string, { title: string }>

export type EventName = keyof typeof events
