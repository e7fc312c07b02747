import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** A certified authorization server that this project did not write, on loopback, with `latch` as a public client. */
export type OutsideServer = {
  address: string
  /** Approves the device that shows this code, as its person would. */
  approve(userCode: string): Promise<void>
  close(): Promise<void>
}

const resource = 'urn:latchstring:test'

export async function startOutsideServer(): Promise<OutsideServer> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(address, {
    clients: [
      {
        client_id: 'latch',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback', `${address}/paste`],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
      },
    ],
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    features: {
      deviceFlow: { enabled: true },
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'agent', accessTokenFormat: 'opaque', accessTokenTTL: 900 }),
      },
    },
    interactions: { url: (_context, interaction) => `/approve/${interaction.uid}` },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    ttl: {
      AccessToken: 900,
      DeviceCode: 600,
      Grant: 3600,
      Interaction: 600,
      RefreshToken: 3600,
      Session: 3600,
    },
    cookies: { keys: ['for tests only'] },
  })

  async function grantFor(accountId: string): Promise<string> {
    const grant = new provider.Grant({ accountId, clientId: 'latch' })
    grant.addResourceScope(resource, 'agent')
    return grant.save()
  }

  const serve = provider.callback()
  server.on('request', async (request, response) => {
    if (!request.url?.startsWith('/approve/')) return void serve(request, response)
    const consent = { grantId: await grantFor('ada') }
    await provider.interactionFinished(request, response, { login: { accountId: 'ada' }, consent })
  })

  return {
    address,
    async approve(userCode) {
      const code = await provider.DeviceCode.findByUserCode(userCode.replace(/\W/g, ''))
      if (!code) throw new Error('no such code')
      Object.assign(code, {
        accountId: 'ada',
        grantId: await grantFor('ada'),
        scope: 'agent',
        resource,
        authTime: 1,
      })
      await code.save()
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
