import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { changed } from './url-state.ts'

/** Search, filter, paging and the open sheet live in the address: a link restores what is seen. */
export function useUrlState() {
  const state = useSearch({ strict: false }) as Record<string, string>
  const navigate = useNavigate()
  const change = useCallback(
    (to: Record<string, string | undefined>) => {
      void navigate({
        to: '.',
        search: (before: Record<string, string>) => changed(before, to),
        replace: true,
        resetScroll: false,
      } as never)
    },
    [navigate],
  )
  return [state, change] as const
}
