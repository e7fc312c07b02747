import { Center, SegmentedControl, useMantineColorScheme, VisuallyHidden } from '@mantine/core'
import { Icon } from '../icons/Icon.tsx'

const choices = [
  { value: 'auto', icon: 'screen', name: 'As the system' },
  { value: 'light', icon: 'sun', name: 'Light' },
  { value: 'dark', icon: 'moon', name: 'Dark' },
] as const

export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <SegmentedControl
      size="xs"
      aria-label="Colour scheme"
      value={colorScheme}
      onChange={value => setColorScheme(value as typeof colorScheme)}
      data={choices.map(({ value, icon, name }) => ({
        value,
        label: (
          <Center title={name}>
            <Icon name={icon} size={14} />
            <VisuallyHidden>{name}</VisuallyHidden>
          </Center>
        ),
      }))}
    />
  )
}
