import { Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './Empty.module.css'

/** An empty list that says what would stand here and how it gets here. */
export function Empty({
  title,
  order = 2,
  children,
  action,
}: {
  title: string
  order?: 1 | 2
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className={classes.empty}>
      <Title order={order}>{title}</Title>
      {children && (
        <Text c="dimmed" maw={480}>
          {children}
        </Text>
      )}
      {action}
    </div>
  )
}
