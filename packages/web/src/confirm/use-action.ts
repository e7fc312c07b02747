import type { Api } from '@latchstring/protocol/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useConfirmed } from './ConfirmItIsYou.tsx'

type More<Result, Given> = {
  /** Nouns whose answers are old after this. */
  changes?: readonly (keyof Api)[]
  onDone?: (result: Result, given: Given) => void
}

/** Something that a person does to the organisation's data; asks to confirm who they are where the server wants it. */
export function useAction<Result, Given = void>(
  act: (given: Given) => Promise<Result>,
  { changes = [], onDone }: More<Result, Given> = {},
) {
  const confirmed = useConfirmed()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (given: Given) => confirmed(() => act(given)),
    onSuccess: (result, given) => {
      for (const noun of [...changes, 'audit'] as const) void queries.invalidateQueries({ queryKey: [noun] })
      onDone?.(result, given)
    },
  })
}
