import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { Icon } from '../icons/Icon.tsx'

type Props = { text: string; label?: string; name?: string; size?: string; filled?: boolean }

/** Copies a text and says so. `name` is what a screen reader hears where the label alone would not tell what. */
export function CopyButton({ text, label = 'Copy', name, size = 'compact-xs', filled = false }: Props) {
  const { copy, copied, error } = useClipboard({ timeout: 2_000 })
  const words = error ? 'Select and copy by hand' : copied ? 'Copied' : label
  return (
    <Button
      size={size}
      variant={filled ? 'filled' : 'default'}
      leftSection={<Icon name={copied ? 'check' : 'copy'} size={13} />}
      onClick={() => copy(text)}
      aria-live="polite"
      {...(name && !copied && !error ? { 'aria-label': `${label} ${name}` } : {})}
    >
      {words}
    </Button>
  )
}
