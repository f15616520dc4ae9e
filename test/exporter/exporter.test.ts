import type { Attributes, Span } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type ChargerOptions } from 'costspan'
import type { Backend } from 'costspan/backends'
import { CostSpanExporter } from 'costspan/exporter'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import {
  end,
  genAiLeaf,
  genAiUsage,
  leaf,
  prices,
  Recording,
  root,
  tool,
  usage,
} from '../support/sdk-2.ts'

/** Where spans come from: a real SDK without costspan. `finished` are the originals. */
let spans = new Recording()
let original = new InMemorySpanExporter()

beforeEach(() => {
  original = new InMemorySpanExporter()
  spans = new Recording()
  Object.assign(spans, {
    provider: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(original)] }),
  })
})

async function finished(): Promise<ReadableSpan[]> {
  await spans.provider.forceFlush()
  return original.getFinishedSpans()
}

interface Exported {
  readonly spans: ReadableSpan[]
  readonly batches: ReadableSpan[][]
  readonly exporter: CostSpanExporter<ReadableSpan, never>
}

/** Keeps what an exporter behind costspan is given, by reference. */
function collect(options: ChargerOptions = { prices }): Exported {
  const batches: ReadableSpan[][] = []
  const inner: SpanExporter = {
    export: (batch, done) => {
      batches.push(batch)
      done({ code: 0 })
    },
    shutdown: () => Promise.resolve(),
  }
  const exporter = new CostSpanExporter(inner, options) as never as Exported['exporter']
  return {
    batches,
    exporter,
    get spans() {
      return batches.flat()
    },
  }
}

function exportAll(batches: readonly ReadableSpan[][], to = collect()): ReadableSpan[] {
  for (const batch of batches) to.exporter.export(batch, () => {})
  return to.spans
}

const costsOf = (from: readonly ReadableSpan[]): Record<string, unknown> =>
  Object.fromEntries(from.map(({ name, attributes }) => [name, attributes['cost.usd']]))

/** One generation: a root, a call, and an instrumented client in the call. */
async function generation(inner: Attributes = genAiUsage): Promise<ReadableSpan[]> {
  const above = spans.start('root', { ...root, 'user.id': 'ada' })
  const call = spans.start('call', { ...leaf, 'user.id': 'ada' }, above)
  end(spans.start('client', genAiLeaf, call, 'openinference'), inner)
  end(call, usage)
  end(above)
  return finished()
}

describe('what passes through', () => {
  test('carries the cost on its leaves and the user on every AI span', async () => {
    end(spans.start('http', { 'http.request.method': 'POST', 'user.id': 'ada' }))
    end(spans.start('root', { ...root, 'ai.telemetry.metadata.userId': 'ada' }))
    end(spans.start('call', { ...leaf, 'ai.telemetry.metadata.userId': 7 }), usage)
    end(spans.start('unattributed', leaf))
    const [http, group, call, unattributed] = exportAll([await finished()]).map(
      ({ attributes }) => attributes,
    )
    expect(http).toEqual({ 'http.request.method': 'POST', 'user.id': 'ada' })
    expect(group).toEqual({ ...root, 'ai.telemetry.metadata.userId': 'ada', 'user.id': 'ada' })
    expect(call).toMatchObject({
      'cost.usd': 1,
      'cost.status': 'priced',
      'cost.source': 'override',
      'user.id': '7',
    })
    expect(unattributed).toMatchObject({
      'cost.status': 'unknown_usage',
      'cost.attribution': 'none',
    })
  })

  test('is a copy: the original keeps its attributes and its identity', async () => {
    end(spans.start('call', { ...leaf, ...usage }))
    const [before] = await finished()
    const attributes = { ...before?.attributes }
    Object.freeze(before?.attributes)
    const [after] = exportAll([[before as ReadableSpan]])
    expect(before?.attributes).toEqual(attributes)
    expect(after).not.toBe(before)
    expect(after?.attributes['cost.usd']).toBe(1)
  })

  test('is otherwise the same span, getters and methods too', async () => {
    const above = spans.start('root', root)
    const call = spans.start('call', leaf, above)
    call.addEvent('event').setStatus({ code: 2, message: 'cut off' })
    end(call, usage)
    const [before] = await finished()
    const [after] = exportAll([[before as ReadableSpan]])
    for (const field of [
      'name',
      'kind',
      'startTime',
      'endTime',
      'duration',
      'ended',
      'status',
      'events',
      'links',
      'resource',
      'instrumentationScope',
      'parentSpanContext',
      'droppedAttributesCount',
    ] as const) {
      expect(after?.[field]).toBe(before?.[field])
    }
    expect(after?.spanContext()).toBe(before?.spanContext())
    expect((after as unknown as Span).isRecording()).toBe(false)
  })

  test('a broken span is exported unchanged, and the others are enriched', async () => {
    end(spans.start('call', { ...leaf, ...usage }))
    const [good] = await finished()
    const broken = { name: 'broken' } as ReadableSpan
    const after = exportAll([[broken, good as ReadableSpan, null as never]])
    expect(after[0]).toBe(broken)
    expect(after[1]?.attributes['cost.usd']).toBe(1)
    expect(after).toHaveLength(3)
  })
})

describe('a call inside a call is one call', () => {
  test('in one batch', async () => {
    expect(costsOf(exportAll([await generation()]))).toEqual({
      client: 1,
      call: undefined,
      root: undefined,
    })
  })

  test('across batches', async () => {
    const all = await generation()
    expect(costsOf(exportAll(all.map((span) => [span])))).toEqual({
      client: 1,
      call: undefined,
      root: undefined,
    })
  })

  test('whose inside has no usage, has the cost itself', async () => {
    expect(costsOf(exportAll([await generation({})]))).toEqual({
      client: undefined,
      call: 1,
      root: undefined,
    })
  })

  test('after thousands of other spans', async () => {
    const [client, call] = await generation()
    const to = collect()
    exportAll([[client as ReadableSpan]], to)
    for (let index = 0; index < 5000; index++) {
      end(spans.start(`${index}`, leaf, spans.start('root', root)))
    }
    exportAll([(await finished()).slice(-5000)], to)
    exportAll([[call as ReadableSpan]], to)
    expect(to.spans.at(-1)?.attributes['cost.usd']).toBeUndefined()
  })

  test('but an agent in a tool makes calls of its own', async () => {
    const call = spans.start('call', leaf)
    const inTool = spans.start('tool', tool, call)
    end(spans.start('nested', leaf, inTool), usage)
    end(inTool)
    end(call, usage)
    expect(costsOf(exportAll([await finished()]))).toEqual({ nested: 1, tool: undefined, call: 1 })
  })

  test('and so does a judge of another model', async () => {
    const claude = { 'ai.model.provider': 'anthropic.messages', 'ai.model.id': 'claude-sonnet-4-5' }
    const call = spans.start('call', { ...leaf, ...claude })
    const judge = { ...genAiLeaf, 'gen_ai.request.model': 'gpt-4o-mini' }
    end(spans.start('judge', judge, call, 'openinference'), genAiUsage)
    end(call, usage)
    const both = exportAll([await finished()], collect({}))
    expect(both.map(({ attributes }) => attributes['cost.source'])).toEqual(['catalog', 'catalog'])
  })

  test('and so does a middleware that generates', async () => {
    const call = spans.start('call', leaf)
    const nestedRoot = spans.start('nested root', root, call)
    end(spans.start('nested', leaf, nestedRoot), usage)
    end(nestedRoot)
    end(call, usage)
    expect(costsOf(exportAll([await finished()]))).toEqual({
      nested: 1,
      'nested root': undefined,
      call: 1,
    })
  })
})

describe('spans that are already enriched', () => {
  test('pass unchanged', async () => {
    const once = exportAll([await generation()])
    const twice = exportAll([once], collect({ prices: [] }))
    expect(twice.map(({ attributes }) => attributes)).toEqual(
      once.map(({ attributes }) => attributes),
    )
  })

  test('by an exporter around this one, too', async () => {
    const all = await generation()
    const to = collect()
    const around = new CostSpanExporter(to.exporter, { prices })
    around.export(all, () => {})
    expect(to.spans.map(({ attributes }) => attributes)).toEqual(
      exportAll([all]).map(({ attributes }) => attributes),
    )
  })

  test.each([
    ['the inner one first', true],
    ['the outer one first', false],
  ])('by a processor, of two calls in one, %s', async (_, innerFirst) => {
    const to = collect()
    const batch = new BatchSpanProcessor(to.exporter)
    Object.assign(spans, {
      provider: new BasicTracerProvider({
        spanProcessors: [new CostSpanProcessor({ prices }), batch],
      }),
    })
    const above = spans.start('root', { ...root, 'user.id': 'ada' })
    const call = spans.start('call', leaf, above)
    const client = spans.start('client', genAiLeaf, call, 'openinference')
    if (innerFirst) end(client, genAiUsage)
    end(call, usage)
    if (!innerFirst) end(client, genAiUsage)
    end(above)
    await batch.forceFlush()
    const sum = Object.values(costsOf(to.spans)).reduce(
      (total: number, usd) => total + Number(usd ?? 0),
      0,
    )
    expect(sum).toBe(1)
    expect(to.spans.find(({ name }) => name === 'root')?.attributes['cost.rollup_usd']).toBe(1)
  })
})

describe('a span that a processor has enriched', () => {
  /** A group and its call, through a processor that keeps personal ids and an exporter that does not. */
  async function enriched(backends: readonly Backend[] = []): Promise<ReadableSpan[]> {
    const to = collect({ prices, backends } as ChargerOptions)
    const batch = new BatchSpanProcessor(to.exporter)
    const costs = new CostSpanProcessor({ prices, privacy: { personalIds: 'keep' } })
    Object.assign(spans, {
      provider: new BasicTracerProvider({ spanProcessors: [costs, batch] }),
    })
    const above = spans.start('root', { ...root, 'user.id': 'ada@example.com' })
    end(spans.start('call', leaf, above), usage)
    end(above)
    await batch.forceFlush()
    return to.spans
  }

  test('keeps the user that the processor kept, on groups and on calls', async () => {
    const all = await enriched()
    expect(all.map(({ name }) => name)).toEqual(['call', 'root'])
    for (const { attributes } of all) {
      expect(attributes['user.id']).toBe('ada@example.com')
      expect(attributes).not.toHaveProperty('cost.attribution')
    }
  })

  test('gets attributes for backends of the processor alone, on groups and on calls', async () => {
    const backend = vi.fn<Backend>(() => ({ 'backend.attribute': 'x' }))
    for (const { attributes } of await enriched([backend])) {
      expect(attributes).not.toHaveProperty('backend.attribute')
    }
    expect(backend).not.toHaveBeenCalled()
  })
})

describe('an attribute that only costspan writes, written by another party', () => {
  test.each<[string, unknown]>([
    ['cost.attribution', 'none'],
    ['cost.attribution', 'redacted'],
    ['cost.status', 'priced'],
  ])('%s: %j hides no user of a span that is not enriched', async (name, value) => {
    const attributes = { ...leaf, ...usage, 'ai.telemetry.metadata.userId': 'ada', [name]: value }
    end(spans.start('call', attributes))
    const [call] = exportAll([await finished()])
    expect(call?.attributes).toMatchObject({ 'user.id': 'ada', 'cost.usd': 1 })
    expect(call?.attributes).not.toHaveProperty('cost.attribution')
  })
})

describe('the exporter behind', () => {
  test('gets the result callback, flushes and shuts down', async () => {
    const inner = {
      export: vi.fn<SpanExporter['export']>((_, done) => done({ code: 1 })),
      shutdown: vi.fn<() => Promise<void>>(() => Promise.resolve()),
      forceFlush: vi.fn<() => Promise<void>>(() => Promise.reject(new Error('mine'))),
    }
    const exporter = new CostSpanExporter(inner)
    const done = vi.fn<(result: unknown) => void>()
    exporter.export([], done)
    expect(done).toHaveBeenCalledWith({ code: 1 })
    await exporter.shutdown()
    expect(inner.shutdown).toHaveBeenCalledOnce()
    await expect(exporter.forceFlush()).rejects.toThrow('mine')
  })

  test('need not know how to flush', async () => {
    await expect(collect().exporter.forceFlush()).resolves.toBeUndefined()
  })

  test.each<[unknown, unknown, string]>([
    [undefined, {}, 'Expected `exporter` to be a span exporter, got undefined'],
    [null, {}, 'Expected `exporter` to be a span exporter, got null'],
    ['otlp', {}, 'Expected `exporter` to be a span exporter, got "otlp" (string)'],
    [{}, {}, 'Expected `exporter` to be a span exporter, got a value of type object'],
    [
      { export() {} },
      { prices: 7 },
      'Expected `prices` to be an array of price sources, got 7 (number)',
    ],
    [{ export() {} }, null, 'Expected `options` to be'],
  ])('is named if it is malformed: %j, %j', (exporter, options, message) => {
    const create = () => new CostSpanExporter(exporter as SpanExporter, options as ChargerOptions)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})
