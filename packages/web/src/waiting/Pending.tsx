import { Center, Loader, VisuallyHidden } from '@mantine/core'

export function Pending() {
  return (
    <Center p="xl" role="status">
      <Loader size="sm" />
      <VisuallyHidden>Loading</VisuallyHidden>
    </Center>
  )
}
