import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface GatewayServer {
  readonly url: string
  close(): Promise<void>
}

/** The id that every stream of it has. */
export const GENERATION = 'gen_01JBROKEN'

/**
 * Vercel AI Gateway on 127.0.0.1, as far as a stream that breaks off needs it: its first content names the generation,
 * the rest never comes, and what it cost can be asked for later.
 */
export async function startGateway(totalCost: number): Promise<GatewayServer> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (pathname.endsWith('/language-model')) beginStream(response)
    else if (pathname === '/v1/generation' && searchParams.get('id') === GENERATION) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ data: generation(totalCost) }))
    } else response.writeHead(404).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function beginStream(response: ServerResponse): void {
  const providerMetadata = { gateway: { generationId: GENERATION } }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const part of [
    { type: 'stream-start', warnings: [] },
    { type: 'text-start', id: '1', providerMetadata },
    { type: 'text-delta', id: '1', delta: 'It is', providerMetadata },
    { type: 'text-delta', id: '1', delta: ' sunny' },
  ]) {
    response.write(`data: ${JSON.stringify(part)}\n\n`)
  }
}

/** Every field that the client asks for. */
function generation(totalCost: number): object {
  return {
    id: GENERATION,
    total_cost: totalCost,
    upstream_inference_cost: 0,
    usage: totalCost,
    created_at: '2026-11-28T00:00:00.000Z',
    model: 'openai/gpt-5',
    is_byok: false,
    provider_name: 'openai',
    streamed: true,
    finish_reason: 'stop',
    latency: 200,
    generation_time: 1000,
    native_tokens_prompt: 1000,
    native_tokens_completion: 100,
    native_tokens_reasoning: 0,
    native_tokens_cached: 0,
    native_tokens_cache_creation: 0,
    billable_web_search_calls: 0,
  }
}
