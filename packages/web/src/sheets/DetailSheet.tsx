import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './DetailSheet.module.css'

type Props = { title: ReactNode; opened: boolean; onClose: () => void; children: ReactNode }

/** The side sheet: everything about one row. Esc closes it and the focus goes back to the row. */
export function DetailSheet({ title, opened, onClose, children }: Props) {
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="md"
      title={title}
      closeButtonProps={{ 'aria-label': 'Close' }}
      classNames={{ title: classes.title }}
    >
      {children}
    </Drawer>
  )
}

/** Name and value, line by line. Values that are null, undefined or false are left out. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={classes.facts}>
      {rows
        .filter(([, value]) => value !== null && value !== undefined && value !== false)
        .map(([name, value]) => (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
