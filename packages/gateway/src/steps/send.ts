import { Failure } from '@latchstring/protocol'
import type { Arrived, Attached, Called, Chosen, Permitted, Reply, Sent, Step } from '../exchange.ts'
import type { ReplySink, Sending } from '../provider.ts'

/**
 * Sends the call and waits for the head of the reply. An agent that leaves meanwhile ends the provider's work at once.
 */
export const send: Step<Arrived & Called & Permitted & Chosen & Attached, Sent> = async (
  { call, account, provider, outgoing, lifeline },
  gateway,
) => {
  if (lifeline.ending !== null) throw new Failure('invalid_token')
  const reply = await new Promise<Reply>(begun => {
    const { sink, attach } = holdReply(begun)
    const sending = provider.send(account, call, outgoing, sink, gateway)
    attach(sending)
    lifeline.wait(ending => {
      sending.abort()
      sink.broken({ reason: 'cut', detail: ending })
    })
  })
  lifeline.rest()
  return { reply }
}

type Consumer = Omit<ReplySink, 'head'>

/** Keeps what arrives between the head of a reply and the step that passes it on: at most one read of the socket. */
function holdReply(begun: (reply: Reply) => void): { sink: ReplySink; attach(sending: Sending): void } {
  let consumer: Consumer | null = null
  let early: ((consumer: Consumer) => void)[] = []
  const tell = (event: (consumer: Consumer) => void) => {
    if (consumer === null) early.push(event)
    else event(consumer)
  }
  const reply: Reply = {
    head: null,
    broke: null,
    sending: { abort() {}, pause() {}, resume() {} },
    consume(given) {
      consumer = given
      for (const event of early) event(given)
      early = []
    },
  }
  const sink: ReplySink = {
    head(head) {
      reply.head = head
      begun(reply)
    },
    data: chunk => tell(to => to.data(chunk)),
    end: () => tell(to => to.end()),
    broken(why) {
      reply.broke ??= why
      tell(to => to.broken(why))
      begun(reply)
    },
  }
  return {
    sink,
    attach(sending) {
      reply.sending = sending
    },
  }
}
