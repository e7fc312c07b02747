import { describe, expect, it } from 'vitest'
import { permissions } from '../codes/permissions.ts'
import { roles } from '../codes/roles.ts'
import { authorize, mayGrant, permissionsOf, permissionToCreate } from './authorize.ts'

const web = { kind: 'web' } as const

describe('authorize', () => {
  it('lets the role Claude Code create coding-agent keys and no others', () => {
    expect(authorize('claude_code_user', web, permissionToCreate('coding_agent'))).toBeUndefined()
    expect(authorize('claude_code_user', web, permissionToCreate('api'))).toBe('permission_denied')
    expect(authorize('claude_code_user', web, permissionToCreate('admin'))).toBe('permission_denied')
  })

  it('lets Developer create any key of their own, and admin keys only owner and admin', () => {
    expect(authorize('developer', web, permissionToCreate('api'))).toBeUndefined()
    expect(authorize('developer', web, permissionToCreate('admin'))).toBe('permission_denied')
    expect(authorize('admin', web, permissionToCreate('admin'))).toBeUndefined()
  })

  it('never lets a coding-agent key reach the Admin API, even an owner’s', () => {
    const key = { kind: 'key', keyKind: 'coding_agent' } as const
    expect(authorize('owner', key, 'models:call')).toBeUndefined()
    expect(authorize('owner', key, 'keys:create_coding_agent')).toBe('key_kind_refused')
    expect(authorize('owner', key, 'members:read')).toBe('key_kind_refused')
  })

  it('takes from an admin key what its owner no longer may', () => {
    const key = { kind: 'key', keyKind: 'admin' } as const
    expect(authorize('owner', key, 'members:write')).toBeUndefined()
    expect(authorize('user', key, 'members:write')).toBe('permission_denied')
  })

  it('gives an agent session no way to make keys or read the audit', () => {
    const allowed = permissionsOf('owner', { kind: 'agent' })
    expect(allowed).toContain('models:call')
    for (const p of permissions.filter(p => p.startsWith('keys:') || p.startsWith('audit:'))) {
      expect(allowed).not.toContain(p)
    }
  })
})

describe('mayGrant', () => {
  it('lets only an owner make an owner', () => {
    for (const role of roles) expect(mayGrant(role, 'owner')).toBe(role === 'owner')
  })

  it('never lets anybody give a permission they lack', () => {
    for (const granter of roles) {
      for (const role of roles) {
        if (!mayGrant(granter, role)) continue
        const has = permissionsOf(granter, web)
        expect(permissionsOf(role, web).filter(p => !has.includes(p))).toEqual([])
      }
    }
  })

  it('keeps everybody but owner and admin from granting at all', () => {
    for (const granter of ['billing', 'developer', 'claude_code_user', 'user', 'managed'] as const) {
      for (const role of roles) expect(mayGrant(granter, role)).toBe(false)
    }
  })
})
