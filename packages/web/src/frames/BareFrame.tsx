import { Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Brand } from '../icons/Brand.tsx'
import { SchemeSwitch } from '../theme/SchemeSwitch.tsx'
import classes from './BareFrame.module.css'

type Props = { title: string; lead?: ReactNode; children: ReactNode; foot?: ReactNode; wide?: boolean }

/** One card in the middle: for pages that stand before the console, or ask one question. */
export function BareFrame({ title, lead, children, foot, wide = false }: Props) {
  return (
    <main className={classes.page} id="content" tabIndex={-1}>
      <Brand />
      <div className={classes.card} data-wide={wide || undefined}>
        <Title order={1}>{title}</Title>
        {lead && (
          <Text c="dimmed" size="md" mt={4}>
            {lead}
          </Text>
        )}
        <div className={classes.body}>{children}</div>
      </div>
      <footer className={classes.foot}>
        {foot && <div>{foot}</div>}
        <SchemeSwitch />
      </footer>
    </main>
  )
}
