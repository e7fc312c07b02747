import type { Permission } from '@latchstring/protocol/codes/permissions'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Answer } from './answers.ts'
import { question } from './answers.ts'

export type Session = Answer<'sessions', 'current'>

/** Who is signed in. Only below a route that has asked already: there is always an answer. */
export function useSession(): Session & { may: (permission: Permission) => boolean } {
  const { data } = useQuery({ ...question('sessions', 'current'), refetchOnMount: false })
  if (!data) throw new Error('useSession stands outside the pages that need a session')
  return { ...data, may: permission => data.permissions.includes(permission) }
}

/** Forgets everything that was read for whoever was signed in. */
export function useForget() {
  const client = useQueryClient()
  return () => client.clear()
}
