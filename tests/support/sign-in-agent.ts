import type { BrowserClient } from './browser-client.ts'
import type { TestServer } from './running-server.ts'
import type { AgentVersion } from './stock-agent.ts'
import { StockAgent } from './stock-agent.ts'

/** A stock agent that somebody has approved. */
export async function signInAgent(
  server: Pick<TestServer, 'url' | 'owner'>,
  by: BrowserClient = server.owner,
  version: AgentVersion = '2.1.330',
): Promise<StockAgent> {
  const agent = new StockAgent(server.url, version)
  const { user_code, device_code = '' } = await agent.beginSignIn()
  await by.ask('POST', '/v1/oauth/device/decide', { user_code, approve: true })
  const { status, body } = await agent.poll(device_code)
  if (status !== 200) throw new Error(`sign-in: ${status} ${JSON.stringify(body)}`)
  return agent
}
