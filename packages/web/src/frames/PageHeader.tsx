import { Group, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** A page's name, one line on what it holds, and its one primary action. */
export function PageHeader({ title, lead, action }: { title: string; lead?: ReactNode; action?: ReactNode }) {
  return (
    <Group justify="space-between" align="flex-start" gap="sm" mb="md">
      <div style={{ flex: '1 1 280px', minWidth: 0 }}>
        <Title order={1}>{title}</Title>
        {lead && (
          <Text c="dimmed" maw={640}>
            {lead}
          </Text>
        )}
      </div>
      {action}
    </Group>
  )
}
