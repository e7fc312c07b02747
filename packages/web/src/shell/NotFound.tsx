import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { BareFrame } from '../frames/BareFrame.tsx'

export function NotFound() {
  useEffect(() => {
    document.title = 'Not found · Latchstring'
  }, [])
  return (
    <BareFrame title="There is no page here" lead="The address may be mistyped, or the page has moved.">
      <Text>
        <Anchor component={Link} to="/">
          Go to the home page
        </Anchor>
      </Text>
    </BareFrame>
  )
}
