import type { Mail } from '../base/mail.ts'

/** The mail that carries a sign-in link. Plain text: nothing in it is loaded, hidden or tracked. */
export function signInMail(given: {
  to: string
  organization: string
  url: string
  /** When the link ends, milliseconds since 1970. */
  expiresAt: number
}): Mail {
  const until = `${new Date(given.expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return {
    to: given.to,
    subject: `Sign in to ${given.organization}`,
    text: [
      `Open this link to sign in to ${given.organization}:`,
      '',
      given.url,
      '',
      `It works once, until ${until}, and only in the browser where you asked for it.`,
      '',
      'If you did not ask for it, do nothing. Nobody can sign in with it from another browser.',
      '',
    ].join('\n'),
  }
}
