import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { useAnswer } from '../api/answers.ts'
import { Empty } from '../frames/Empty.tsx'
import { number } from '../plots/number.ts'
import type { Column } from '../tables/DataTable.tsx'
import { DataTable } from '../tables/DataTable.tsx'
import { FilterBar, SearchField } from '../tables/FilterBar.tsx'
import { FilterSelect } from '../tables/FilterSelect.tsx'
import { matches } from '../tables/matches.ts'
import { Paging } from '../tables/Paging.tsx'
import { Status } from '../tables/Status.tsx'
import { Time } from '../times/Time.tsx'
import { CallSheet } from './CallSheet.tsx'
import type { Call } from './outcome.ts'
import { endpoints, outcomes } from './outcome.ts'
import { spanOf, within } from './period.ts'

type Props = {
  state: Readonly<Record<string, string>>
  change: (to: Record<string, string | undefined>) => void
}

/** A span or a search is looked for among this many of the newest calls; without one the table goes page by page. */
const searched = 1000
const pageLength = 50

const columns: Column<Call>[] = [
  { title: 'When', cell: call => <Time at={call.at} />, narrow: true },
  { title: 'Who', cell: call => <span title={call.user.email}>{call.user.name}</span> },
  {
    title: 'Model',
    cell: call =>
      call.endpoint === 'messages' ? call.model : `${call.model}, ${endpoints[call.endpoint].toLowerCase()}`,
  },
  { title: 'Tokens in', cell: call => number(call.input_tokens), align: 'right', narrow: true },
  { title: 'Tokens out', cell: call => number(call.output_tokens), align: 'right', narrow: true },
  {
    title: 'Outcome',
    cell: call => <Status tone={outcomes[call.outcome].tone}>{outcomes[call.outcome].title}</Status>,
    narrow: true,
  },
  { title: 'By', cell: call => (call.api_key_id ? 'Key' : 'Session'), narrow: true },
]

const texts = (call: Call) => [
  call.user.name,
  call.user.email,
  call.model,
  call.provider,
  call.request_id,
  outcomes[call.outcome].title,
]

function useCalls(state: Readonly<Record<string, string>>) {
  const [now] = useState(Date.now)
  const span = spanOf(state, now)
  const search = state['q'] ?? ''
  const narrowed = span !== undefined || search !== ''
  const answer = useAnswer(
    'usage',
    'list',
    {
      query: {
        limit: narrowed ? searched : pageLength,
        model: state['model'],
        user_id: state['user_id'],
        after_id: state['after_id'],
        before_id: state['before_id'],
      },
    },
    { every: narrowed ? 30_000 : 5_000 },
  )
  const rows = answer.data?.data.filter(call => within(span, call.at) && matches(search, texts(call)))
  const oldest = answer.data?.data.at(-1)
  const cutOff = narrowed && answer.data?.has_more === true && oldest !== undefined && within(span, oldest.at)
  return { answer, rows, span, narrowed, cutOff }
}

export function Calls({ state, change }: Props) {
  const { answer, rows, span, narrowed, cutOff } = useCalls(state)
  const filters = ['q', 'model', 'user_id', 'period', 'day']
  const filtered = filters.some(name => state[name])
  const clear = () => change(Object.fromEntries(filters.map(name => [name, ''])))
  const all = answer.data?.data ?? []
  const models = [...new Set([...all.map(call => call.model), state['model'] ?? ''])].filter(Boolean).sort()
  const person = all.find(call => call.user.id === state['user_id'])?.user.name ?? state['user_id']
  const open = rows?.find(call => call.id === state['call'])
  return (
    <section aria-label="Recent calls" id="calls">
      <FilterBar onClear={filtered ? clear : undefined}>
        <SearchField label="Search calls" value={state['q'] ?? ''} onChange={q => change({ q })} />
        <FilterSelect
          label="Model"
          all="Every model"
          value={state['model'] ?? ''}
          options={models.map(model => ({ value: model, label: model }))}
          onChange={model => change({ model })}
        />
        <FilterSelect
          label="Period"
          all="Any time"
          value={state['period'] ?? (span ? 'day' : '')}
          options={[
            { value: '24h', label: 'Last 24 hours' },
            { value: '30d', label: 'Last 30 days' },
            ...(state['day'] ? [{ value: 'day', label: state['day'] }] : []),
          ]}
          onChange={period => change({ period: period === 'day' ? '' : period, day: '' })}
        />
        {state['user_id'] && (
          <Button size="xs" variant="light" onClick={() => change({ user_id: '' })}>
            Only {person}, show all
          </Button>
        )}
      </FilterBar>
      <DataTable
        failure={answer.error}
        onRetry={() => void answer.refetch()}
        caption="Recent calls, newest first"
        columns={columns}
        rows={rows}
        keyOf={call => call.id}
        onOpen={call => change({ call: call.id })}
        empty={
          filtered ? (
            <Empty
              title="No call matches"
              action={
                <Button variant="default" size="xs" onClick={clear}>
                  Clear filters
                </Button>
              }
            >
              Change the search or the period.
            </Empty>
          ) : (
            <Empty title="No call yet">
              Connect an agent: each call that it makes through this gateway is then listed here within
              seconds, with who, when, model, tokens and outcome.
            </Empty>
          )
        }
      />
      {narrowed ? (
        <Group justify="space-between" mt="xs">
          <Text size="sm" c="dimmed">
            {number(rows?.length ?? 0)} {rows?.length === 1 ? 'call' : 'calls'}
            {cutOff && `, among the newest ${number(searched)}`}
          </Text>
        </Group>
      ) : (
        <Paging page={answer.data} state={state} change={change} />
      )}
      <CallSheet call={open} onClose={() => change({ call: '' })} change={change} />
    </section>
  )
}
