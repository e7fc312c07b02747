import { Stack, Text } from '@mantine/core'
import { useLinkSecrets } from '../address/link-secrets.ts'
import { BareFrame } from '../frames/BareFrame.tsx'
import { CodeBlock } from '../secrets/CodeBlock.tsx'

/** Where a sign-in ends whose terminal this browser cannot reach: the code is carried over by hand. */
export default function PastePage() {
  const { code, state, error } = useLinkSecrets()
  if (error)
    return (
      <BareFrame title="Nothing was let in">
        <Text>
          {error === 'access_denied'
            ? 'The sign-in was refused. You can close this page; in your terminal, press Ctrl+C.'
            : 'The sign-in could not be finished. Run latch login again.'}
        </Text>
      </BareFrame>
    )
  if (!code)
    return (
      <BareFrame title="There is no code here">
        <Text>
          The code was shown once, and left the address bar. Run latch login again to get a new one.
        </Text>
      </BareFrame>
    )
  return (
    <BareFrame
      title="Paste this into your terminal"
      lead="latch login waits for it. It works once, and not for long."
    >
      <Stack gap="sm">
        <CodeBlock code={state ? `${code}.${state}` : code} name="the code" wrap />
        <Text c="dimmed" size="sm">
          Give it to no one: with your terminal’s own half it signs in as you.
        </Text>
      </Stack>
    </BareFrame>
  )
}
