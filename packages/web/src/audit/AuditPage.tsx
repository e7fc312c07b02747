import { events } from '@latchstring/protocol/codes/events'
import { Button } from '@mantine/core'
import { useUrlState } from '../address/use-url-state.ts'
import { useAnswer } from '../api/answers.ts'
import { Empty } from '../frames/Empty.tsx'
import { PageHeader } from '../frames/PageHeader.tsx'
import type { Column } from '../tables/DataTable.tsx'
import { DataTable } from '../tables/DataTable.tsx'
import { FilterBar, SearchField } from '../tables/FilterBar.tsx'
import { FilterSelect } from '../tables/FilterSelect.tsx'
import { Paging } from '../tables/Paging.tsx'
import { Time } from '../times/Time.tsx'
import { LineSheet } from './LineSheet.tsx'
import type { Line } from './lines.ts'
import { actorName, inShort, whatIsSought } from './lines.ts'

const columns: Column<Line>[] = [
  { title: 'What', cell: line => line.title, narrow: true },
  { title: 'When', cell: line => <Time at={line.at} />, narrow: true },
  { title: 'Who', cell: line => actorName(line.actor) },
  { title: 'Details', cell: line => inShort(line.details), clip: true },
  { title: 'Address', cell: line => line.actor.address ?? '–', narrow: true },
]

const eventOptions = Object.entries(events).map(([value, { title }]) => ({ value, label: title }))

const filters = ['event', 'request_id', 'target_id', 'user_id'] as const

/** What happened in the organisation. The filters are the server's own, so they reach back to the first line. */
export default function AuditPage() {
  const [state, change] = useUrlState()
  const lines = useAnswer('audit', 'list', {
    query: {
      limit: 50,
      after_id: state['after_id'],
      before_id: state['before_id'],
      ...Object.fromEntries(filters.map(name => [name, state[name]])),
    },
  })
  const open = lines.data?.data.find(line => line.id === state['line'])
  const filtered = filters.some(name => state[name])
  const clear = () => change(Object.fromEntries(filters.map(name => [name, ''])))
  const sought = state['request_id'] ?? state['target_id'] ?? state['user_id'] ?? ''
  return (
    <>
      <PageHeader
        title="Audit"
        lead="Every change, every sign-in, every call of a model: who, from where, when."
      />
      <FilterBar onClear={filtered ? clear : undefined}>
        <SearchField
          label="Request id, or id of a person or thing"
          value={sought}
          onChange={id =>
            change({
              request_id: '',
              target_id: '',
              user_id: '',
              ...(id.trim() && { [whatIsSought(id)]: id.trim() }),
            })
          }
        />
        <FilterSelect
          label="Event"
          all="Every event"
          value={state['event'] ?? ''}
          options={eventOptions}
          onChange={event => change({ event })}
        />
      </FilterBar>
      <DataTable
        failure={lines.error}
        onRetry={() => void lines.refetch()}
        caption="Audit lines, newest first"
        columns={columns}
        rows={lines.data?.data}
        keyOf={line => line.id}
        onOpen={line => change({ line: line.id, after_id: state['after_id'], before_id: state['before_id'] })}
        empty={
          filtered ? (
            <Empty
              title="No line matches"
              action={
                <Button variant="default" size="xs" onClick={clear}>
                  Clear filters
                </Button>
              }
            >
              Lines are never changed or deleted: what is not here was not written.
            </Empty>
          ) : (
            <Empty title="Nothing has happened yet">
              Each change to the organisation is written here as it is made.
            </Empty>
          )
        }
      />
      <Paging page={lines.data} state={state} change={change} />
      <LineSheet
        line={open}
        onClose={() => change({ line: '', after_id: state['after_id'], before_id: state['before_id'] })}
      />
    </>
  )
}
