import { Anchor, Code, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useSession } from '../api/session.ts'
import { number } from '../plots/number.ts'
import { CopyButton } from '../secrets/CopyButton.tsx'
import { DetailSheet, Facts } from '../sheets/DetailSheet.tsx'
import { Status } from '../tables/Status.tsx'
import { duration, exactUtc } from '../times/relative.ts'
import { Time } from '../times/Time.tsx'
import type { Call } from './outcome.ts'
import { endpoints, outcomes } from './outcome.ts'

type Props = {
  call: Call | undefined
  onClose: () => void
  change: (to: Record<string, string | undefined>) => void
}

/** Everything about one call, with the way to its audit lines. Prompts and answers are not kept, so none is here. */
export function CallSheet({ call, onClose, change }: Props) {
  return (
    <DetailSheet title="Call" opened={call !== undefined} onClose={onClose}>
      {call && <CallFacts call={call} change={change} />}
    </DetailSheet>
  )
}

function CallFacts({ call, change }: { call: Call; change: Props['change'] }) {
  const { may } = useSession()
  const only = (to: Record<string, string>) => () => change({ ...to, call: '' })
  const counted = call.counted ? '' : ' (what had arrived)'
  return (
    <Facts
      rows={[
        [
          'Outcome',
          <Status key="outcome" tone={outcomes[call.outcome].tone}>
            {outcomes[call.outcome].title}
          </Status>,
        ],
        ['HTTP status', call.status],
        [
          'When',
          <>
            <Time at={call.at} />, {exactUtc(Date.parse(call.at))}
          </>,
        ],
        ['Took', duration(call.duration_ms)],
        [
          'Who',
          <>
            {call.user.name}, {call.user.email}{' '}
            <Anchor component="button" inherit onClick={only({ user_id: call.user.id })}>
              all calls
            </Anchor>
          </>,
        ],
        [
          'Model',
          <>
            {call.model}{' '}
            <Anchor component="button" inherit onClick={only({ model: call.model })}>
              all calls
            </Anchor>
          </>,
        ],
        ['Provider', call.provider],
        ['Endpoint', `${endpoints[call.endpoint]}${call.stream ? ', streamed' : ''}`],
        ['Tokens in', `${number(call.input_tokens)}${counted}`],
        ['Tokens out', `${number(call.output_tokens)}${counted}`],
        ['Cache read', call.cache_read_tokens > 0 && number(call.cache_read_tokens)],
        ['Cache written', call.cache_write_tokens > 0 && number(call.cache_write_tokens)],
        [
          'Session',
          call.session_id && (
            <Anchor component={Link} to="/sessions" search={{ q: call.session_id } as never} inherit>
              {call.session_id}
            </Anchor>
          ),
        ],
        [
          'Key',
          call.api_key_id && (
            <Anchor component={Link} to="/keys" search={{ q: call.api_key_id } as never} inherit>
              {call.api_key_id}
            </Anchor>
          ),
        ],
        [
          'Request id',
          <Group key="request" gap={6}>
            <Code style={{ overflowWrap: 'anywhere' }}>{call.request_id}</Code>
            <CopyButton text={call.request_id} name="the request id" />
          </Group>,
        ],
        [
          'Audit',
          may('audit:read') && (
            <Anchor component={Link} to="/audit" search={{ request_id: call.request_id } as never} inherit>
              Audit lines of this request
            </Anchor>
          ),
        ],
      ]}
    />
  )
}
