import { events } from '@latchstring/protocol/codes/events'
import { pageById } from '../base/paging.ts'
import type { Routes } from '../base/routes.ts'
import { selectHeadPage } from './chain-queries.ts'
import { selectLines } from './queries.ts'

const time = (at: number) => new Date(at).toISOString()

export const auditRoutes: Routes<'audit'> = {
  async list({ base, caller, query }) {
    const page = await pageById(query, (side, from, limit) =>
      selectLines(base.database.handle(), caller.organization.id, query, side, from, limit),
    )
    return {
      ...page,
      data: page.data.map(row => ({
        id: row.id,
        type: 'audit_line' as const,
        at: time(row.at),
        event: row.event,
        title: events[row.event]?.title ?? row.event,
        actor: {
          type: row.actor_type,
          id: row.actor_id,
          email: row.actor_email,
          by: row.actor_by,
          address: row.address,
        },
        target: row.target_id === null ? null : { type: row.target_type ?? '', id: row.target_id },
        details: JSON.parse(row.details),
        request_id: row.request_id,
      })),
    }
  },

  async heads({ base, caller, query }) {
    const page = await pageById(query, (side, from, limit) =>
      selectHeadPage(base.database.handle(), caller.organization.id, side, from, limit),
    )
    return {
      ...page,
      data: page.data.map(row => ({
        id: row.id,
        type: 'audit_head' as const,
        sequence: row.sequence,
        hash: row.chain_hash,
        at: time(row.at),
        jws: row.jws,
      })),
    }
  },
}
