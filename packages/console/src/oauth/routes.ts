import type { Routes } from '../base/routes.ts'
import { clientName } from './clients.ts'
import { decideDevice, findDevice } from './device.ts'
import { readAskedFrom } from './grants.ts'
import type { InteractionPayload } from './interactions.ts'
import { decideInteraction, findInteraction } from './interactions.ts'
import type { ArtifactRow } from './queries.ts'

const time = (at: number) => new Date(at).toISOString()

const asking = (row: ArtifactRow, clientId: string, iat: number) => {
  const { address, userAgent } = readAskedFrom(row.asked_from)
  return {
    client: clientName(clientId),
    user_agent: userAgent,
    address,
    asked_at: time(iat * 1000),
    expires_at: time(row.expires_at ?? 0),
  }
}

export const oauthRoutes: Routes<'oauth'> = {
  async findDevice({ base, caller, origin, body }) {
    const row = await findDevice(base, caller, origin, body.user_code)
    const { clientId, iat } = JSON.parse(row.payload) as { clientId: string; iat: number }
    return {
      type: 'device_request',
      user_code: `${body.user_code.slice(0, 4)}-${body.user_code.slice(4)}`,
      ...asking(row, clientId, iat),
    }
  },
  async decideDevice({ base, caller, origin, body }) {
    await decideDevice(base, caller, origin, { userCode: body.user_code, approve: body.approve })
    return { type: 'device_decided', approved: body.approve }
  },
  async getInteraction({ base, params }) {
    const row = await findInteraction(base, params.uid)
    const { params: asked, iat } = JSON.parse(row.payload) as InteractionPayload
    return {
      type: 'interaction',
      uid: params.uid,
      redirect_host: new URL(asked.redirect_uri).hostname,
      ...asking(row, asked.client_id, iat),
    }
  },
  async decideInteraction({ base, caller, origin, params, body }) {
    const given = { uid: params.uid, approve: body.approve }
    return { type: 'interaction_decided', redirect_to: await decideInteraction(base, caller, origin, given) }
  },
}
