/* oxlint-disable unicorn/no-thenable, typescript/no-unnecessary-type-assertion */
import { context, diag, trace, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type CostSpanProcessorOptions } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { leaf, metadata } from '../support/attributed-spans.ts'
import { capturePrinted, forgetPrinted } from '../support/printed.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())
const printed = capturePrinted()
const lines = (): string[] => printed.map((line) => line.map(String).join(' '))

afterEach(() => {
  vi.unstubAllEnvs()
  diag.disable()
})

const user: Attributes = { 'user.id': 'user-1' }

function call(options: CostSpanProcessorOptions, attributes: Attributes = {}): void {
  const provider = new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor(options)] })
  end(provider, attributes)
}

function end(provider: BasicTracerProvider, attributes: Attributes): void {
  provider
    .getTracer('ai')
    .startSpan('span', { attributes: { ...leaf, ...attributes } })
    .end()
}

/** Calls that each have their warning, and a pattern of its line. */
const causes: [string, Attributes, CostSpanProcessorOptions, RegExp][] = [
  ['no user', {}, {}, /names no user\. Wrap the request in withAttribution/],
  [
    'an e-mail as user',
    metadata({ userId: 'zoe@example.com' }),
    {},
    /looks personal.*stable internal id.*pseudonymize/,
  ],
  [
    'an e-mail of a session library',
    { 'user.id': 'Zoe.Lovelace@mail.example' },
    {},
    /looks personal/,
  ],
  ['a phone number as user', { 'user.id': '+49 170 1234567' }, {}, /looks personal/],
  ['an encoded e-mail as user', metadata({ userId: 'zoe%40example.com' }), {}, /looks personal/],
  [
    'a model without a price',
    { ...user, 'ai.model.id': 'house-1' },
    {},
    /no price for model "house-1".*prices option/,
  ],
  [
    'a price source that throws',
    user,
    {
      prices: [
        {
          version: '1',
          source: 'override',
          find: () => {
            throw new Error('zoe')
          },
        },
      ],
    },
    /price_source_failed.*correct its find\(\)/,
  ],
  [
    'onCharge that throws',
    user,
    {
      onCharge: () => {
        throw new RangeError('user-1 has no row')
      },
    },
    /onCharge failed.*RangeError at console\.test\.ts:\d+/,
  ],
  [
    'onCharge that throws text',
    user,
    {
      onCharge: () => {
        throw 'user-1'
      },
    },
    /onCharge failed.*a value of type string/,
  ],
  [
    'onCharge whose error has a code',
    user,
    {
      onCharge: () => {
        throw Object.assign(new Error('user-1'), { code: 'ECONNREFUSED' })
      },
    },
    /onCharge failed.*ECONNREFUSED/,
  ],
  [
    'onCharge whose error looks like a stack',
    user,
    {
      onCharge: () => {
        throw new Error('no\n    at user-1 (/user-1:1:1)')
      },
    },
    /onCharge failed/,
  ],
  [
    'a backend that throws',
    user,
    {
      backends: [
        () => {
          throw new Error('user-1')
        },
      ],
    },
    /a backend failed/,
  ],
]

describe('a warning about money is on the console without any set-up', () => {
  test.each(causes)('%s', (_, attributes, options, expected) => {
    call(options, { ...attributes, 'ai.prompt': 'a secret', 'cost.tag.team': 'blue' })
    expect(lines()).toEqual([expect.stringMatching(expected)])
    expect(lines()[0]).toMatch(/^costspan: [^\n]+$/)
    expect(lines()[0]).not.toMatch(/zoe|lovelace|user-1|49 170|secret|blue/i)
  })

  test.each(causes)('once, though the set-up is made twice: %s', (_, attributes, options) => {
    for (let copy = 0; copy < 2; copy++) {
      call(options, attributes)
      call(options, attributes)
    }
    expect(lines()).toHaveLength(1)
  })

  test('once, though a bundler has made two copies of the package', async () => {
    vi.resetModules()
    const copy = await import('costspan')
    expect(copy.CostSpanProcessor).not.toBe(CostSpanProcessor)
    for (const Processor of [CostSpanProcessor, copy.CostSpanProcessor]) {
      end(new BasicTracerProvider({ spanProcessors: [new Processor()] }), {})
    }
    withAttribution({ userid: 'zoe' } as object, () => {})
    copy.withAttribution({ userid: 'eve' } as object, () => {})
    expect(lines()).toEqual([
      expect.stringContaining('names no user'),
      // `redacted` is for restoreAttribution.
      expect.stringContaining('ignores the field `userid`. Use userId, tenantId, plan, tags; '),
    ])
  })

  test('for 20 models and then a last line, of all processors together', () => {
    for (let model = 0; model < 50; model++) call({}, { ...user, 'ai.model.id': `house-${model}` })
    expect(lines()).toHaveLength(21)
    expect(lines()[20]).toContain('more than 20 models')
  })

  test('without a field that is no name, which may be an id', () => {
    withAttribution({ 'zoe@example.com': true } as object, () => {})
    expect(lines()).toEqual([expect.stringContaining('ignores an unknown field')])
  })

  test('without the name of a span that has an id in it', () => {
    const provider = new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor()] })
    const attributes = { ...leaf, 'tenant.id': 'acme-7', 'ai.telemetry.functionId': 'for acme-7' }
    provider.getTracer('ai').startSpan('chat zoe@example.com', { attributes }).end()
    expect(lines()).toEqual([expect.stringMatching(/^costspan: a call, names no user/)])
  })

  test('of an exporter, too', () => {
    const exporter = new CostSpanExporter(new InMemorySpanExporter())
    end(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }), {})
    expect(lines()).toEqual([expect.stringContaining('names no user')])
  })

  test('and nothing is printed where all is well, in any mode', () => {
    for (const mode of ['production', 'test', '', 'Development']) {
      vi.stubEnv('NODE_ENV', mode)
      call({}, user)
    }
    expect(lines()).toEqual([])
  })
})

describe('the option `warnings`', () => {
  test('sends each line to a function, to every one its own', () => {
    const first: string[] = []
    const second: string[] = []
    for (const own of [first, second]) {
      const warnings = (line: string): void => void own.push(line)
      const provider = new BasicTracerProvider({
        spanProcessors: [new CostSpanProcessor({ warnings })],
      })
      end(provider, {})
      end(provider, {})
      withAttribution({ userid: 'zoe' } as object, () => {})
    }
    const expected = [
      expect.stringMatching(/^costspan: .*names no user/),
      expect.stringMatching(/^costspan: .*`userid`/),
    ]
    expect([first, second]).toEqual([expected, expected])
    expect(lines()).toEqual([])
  })

  test('sends them to diag', () => {
    const warn = vi.fn<(line: string) => void>()
    const none = (): void => {}
    diag.setLogger({ warn, error: none, info: none, debug: none, verbose: none })
    call({ warnings: 'diag' })
    withAttribution({ userid: 'zoe' } as object, () => {})
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('names no user')],
      [expect.stringContaining('`userid`')],
    ])
    expect(lines()).toEqual([])
  })

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('mine')
      },
    ],
    ['rejects', () => Promise.reject(new Error('mine'))],
    [
      'returns what rejects by another then',
      // oxlint-disable-next-line unicorn/no-thenable -- as a library's promise has it
      () => ({ then: (_: unknown, reject: (error: unknown) => void) => reject(1) }),
    ],
    [
      'returns what throws when it is looked at',
      () =>
        // oxlint-disable-next-line unicorn/no-thenable -- as above
        Object.defineProperty({}, 'then', {
          get: () => {
            throw new Error('mine')
          },
        }),
    ],
  ])('takes a function that %s, and the call has its cost', async (_, warnings) => {
    const charges: unknown[] = []
    const onCharge = (charge: { usd?: number | undefined }): void => void charges.push(charge.usd)
    call({ warnings, onCharge })
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(charges).toEqual([expect.any(Number)])
  })

  test.each([null, 'stderr', true, 1, {}, ['console']])('is named where it is %j', (warnings) => {
    const expected = "Expected `warnings` to be 'console', 'diag' or a function, got"
    const options = { warnings } as never
    expect(() => new CostSpanProcessor(options)).toThrow(TypeError)
    expect(() => new CostSpanProcessor(options)).toThrow(expected)
    expect(() => new CostSpanExporter(new InMemorySpanExporter(), options)).toThrow(expected)
  })
})

describe('in development the first call is printed', () => {
  const version = String.raw`\d{4}-\d\d-\d\d\S*`
  test.each<[string, Attributes, string]>([
    [
      'priced, with a user',
      user,
      String.raw`gpt-4o, \$0\.000035, user named; prices of ${version}`,
    ],
    [
      'without a user',
      {},
      String.raw`gpt-4o, \$0\.000035, no user named \(use withAttribution\); prices of ${version}`,
    ],
    [
      'with an id left out',
      { 'user.id': 'zoe@example.com' },
      String.raw`gpt-4o, \$0\.000035, user left out because the id looks personal; prices of ${version}`,
    ],
    [
      'without a price',
      { ...user, 'ai.model.id': 'house-1' },
      String.raw`house-1, no cost: unpriced \(model_without_price\), user named; prices of ${version}`,
    ],
    [
      'without usage',
      { ...user, 'ai.usage.inputTokens': NaN, 'ai.usage.outputTokens': NaN },
      String.raw`gpt-4o, no cost: unknown_usage.*, user named; prices of ${version}`,
    ],
    [
      'of a model with a nasty name',
      { ...user, 'ai.model.id': 'a\n"b' },
      String.raw`"a\\"b", no cost: unpriced .*`,
    ],
  ])('%s', (_, attributes, line) => {
    vi.stubEnv('NODE_ENV', 'development')
    const provider = new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor()] })
    for (let time = 0; time < 3; time++) end(provider, attributes)
    const first = lines().filter((each) => each.includes('first call'))
    expect(first).toEqual([expect.stringMatching(new RegExp(`^costspan: first call: ${line}$`))])
    expect(lines().join()).not.toMatch(/user-1|zoe/)
    // And the warnings that apply, of which there is one where something is missing.
    const isMissing = attributes['user.id'] !== 'user-1' || line.includes('unpriced')
    expect(lines()).toHaveLength(isMissing ? 2 : 1)
  })

  test('nowhere twice, and not where there is no process', () => {
    vi.stubEnv('NODE_ENV', 'development')
    for (let copy = 0; copy < 3; copy++) call({}, user)
    expect(lines()).toHaveLength(1)
    forgetPrinted()
    const provider = new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor()] })
    const edge = provider.getTracer('ai').startSpan('span', { attributes: leaf })
    vi.stubGlobal('process', undefined)
    edge.end()
    vi.unstubAllGlobals()
    expect(lines().slice(1)).toEqual([expect.stringContaining('names no user')])
  })
})

test('without a context manager the remedy is on the console', () => {
  context.disable()
  expect(withAttribution({ userId: 'zoe' }, () => trace.getActiveSpan())).toBeUndefined()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  expect(lines()).toEqual([
    expect.stringMatching(
      /no effect without an OpenTelemetry context manager.*setGlobalContextManager/,
    ),
  ])
})

describe('a name that holds the id of a user is not printed', () => {
  const pseudonymize = { key: 'a key of sixteen characters' }
  const replaced: readonly (readonly [string, CostSpanProcessorOptions['privacy']])[] = [
    ['by a key', { pseudonymize }],
    ['by a function', { pseudonymize: (id) => `x${id.length}` }],
  ]
  const named: readonly (readonly [string, Attributes, string])[] = [
    ['a function', { 'ai.telemetry.functionId': 'chat of acme_7' }, 'span'],
    ['an agent', { 'gen_ai.agent.name': 'agent-acme_7' }, 'span'],
    ['a span', {}, 'chat acme_7'],
  ]
  const tenants: readonly (readonly [string, Attributes])[] = [
    ['an attribute', { 'tenant.id': 'acme_7' }],
    ['metadata', metadata({ tenantId: 'acme_7' })],
    ['nothing', {}],
  ]
  const printedOf = (
    name: string,
    attributes: Attributes,
    privacy: CostSpanProcessorOptions['privacy'],
  ): string => {
    const warnings: string[] = []
    const costs = new CostSpanProcessor({ privacy, warnings: (line) => void warnings.push(line) })
    const provider = new BasicTracerProvider({ spanProcessors: [costs] })
    const span = provider
      .getTracer('ai')
      .startSpan(name, { attributes: { ...leaf, ...attributes } })
    span.end()
    return warnings.join()
  }

  test.each(
    replaced.flatMap(([how, privacy]) =>
      named.flatMap(([what, attributes, name]) =>
        tenants.map(([where, tenant]) => ({ how, what, where, privacy, name, tenant, attributes })),
      ),
    ),
  )('ids replaced $how, of $what, tenant in $where', ({ privacy, name, tenant, attributes }) => {
    const line = printedOf(name, { ...attributes, ...tenant }, privacy)
    expect(line).toMatch(/a call, names no user/)
    expect(line).not.toContain('acme_7')
  })

  test.each(named)('ids that stay: not that of %s with the tenant in it', (_, attributes, name) => {
    for (const tenant of ['acme_7', 'ACME_7', 'pn_AbCdEf_AbCdEfGhIjKlMnOpQrStUv']) {
      expect(printedOf(name, { ...attributes, 'tenant.id': tenant }, {})).not.toContain('acme_7')
    }
  })

  test.each(named)('ids that stay: that of %s without it is printed', (_, attributes, name) => {
    expect(printedOf(name, { ...attributes, 'tenant.id': 'other' }, {})).toContain('acme_7')
  })
})
