import { Alert, Anchor, Stack, Text, Title } from '@mantine/core'
import { useAnswer } from '../api/answers.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { BareFrame } from '../frames/BareFrame.tsx'
import { Empty } from '../frames/Empty.tsx'
import { Time } from '../times/Time.tsx'
import { linksIn } from './links-in.ts'
import classes from './OutboxPage.module.css'

/** Mail of a server without SMTP. The server shows it at a loopback address only, to whoever set it up. */
export default function OutboxPage() {
  const { data, error, refetch } = useAnswer('signIn', 'outbox', undefined, { refetchInterval: 3_000 })
  return (
    <BareFrame
      wide
      title="Outbox"
      lead="This server has no SMTP server, so it keeps its mail here. Newest first."
      foot={<Anchor href="/">Go to the console</Anchor>}
    >
      <Stack gap="md">
        <FailureAlert failure={error} onRetry={() => void refetch()} />
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
