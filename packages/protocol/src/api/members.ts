import * as z from 'zod'
import { roles } from '../codes/roles.ts'
import { endpoint } from './endpoint.ts'
import { displayName, emailAddress, page, pageOf, pageQuery, role, time } from './shapes.ts'

/** The published wire name of a member is "user". */
const user = z.object({
  id: z.string(),
  added_at: time,
  email: z.string(),
  name: z.string(),
  role,
  type: z.literal('user'),
})

const example = {
  id: 'user_3v8kq0m2c4n6p8r0t2v4x6z8',
  added_at: '2026-02-01T21:03:00.000Z',
  email: 'ada@acme.test',
  name: 'Ada',
  role: 'developer',
  type: 'user',
} as const

const params = z.object({ user_id: z.string() })

export const members = {
  list: endpoint({
    method: 'GET',
    path: '/v1/organizations/users',
    summary: 'Members, newest first.',
    query: pageQuery.extend({ email: z.string().optional() }),
    output: page(user),
    access: 'members:read',
    event: null,
    example: pageOf(example),
  }),
  get: endpoint({
    method: 'GET',
    path: '/v1/organizations/users/{user_id}',
    summary: 'One member.',
    params,
    output: user,
    access: 'members:read',
    event: null,
    example,
  }),
  add: endpoint({
    method: 'POST',
    path: '/v1/organizations/users',
    summary:
      'Adds a person by e-mail address. They sign in by e-mail link. (Ours; not in the published API.)',
    body: z.object({ email: emailAddress, name: displayName(100).optional(), role }),
    output: user,
    status: 201,
    access: 'members:write',
    event: 'members.added',
    failures: ['already_member', 'cannot_grant'],
    example,
  }),
  change: endpoint({
    method: 'POST',
    path: '/v1/organizations/users/{user_id}',
    summary: 'Changes a role. Sessions and keys follow at their next use.',
    params,
    body: z.object({ role: z.enum(roles) }),
    output: user,
    access: 'members:write',
    event: 'members.role_changed',
    failures: ['last_owner', 'cannot_grant'],
    example,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/v1/organizations/users/{user_id}',
    summary: 'Removes a member: ends their sessions and archives their keys at once.',
    params,
    output: z.object({ id: z.string(), type: z.literal('user_deleted') }),
    access: 'members:write',
    event: 'members.removed',
    failures: ['last_owner', 'cannot_grant'],
    example: { id: example.id, type: 'user_deleted' },
  }),
}
