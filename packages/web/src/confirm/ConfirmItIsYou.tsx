import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { createContext, lazy, Suspense, use, useCallback, useState } from 'react'
import { ApiFailure } from '../api/failure.ts'

const ConfirmModal = lazy(() => import('./ConfirmModal.tsx'))

type Confirmed = <Result>(act: () => Promise<Result>) => Promise<Result>
type Waiting = { confirmed: () => void; givenUp: () => void }

const Context = createContext<Confirmed>(act => act())

/**
 * Does something that may need a sign-in from the last 15 minutes: where the server says so, asks for it and does it
 * again. Given up, it fails with what the server said.
 */
export const useConfirmed = () => use(Context)

export function ConfirmItIsYou({ children }: { children: ReactNode }) {
  const [waiting, setWaiting] = useState<Waiting>()
  const queries = useQueryClient()

  const confirmed: Confirmed = useCallback(
    async act => {
      try {
        return await act()
      } catch (failure) {
        if (!(failure instanceof ApiFailure) || failure.code !== 'fresh_sign_in_needed') throw failure
        await new Promise<void>((resolve, reject) =>
          setWaiting({ confirmed: resolve, givenUp: () => reject(failure) }),
        )
        void queries.invalidateQueries({ queryKey: ['sessions'] })
        return act()
      }
    },
    [queries],
  )

  const close = (how: keyof Waiting) => {
    waiting?.[how]()
    setWaiting(undefined)
  }

  return (
    <Context value={confirmed}>
      {children}
      {waiting && (
        <Suspense>
          <ConfirmModal onConfirmed={() => close('confirmed')} onClose={() => close('givenUp')} />
        </Suspense>
      )}
    </Context>
  )
}
