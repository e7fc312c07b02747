import { useQuery } from '@tanstack/react-query'
import type { ComponentType } from 'react'
import { useEffect } from 'react'
import { question } from '../api/answers.ts'
import { Empty } from '../frames/Empty.tsx'
import type { Page } from './page.ts'

/** A page with its title in the window's, closed to those who lack what it needs. */
export function titled(page: Page, { default: Component }: { default: ComponentType }) {
  return {
    default: function TitledPage() {
      const { data: session } = useQuery({ ...question('sessions', 'current'), enabled: false })
      const organization = page.needs === 'public' ? undefined : session?.organization.name
      useEffect(() => {
        document.title = [page.title, organization, 'Latchstring'].filter(Boolean).join(' · ')
      }, [organization])
      const { needs } = page
      if (needs !== 'public' && needs !== 'signed_in' && !session?.permissions.includes(needs))
        return (
          <Empty order={1} title="This page is not open to your role">
            Ask an owner or admin of the organisation if you need it.
          </Empty>
        )
      return <Component />
    },
  }
}
