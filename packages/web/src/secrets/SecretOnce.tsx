import { Alert, Code, Stack, Text } from '@mantine/core'
import { Icon } from '../icons/Icon.tsx'
import { CopyButton } from './CopyButton.tsx'

/** A secret that the server will not say again. */
export function SecretOnce({ secret, name }: { secret: string; name: string }) {
  return (
    <Stack gap="xs">
      <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }} data-testid="secret">
        {secret}
      </Code>
      <CopyButton text={secret} label={`Copy ${name}`} size="sm" filled />
      <Alert color="yellow" variant="light" icon={<Icon name="warning" />} p="xs">
        <Text size="sm">Copy it now: it is shown this once. The server keeps only its hash.</Text>
      </Alert>
    </Stack>
  )
}
