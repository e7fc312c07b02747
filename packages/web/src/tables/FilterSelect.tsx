import { NativeSelect } from '@mantine/core'

type Props = {
  label: string
  /** Shown for no filter. */
  all: string
  value: string
  options: readonly { value: string; label: string }[]
  onChange: (value: string) => void
}

/** One filter: the browser's own select, which every keyboard and phone knows. */
export function FilterSelect({ label, all, value, options, onChange }: Props) {
  return (
    <NativeSelect
      size="xs"
      aria-label={label}
      value={value}
      onChange={event => onChange(event.currentTarget.value)}
      data={[{ value: '', label: all }, ...options]}
    />
  )
}
