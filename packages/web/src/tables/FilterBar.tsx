import { Button, CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { useEffect, useState } from 'react'
import { Icon } from '../icons/Icon.tsx'
import classes from './FilterBar.module.css'

/** Above a table: its search and filters, in one line that wraps. */
export function FilterBar({
  children,
  onClear,
}: {
  children: ReactNode
  onClear?: (() => void) | undefined
}) {
  return (
    <search className={classes.bar}>
      {children}
      {onClear && (
        <Button variant="subtle" size="xs" onClick={onClear}>
          Clear filters
        </Button>
      )}
    </search>
  )
}

type SearchProps = { label: string; value: string; onChange: (value: string) => void }

/** A search field whose text settles before the address follows it. */
export function SearchField({ label, value, onChange }: SearchProps) {
  const [text, setText] = useState(value)
  const settle = useDebouncedCallback(onChange, 200)
  useEffect(() => setText(value), [value])
  const change = (next: string) => {
    setText(next)
    settle(next)
  }
  return (
    <TextInput
      className={classes.search}
      size="xs"
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={event => change(event.currentTarget.value)}
      leftSection={<Icon name="search" size={14} />}
      rightSection={
        text !== '' && <CloseButton size="sm" aria-label={`Clear: ${label}`} onClick={() => change('')} />
      }
    />
  )
}
