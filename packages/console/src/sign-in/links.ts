import { Failure } from '@latchstring/protocol'
import { change, operator, system } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import { hashOf, newSecret } from '../base/secrets.ts'
import type { Rate } from '../base/throttle.ts'
import { addressBlock, throttle } from '../base/throttle.ts'
import type { Member } from '../members/service.ts'
import { findPersonByEmail, firstMembership } from '../members/service.ts'
import { getOrganization } from '../organizations/service.ts'
import type { Entry } from './enter.ts'
import { enter } from './enter.ts'
import { signInMail } from './mails.ts'
import { insertLink, selectLiveSignInLink, spendSignInLink } from './queries.ts'

/** How long a sign-in link works. */
export const linkSeconds = 15 * 60

/** How often a link may be asked for, by one block of addresses and for one e-mail address. */
const linkRate: Rate = { burst: 5, everySeconds: 60 }

/** The secret stands in the fragment: it reaches no server, log or referrer before the page posts it. */
const linkUrl = (base: Base, secret: string) => `${base.settings.url}/sign-in#token=${secret}`

async function memberByEmail(base: Base, email: string): Promise<Member | undefined> {
  const person = await findPersonByEmail(base, email)
  return person && (await firstMembership(base, person.id))
}

/** Stores a new link's hash; with nobody behind it, it opens nothing. */
async function makeLink(
  base: Base,
  of: { personId: string | null; browser: string | null; returnTo: string },
): Promise<{ url: string; expiresAt: number }> {
  const secret = newSecret()
  const now = base.now()
  const expiresAt = now + linkSeconds * 1000
  await base.database.transaction(handle =>
    insertLink(handle, {
      hash: hashOf(secret),
      purpose: 'sign-in',
      person_id: of.personId,
      browser_hash: of.browser === null ? null : hashOf(of.browser),
      return_to: of.returnTo,
      created_at: now,
      expires_at: expiresAt,
      spent_at: null,
    }),
  )
  return { url: linkUrl(base, secret), expiresAt }
}

/**
 * Makes a member's link for one browser and hands the mail over once the open transaction has committed. Nobody waits
 * for the mail: an answer that took as long as the mail server would tell who is known.
 */
export async function mailLink(
  base: Base,
  member: Member,
  of: { browser: string; returnTo: string },
  origin: Origin,
): Promise<void> {
  await base.database.transaction(async () => {
    const link = await makeLink(base, { personId: member.id, ...of })
    const { name } = await getOrganization(base, member.organizationId)
    const actor = {
      ...system(member.organizationId),
      address: origin.address,
      requestId: origin.requestId,
    }
    await change(base, actor, 'sign_in.link_sent', async (_handle, line) => line.target('member', member.id))
    const mail = signInMail({ to: member.email, organization: name, ...link })
    base.database.afterCommit(() => {
      setImmediate(() => {
        base.mailer.send(mail).catch((error: unknown) => {
          base.log.error({ requestId: origin.requestId, error }, 'a sign-in mail could not be handed over')
        })
      })
    })
  })
}

/** The secret that ties links to this browser: the one it has, so that an earlier mail opens too, else a new one. */
export function browserSecret(origin: Origin): string {
  const before = origin.cookie('link')
  return before !== undefined && /^[A-Za-z0-9_-]{43}$/.test(before) ? before : newSecret()
}

/**
 * Sends a sign-in link to a member. For anybody else the same is limited, stored and answered, and no mail goes out.
 *
 * @returns the browser's secret, for the `link` cookie
 * @throws Failure `rate_limited`
 */
export async function sendLink(
  base: Base,
  given: { email: string; returnTo: string },
  origin: Origin,
): Promise<{ browser: string }> {
  await throttle(base, `sign-in-link/from/${addressBlock(origin.address)}`, linkRate)
  await throttle(base, `sign-in-link/to/${hashOf(given.email)}`, linkRate)
  const browser = browserSecret(origin)
  await base.database.transaction(async () => {
    const member = await memberByEmail(base, given.email)
    if (member === undefined) await makeLink(base, { personId: null, browser, returnTo: given.returnTo })
    else await mailLink(base, member, { browser, returnTo: given.returnTo }, origin)
  })
  return { browser }
}

/**
 * Makes a sign-in link for whoever has a shell on the host. It works once, for 15 minutes, in any browser.
 *
 * @throws Failure `not_set_up` when no member has this address
 */
export async function makeSignInLink(base: Base, email: string): Promise<string> {
  return await base.database.transaction(async () => {
    const member = await memberByEmail(base, email)
    if (member === undefined) throw new Failure('not_set_up')
    const link = await makeLink(base, { personId: member.id, browser: null, returnTo: '/' })
    await change(base, operator(member.organizationId), 'sign_in.link_made', async (_handle, line) =>
      line.target('member', member.id),
    )
    return link.url
  })
}

/**
 * Signs in by a link's secret. In another browser than the one that asked, the link stays good.
 *
 * @throws Failure `sign_in_link_spent`, `sign_in_link_elsewhere`
 */
export async function spendLink(
  base: Base,
  secret: string,
  origin: Origin,
  before: Caller | null,
): Promise<Entry & { returnTo: string }> {
  const browser = origin.cookie('link')
  const hash = hashOf(secret)
  return await base.database.transaction(async handle => {
    const now = base.now()
    const spent = await spendSignInLink(handle, hash, browser === undefined ? null : hashOf(browser), now)
    if (spent === undefined || spent.person_id === null) {
      const live = await selectLiveSignInLink(handle, hash, now)
      throw new Failure(live === undefined ? 'sign_in_link_spent' : 'sign_in_link_elsewhere')
    }
    const member = await firstMembership(base, spent.person_id)
    if (member === undefined) throw new Failure('sign_in_link_spent')
    return { ...(await enter(base, member, 'link', origin, before)), returnTo: spent.return_to }
  })
}
