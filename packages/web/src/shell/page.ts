import type { Permission } from '@latchstring/protocol/codes/permissions'
import type { ComponentType } from 'react'
import type { IconName } from '../icons/Icon.tsx'

/** One line of the table of pages. */
export type Page = {
  path: `/${string}`
  title: string
  /** `public`: nobody need be signed in. `signed_in`: anybody who is. Else a permission. */
  needs: 'public' | 'signed_in' | Permission
  /** `console`: beside the navigation. `bare`: one card. */
  frame: 'console' | 'bare'
  /** Its entry in the navigation, in the table's order; null: reached by a link. */
  entry: { label: string; icon: IconName } | null
  load: () => Promise<{ default: ComponentType }>
}
