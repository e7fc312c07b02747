import { Alert, Anchor, Code, Stack, Text, Title } from '@mantine/core'
import { useAnswer } from '../api/answers.ts'
import { asFailure } from '../api/failure.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { BareFrame } from '../frames/BareFrame.tsx'
import { Empty } from '../frames/Empty.tsx'
import { Time } from '../times/Time.tsx'
import { linksIn } from './links-in.ts'
import classes from './OutboxPage.module.css'

/** Mail of a server without SMTP. The server shows it at a loopback address only, to whoever set it up. */
export default function OutboxPage() {
  const { data, error, refetch } = useAnswer('signIn', 'outbox', undefined, { every: 3_000 })
  const closed = error !== null && asFailure(error).code === 'not_found'
  return (
    <BareFrame
      wide
      title={closed ? 'The outbox is closed' : 'Outbox'}
      lead={closed ? undefined : 'This server has no SMTP server, so it keeps its mail here. Newest first.'}
      foot={<Anchor href="/">Go to the console</Anchor>}
    >
      <Stack gap="md">
        {closed ? <Closed /> : <FailureAlert failure={error} onRetry={() => void refetch()} />}
        {data?.data.length === 0 && (
          <Empty title="No mail yet">
            Sign-in links that people ask for are listed here within a second.
          </Empty>
        )}
        {data?.data.map(mail => (
          <article key={mail.id} className={classes.mail}>
            <header className={classes.head}>
              <Title order={2}>{mail.subject}</Title>
              <Text size="sm" c="dimmed">
                to {mail.to}, <Time at={mail.at} />
              </Text>
            </header>
            <pre className={classes.text}>
              {linksIn(mail.text, window.location.origin).map(part =>
                part.href ? (
                  <Anchor key={part.at} href={part.href} inherit>
                    {part.text}
                  </Anchor>
                ) : (
                  part.text
                ),
              )}
            </pre>
          </article>
        ))}
        {(data?.data.length ?? 0) > 0 && (
          <Alert variant="light" p="sm">
            <Text size="sm">
              To send mail instead, start the server with <code>LATCHSTRING_SMTP_URL</code>. This page is then
              gone.
            </Text>
          </Alert>
        )}
      </Stack>
    </BareFrame>
  )
}

/** The server answers "not found" to everybody but the browser that set it up. */
function Closed() {
  return (
    <Text>
      This page is for the browser that has just set the server up, until it has signed in. To sign in without
      mail, run <Code>latchstring sign-in-link EMAIL</Code> on the host.
    </Text>
  )
}
