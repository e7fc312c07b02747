import { Anchor, Code } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { DetailSheet, Facts } from '../sheets/DetailSheet.tsx'
import { exactUtc } from '../times/relative.ts'
import { Time } from '../times/Time.tsx'
import type { Line } from './lines.ts'
import { actorName, words } from './lines.ts'

const said = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** One line in full. Each id leads to the other lines that name it. */
export function LineSheet({ line, onClose }: { line: Line | undefined; onClose: () => void }) {
  return (
    <DetailSheet title={line?.title ?? 'Audit line'} opened={line !== undefined} onClose={onClose}>
      {line && (
        <Facts
          rows={[
            [
              'When',
              <>
                <Time at={line.at} />, {exactUtc(Date.parse(line.at))}
              </>,
            ],
            ['Event', <Code key="event">{line.event}</Code>],
            [
              'Who',
              line.actor.id ? lines('user_id', line.actor.id, actorName(line.actor)) : actorName(line.actor),
            ],
            ['By', line.actor.by && <Code>{line.actor.by}</Code>],
            ['From address', line.actor.address],
            ['On', line.target && lines('target_id', line.target.id, line.target.id)],
            ...Object.entries(line.details).map(([name, value]) => [words(name), said(value)] as const),
            ['Request id', line.request_id && lines('request_id', line.request_id, line.request_id)],
            ['Line', <Code key="line">{line.id}</Code>],
          ]}
        />
      )}
    </DetailSheet>
  )
}

const lines = (name: string, id: string, label: string) => (
  <Anchor component={Link} to="/audit" search={{ [name]: id } as never} inherit>
    {label}
  </Anchor>
)
