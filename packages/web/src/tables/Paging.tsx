import { Button, Group } from '@mantine/core'

type Page = { has_more: boolean; first_id: string | null; last_id: string | null }
type State = Readonly<Record<string, string>>
type Props = {
  page: Page | undefined
  state: State
  change: (to: Record<string, string | undefined>) => void
}

/**
 * Whether there are lines newer and older than a page. `has_more` speaks of the direction that was asked for: older by
 * `after_id`, newer by `before_id`.
 */
export function neighbours(page: Page, state: State): { newer: boolean; older: boolean } {
  if (state['before_id']) return { newer: page.has_more, older: true }
  return { newer: state['after_id'] !== undefined, older: page.has_more }
}

export function Paging({ page, state, change }: Props) {
  if (!page) return null
  const { newer, older } = neighbours(page, state)
  if (!newer && !older) return null
  return (
    <Group component="nav" aria-label="Pages" justify="flex-end" gap="xs" mt="sm">
      <Button
        size="xs"
        variant="default"
        disabled={!newer}
        onClick={() => change({ before_id: page.first_id ?? undefined, after_id: undefined })}
      >
        Newer
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={!older}
        onClick={() => change({ after_id: page.last_id ?? undefined, before_id: undefined })}
      >
        Older
      </Button>
    </Group>
  )
}
