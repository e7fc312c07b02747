import { closeServer, listen } from '../listen.ts'
import type { AcmeSetting } from '../serving.ts'
import type { AcmeStore } from './acme-store.ts'
import type { Certificate } from './source.ts'

const challengePath = '/.well-known/acme-challenge/'

/**
 * Asks the authority for a certificate (RFC 8555) and proves the name by HTTP-01 (§8.3). The listener for the proof is
 * there only while an order is under way, and answers nothing else. The library is loaded here, where it is needed.
 */
export async function orderCertificate(
  setting: AcmeSetting,
  { hostname, listen: addresses, store }: { hostname: string; listen: readonly string[]; store: AcmeStore },
): Promise<Certificate> {
  const { axios, Client, crypto } = (await import('acme-client')).default
  // A directory that sends elsewhere is none; nothing waits for ever; trying again is decided by plan-renewal.ts alone.
  Object.assign(axios.defaults, { maxRedirects: 0, timeout: 30_000, acmeSettings: { retryMaxAttempts: 0 } })
  const kept = store.readAccount()
  const accountKey = kept?.key ?? (await crypto.createPrivateEcdsaKey()).toString()
  const client = new Client({
    directoryUrl: setting.directory,
    accountKey,
    ...(kept ? { accountUrl: kept.url } : {}),
    backoffMin: 1_000,
    backoffMax: 15_000,
  })
  const answers = new Map<string, string>()
  const servers = await listen({ listen: addresses, port: setting.port }, null, (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? ''
    const answer = path.startsWith(challengePath) ? answers.get(path.slice(challengePath.length)) : undefined
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/octet-stream' })
    response.end(answer)
  })
  try {
    const [key, csr] = await crypto.createCsr({ altNames: [hostname] }, await crypto.createPrivateEcdsaKey())
    const cert = await client.auto({
      csr,
      email: setting.email,
      termsOfServiceAgreed: true,
      skipChallengeVerification: true,
      challengePriority: ['http-01'],
      challengeCreateFn: async (_authorization, challenge, answer) =>
        void answers.set(challenge.token, answer),
      challengeRemoveFn: async (_authorization, challenge) => void answers.delete(challenge.token),
    })
    if (!kept) store.writeAccount({ url: client.getAccountUrl(), key: accountKey })
    return { cert, key: key.toString() }
  } finally {
    await Promise.all(servers.map(closeServer))
  }
}
