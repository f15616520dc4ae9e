import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { diag } from '@opentelemetry/api'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
import { langfuse as langfusePreset, phoenix as phoenixPreset } from 'costspan/backends'
import { sendTo, type Destination } from 'costspan/otlp'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { loadFixtures } from '../support/fixtures.ts'
import { replay } from '../support/replay.ts'
import { useCleanEnvironment } from './clean-environment.ts'

const scenario = loadFixtures().find(
  ({ lane, provider }) => lane === 'ai-7' && provider === 'openai-chat',
)?.scenarios[0]

interface Taken {
  path: string | undefined
  headers: IncomingHttpHeaders
  body: Buffer
}

const closing: (() => Promise<unknown>)[] = []

/** A backend that answers by the given function. */
async function startBackend(
  answer: (response: ServerResponse) => void,
): Promise<{ url: string; taken: Taken[] }> {
  const taken: Taken[] = []
  const server = createServer(async (request, response) => {
    taken.push({ path: request.url, headers: request.headers, body: await buffer(request) })
    answer(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken }
}

const accepts = (response: ServerResponse): unknown => response.writeHead(200).end()
const answers = (status: number) => (response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'text/plain' }).end('user.id=secret-user')

/** An application with the destinations, that makes one call of a model each time. */
function startApp(...destinations: Parameters<typeof sendTo>) {
  const { backends, exporters } = sendTo(...destinations)
  const batches = exporters.map((exporter) => new BatchSpanProcessor(exporter))
  const tracing = new BasicTracerProvider({
    spanProcessors: [new CostSpanProcessor({ backends }), ...batches],
  })
  if (scenario === undefined) throw new Error('the fixture is gone')
  return {
    backends,
    batches,
    call: () => void replay(tracing.getTracer('gen_ai'), scenario),
    flush: () => Promise.allSettled(batches.map((batch) => batch.forceFlush())),
    shutdown: () => tracing.shutdown(),
  }
}

useCleanEnvironment()
const warnings = vi.spyOn(console, 'warn').mockImplementation(() => {})
beforeAll(async () => {
  // Warns of a call without a user, once for the process.
  const tracing = new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor()] })
  if (scenario === undefined) throw new Error('the fixture is gone')
  replay(tracing.getTracer('gen_ai'), scenario)
  await tracing.shutdown()
  warnings.mockClear()
})
afterEach(async () => {
  warnings.mockClear()
  await Promise.all(closing.splice(0).map((close) => close()))
})

const own = (url: string): Destination => ({ name: 'own', url: `${url}/v1/traces` })

describe('what is sent', () => {
  test('goes to every backend by its own path and key, as protobuf, with what each reads', async () => {
    const [langfuse, phoenix] = [await startBackend(accepts), await startBackend(accepts)]
    Object.assign(process.env, {
      LANGFUSE_BASE_URL: langfuse.url,
      LANGFUSE_PUBLIC_KEY: 'pk',
      LANGFUSE_SECRET_KEY: 'sk',
      PHOENIX_COLLECTOR_ENDPOINT: phoenix.url,
      PHOENIX_API_KEY: 'key',
    })
    const app = startApp('langfuse', 'phoenix')
    expect(app.backends).toEqual([langfusePreset, phoenixPreset])
    app.call()
    await app.flush()
    expect(langfuse.taken.map(({ path }) => path)).toEqual(['/api/public/otel/v1/traces'])
    expect(langfuse.taken[0]?.headers).toMatchObject({
      authorization: 'Basic cGs6c2s=',
      'content-type': 'application/x-protobuf',
    })
    expect(phoenix.taken.map(({ path }) => path)).toEqual(['/v1/traces'])
    expect(phoenix.taken[0]?.headers['authorization']).toBe('Bearer key')
    for (const { taken } of [langfuse, phoenix]) {
      const text = taken[0]?.body.toString('latin1') ?? ''
      for (const name of ['cost.usd', 'gen_ai.usage.cost', 'llm.cost.total']) {
        expect(text).toContain(name)
      }
    }
    await app.shutdown()
    expect(warnings).not.toHaveBeenCalled()
  })

  test('carries no key that the standard variables hold for another backend', async () => {
    const [named, standard] = [await startBackend(accepts), await startBackend(accepts)]
    const variables = {
      OTEL_EXPORTER_OTLP_ENDPOINT: standard.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=of-another',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-more=of-another',
      // A file that does not exist: an exporter that looks for it warns.
      OTEL_EXPORTER_OTLP_CLIENT_KEY: 'key-of-another.pem',
    }
    const warned = vi.spyOn(diag, 'warn')
    Object.assign(process.env, variables)
    const alone = startApp(own(named.url))
    expect(warned).not.toHaveBeenCalled()
    await alone.shutdown()
    const app = startApp(own(named.url), 'otlp')
    expect(warned).toHaveBeenCalledWith('Failed to read client certificate private key file')
    app.call()
    await app.flush()
    expect(JSON.stringify(named.taken[0]?.headers)).not.toContain('of-another')
    expect(standard.taken[0]?.headers).toMatchObject({
      'api-key': 'of-another',
      'x-more': 'of-another',
    })
    expect(process.env).toMatchObject(variables)
    await app.shutdown()
  })

  test('reaches one backend while another hangs', async () => {
    const [hanging, well] = [await startBackend(() => {}), await startBackend(accepts)]
    const app = startApp(own(hanging.url), own(well.url))
    app.call()
    await app.batches[1]?.forceFlush()
    expect(well.taken).toHaveLength(1)
  })
})

describe('a refusal is reported once, with the settings to check', () => {
  const key = { PHOENIX_API_KEY: 'wrong-key' }
  const settings =
    'PHOENIX_COLLECTOR_ENDPOINT, PHOENIX_API_KEY, PHOENIX_PROJECT, PHOENIX_PROJECT_NAME'
  test.each([
    [401, `it rejects the key, check ${settings}`],
    [403, `it rejects the key, check ${settings}`],
    [404, `it accepts no traces at /v1/traces, check ${settings}`],
    [400, `it could not read the spans or the headers, check ${settings}`],
    [413, 'a batch is too large for it, lower maxExportBatchSize'],
    [415, 'it does not accept protobuf, use an exporter that sends JSON'],
    [418, `check ${settings}`],
    [500, 'the backend failed, check its status'],
  ])('%d', async (status, advice) => {
    const backend = await startBackend(answers(status))
    Object.assign(process.env, key, { PHOENIX_COLLECTOR_ENDPOINT: backend.url })
    const app = startApp('phoenix')
    for (let call = 0; call < 3; call++) {
      app.call()
      await app.flush()
    }
    await app.shutdown()
    expect(backend.taken).toHaveLength(3)
    const host = new URL(backend.url).host
    expect(warnings.mock.calls).toEqual([
      [
        `costspan: phoenix answered ${status} at ${host}: ${advice}. Spans that it refuses are lost; reported once`,
      ],
    ])
  })

  test('a wrong key of the standard endpoint: the variable that holds it is named', async () => {
    const backend = await startBackend(answers(401))
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = backend.url
    const app = startApp('otlp')
    app.call()
    await app.flush()
    expect(warnings.mock.calls[0]?.[0]).toContain('OTEL_EXPORTER_OTLP_HEADERS')
    await app.shutdown()
  })

  test('where the option `warnings` of the processor sends all warnings', async () => {
    const backend = await startBackend(answers(401))
    const { exporters } = sendTo(own(backend.url))
    const lines: string[] = []
    const processor = new CostSpanProcessor({ warnings: (line) => void lines.push(line) })
    const batches = exporters.map((exporter) => new BatchSpanProcessor(exporter))
    const tracing = new BasicTracerProvider({ spanProcessors: [processor, ...batches] })
    if (scenario === undefined) throw new Error('the fixture is gone')
    replay(tracing.getTracer('gen_ai'), scenario)
    await tracing.forceFlush().catch(() => {})
    await tracing.shutdown()
    // Later tests expect warnings on the console.
    void new CostSpanProcessor({ warnings: 'console' })
    expect(lines.filter((line) => line.includes('own answered 401'))).toHaveLength(1)
    expect(warnings).not.toHaveBeenCalled()
  })

  test('a backend that is not there', async () => {
    const gone = `http://127.0.0.1:${await freePort()}`
    vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] })
    const app = startApp(own(gone))
    app.call()
    const flushed = app.flush()
    while (warnings.mock.calls.length === 0) await vi.advanceTimersByTimeAsync(500)
    await flushed
    vi.useRealTimers()
    expect(warnings.mock.calls).toEqual([
      [
        `costspan: own did not accept spans at ${new URL(gone).host} (ECONNREFUSED): check that it runs, ` +
          'and check url, headers. Spans that it refuses are lost; reported once',
      ],
    ])
  })

  test('no warning contains a key or an attribute', async () => {
    const backend = await startBackend(answers(400))
    const url = backend.url.replace('//', '//someone:password@')
    const app = startApp({ ...own(url), headers: { authorization: 'secret-key' } })
    app.call()
    await app.flush()
    const line = JSON.stringify(warnings.mock.calls)
    expect(line).toContain('answered 400')
    for (const secret of ['secret-key', 'secret-user', 'password', 'someone']) {
      expect(line).not.toContain(secret)
    }
    await app.shutdown()
  })
})
