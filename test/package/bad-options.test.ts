import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  CostSpanProcessor,
  createCharger,
  setAttribution,
  withAttribution,
  type Charge,
} from 'costspan'
import { attributedTo } from 'costspan/ai-sdk'
import * as backends from 'costspan/backends'
import { costFetch, withCosts } from 'costspan/clients'
import { diagnose } from 'costspan-doctor'
import { CostSpanExporter } from 'costspan/exporter'
import { openLedger, readLedger } from 'costspan/ledger'
import { costMetrics } from 'costspan/metrics'
import {
  expressAttribution,
  fastifyAttribution,
  honoAttribution,
  nextAttribution,
} from 'costspan/middleware'
import { sendTo } from 'costspan/otlp'
import { assertPriced, definePrices, repriceCharge } from 'costspan/prices'
import {
  attributionFromBaggage,
  restoreAttribution,
  serializeAttribution,
  withAttributionBaggage,
} from 'costspan/propagation'
import { recordCall, usageFrom } from 'costspan/record'
import { recordCosts } from 'costspan/sampling'
import { afterAll, describe, expect, test } from 'vitest'

/** Every kind of value that a caller may pass, by a name. */
const values = {
  undefined,
  null: null,
  true: true,
  zero: 0,
  seven: 7,
  negative: -1,
  fraction: 1.5,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  bigint: 7n,
  'empty text': '',
  text: 'ada',
  symbol: Symbol('ada'),
  'empty array': [],
  array: ['ada'],
  'empty object': {},
  object: { unheardOf: 'ada' },
  promise: Promise.resolve({}),
  // oxlint-disable-next-line unicorn/no-thenable -- a promise of a library
  thenable: { then: () => undefined },
  function: () => undefined,
  date: new Date(),
  'throwing proxy': new Proxy(
    {},
    {
      get() {
        throw new Error('a trap')
      },
      ownKeys() {
        throw new Error('a trap')
      },
      has() {
        throw new Error('a trap')
      },
    },
  ),
} as const

type Name = keyof typeof values

interface Row {
  /** The function, and where the value goes. */
  readonly at: string
  readonly call: (value: never) => unknown
  /** What the error names. */
  readonly option: string
  /** All that is fine there. */
  readonly fine: readonly Name[]
  /** The field that an empty object lacks. */
  readonly missing?: string
}

const objects: readonly Name[] = ['empty object']
const absent: readonly Name[] = ['undefined']
const texts: readonly Name[] = ['text']
const ids: readonly Name[] = [
  'undefined',
  'null',
  'zero',
  'seven',
  'negative',
  'fraction',
  'empty text',
  'text',
]
const whole: readonly Name[] = ['undefined', 'seven']

const none = (): void => {}
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
const charge = {
  traceId: 'a',
  spanId: 'b',
  at: 0,
  durationSeconds: undefined,
  call: {
    vocabulary: 'gen-ai',
    operation: 'chat',
    provider: 'openai',
    family: 'openai',
    requestModel: 'gpt-4o',
  },
  usage: undefined,
  unseen: 0,
  terms: {},
  attribution: {},
  status: 'priced',
} as unknown as Charge
const usage = { input: 1, output: 1 }
const known = { provider: 'openai', model: 'gpt-4o', usage }
const signingKey = '0123456789abcdef'
const exporter = { export: none, shutdown: () => Promise.resolve() }
const folder = tmpdir()
const opened: { close(): Promise<void> }[] = []
let ledgers = 0

function open(path: never, options?: never): unknown {
  const ledger = openLedger(path, options)
  opened.push(ledger)
  return ledger
}
function ledgerWith(options: object): unknown {
  return open(
    join(folder, `costspan-bad-options-${process.pid}-${ledgers++}.ndjson`) as never,
    options as never,
  )
}

afterAll(() => Promise.all(opened.map((ledger) => ledger.close())))

/** The fields of an attribution, wherever one is stated. */
function attributionRows(
  at: string,
  state: (attribution: never) => unknown,
  empty: readonly Name[],
): Row[] {
  return [
    { at, call: state, option: 'attribution', fine: [...objects, 'object', ...empty] },
    {
      at: `${at} userId`,
      call: (userId) => state({ userId } as never),
      option: 'userId',
      fine: ids,
    },
    {
      at: `${at} tenantId`,
      call: (tenantId) => state({ tenantId } as never),
      option: 'tenantId',
      fine: ids,
    },
    { at: `${at} plan`, call: (plan) => state({ plan } as never), option: 'plan', fine: ids },
    {
      at: `${at} tags`,
      call: (tags) => state({ tags } as never),
      option: 'tags',
      fine: ['undefined', 'null', 'empty object', 'object'],
    },
    {
      at: `${at} a tag`,
      call: (tag) => state({ tags: { tag } } as never),
      option: 'tags.tag',
      fine: ids,
    },
  ]
}

const rows: readonly Row[] = [
  {
    at: 'new CostSpanProcessor',
    call: (options) => new CostSpanProcessor(options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  {
    at: 'CostSpanProcessor prices',
    call: (prices) => new CostSpanProcessor({ prices }),
    option: 'prices',
    fine: [...absent, 'empty array'],
  },
  {
    at: 'CostSpanProcessor prices[0]',
    call: (source) => new CostSpanProcessor({ prices: [source] }),
    option: 'prices[0]',
    fine: [],
  },
  {
    at: 'CostSpanProcessor onCharge',
    call: (onCharge) => new CostSpanProcessor({ onCharge }),
    option: 'onCharge',
    fine: [...absent, 'function', 'empty array'],
  },
  {
    at: 'CostSpanProcessor onCharge[1]',
    call: (onCharge) => new CostSpanProcessor({ onCharge: [none, onCharge] }),
    option: 'onCharge[1]',
    fine: ['function'],
  },
  {
    at: 'CostSpanExporter onCharge',
    call: (onCharge) => new CostSpanExporter(exporter, { onCharge }),
    option: 'onCharge',
    fine: [...absent, 'function', 'empty array'],
  },
  {
    at: 'CostSpanProcessor backends',
    call: (list) => new CostSpanProcessor({ backends: list }),
    option: 'backends',
    fine: [...absent, 'empty array'],
  },
  {
    at: 'CostSpanProcessor backends[0]',
    call: (backend) => new CostSpanProcessor({ backends: [backend] }),
    option: 'backends[0]',
    fine: ['function'],
  },
  {
    at: 'CostSpanProcessor privacy',
    call: (privacy) => new CostSpanProcessor({ privacy }),
    option: 'privacy',
    fine: [...absent, ...objects],
  },
  {
    at: 'CostSpanProcessor warnings',
    call: (warnings) => new CostSpanProcessor({ warnings }),
    option: 'warnings',
    fine: [...absent, 'function'],
  },
  {
    at: 'CostSpanProcessor privacy.personalIds',
    call: (personalIds) => new CostSpanProcessor({ privacy: { personalIds } }),
    option: 'privacy.personalIds',
    fine: absent,
  },
  {
    at: 'CostSpanProcessor privacy.dropContent',
    call: (dropContent) => new CostSpanProcessor({ privacy: { dropContent } }),
    option: 'privacy.dropContent',
    fine: [...absent, 'function'],
  },
  {
    at: 'CostSpanProcessor privacy.pseudonymize',
    call: (pseudonymize) => new CostSpanProcessor({ privacy: { pseudonymize } }),
    option: 'privacy.pseudonymize',
    fine: [...absent, 'function'],
  },
  {
    at: 'CostSpanProcessor privacy.pseudonymize.key',
    call: (key) => new CostSpanProcessor({ privacy: { pseudonymize: { key } } }),
    option: 'privacy.pseudonymize.key',
    fine: [],
  },
  {
    at: 'new CostSpanExporter',
    call: (inner) => new CostSpanExporter(inner),
    option: 'exporter',
    fine: [],
  },
  {
    at: 'CostSpanExporter options',
    call: (options) => new CostSpanExporter(exporter, options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  {
    at: 'CostSpanExporter prices',
    call: (prices) => new CostSpanExporter(exporter, { prices }),
    option: 'prices',
    fine: [...absent, 'empty array'],
  },
  {
    at: 'CostSpanExporter backends',
    call: (list) => new CostSpanExporter(exporter, { backends: list }),
    option: 'backends',
    fine: [...absent, 'empty array'],
  },
  {
    at: 'CostSpanExporter privacy',
    call: (privacy) => new CostSpanExporter(exporter, { privacy }),
    option: 'privacy',
    fine: [...absent, ...objects],
  },
  {
    at: 'createCharger',
    call: (options) => createCharger(options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  {
    at: 'createCharger prices',
    call: (prices) => createCharger({ prices }),
    option: 'prices',
    fine: [...absent, 'empty array'],
  },
  {
    at: 'withAttribution run',
    call: (run) => withAttribution({}, run),
    option: 'run',
    fine: ['function'],
  },
  ...attributionRows('withAttribution', (attribution) => withAttribution(attribution, none), [
    'undefined',
    'null',
  ]),
  ...attributionRows(
    'setAttribution',
    (attribution) => withAttribution({}, () => setAttribution(attribution)),
    [],
  ),
  ...attributionRows('attributedTo', (attribution) => attributedTo(attribution), [
    'undefined',
    'null',
  ]),
  {
    at: 'attributedTo options',
    call: (options) => attributedTo({}, options),
    option: 'options',
    fine: [...absent, ...objects, 'object'],
  },
  ...attributionRows('recordCall', (attribution) => recordCall({ ...known, attribution }), [
    'undefined',
    'null',
  ]),
  {
    at: 'recordCall',
    call: (options) => recordCall(options),
    option: 'options',
    missing: 'provider',
    fine: [],
  },
  {
    at: 'recordCall provider',
    call: (provider) => recordCall({ ...known, provider }),
    option: 'provider',
    fine: texts,
  },
  {
    at: 'recordCall model',
    call: (model) => recordCall({ ...known, model }),
    option: 'model',
    fine: texts,
  },
  {
    at: 'recordCall responseModel',
    call: (responseModel) => recordCall({ ...known, responseModel }),
    option: 'responseModel',
    fine: [...absent, ...texts],
  },
  {
    at: 'recordCall operation',
    call: (operation) => recordCall({ ...known, operation }),
    option: 'operation',
    fine: absent,
  },
  {
    at: 'recordCall usage',
    call: (used) => recordCall({ ...known, usage: used }),
    option: 'usage',
    fine: [...absent, ...objects],
  },
  {
    at: 'recordCall usage.input',
    call: (input) => recordCall({ ...known, usage: { input } }),
    option: 'usage.input',
    fine: [...absent, 'zero', 'seven'],
  },
  {
    at: 'recordCall usage.serviceTier',
    call: (serviceTier) => recordCall({ ...known, usage: { serviceTier } }),
    option: 'usage.serviceTier',
    fine: [...absent, 'text'],
  },
  {
    at: 'recordCall usage.billed',
    call: (billed) => recordCall({ ...known, usage: { billed } }),
    option: 'usage.billed',
    fine: absent,
  },
  {
    at: 'recordCall usage.unseen',
    call: (unseen) => recordCall({ ...known, usage: { unseen } }),
    option: 'usage.unseen',
    fine: ['undefined', 'zero', 'seven'],
  },
  {
    at: 'recordCall startTime',
    call: (startTime) => recordCall({ ...known, startTime }),
    option: 'startTime',
    fine: [...absent, 'date'],
  },
  {
    at: 'recordCall endTime',
    call: (endTime) => recordCall({ ...known, endTime }),
    option: 'endTime',
    fine: [...absent, 'date'],
  },
  { at: 'usageFrom', call: (response) => usageFrom(response), option: 'response', fine: [] },
  { at: 'recordCosts', call: (sampler) => recordCosts(sampler), option: 'sampler', fine: [] },
  {
    at: 'expressAttribution',
    call: (who) => expressAttribution(who),
    option: 'getAttribution',
    fine: [...absent, 'function'],
  },
  {
    at: 'fastifyAttribution',
    call: (who) => fastifyAttribution(who),
    option: 'getAttribution',
    fine: [...absent, 'function'],
  },
  {
    at: 'honoAttribution',
    call: (who) => honoAttribution(who),
    option: 'getAttribution',
    fine: [...absent, 'function'],
  },
  {
    at: 'nextAttribution getAttribution',
    call: (who) => nextAttribution(who, none),
    option: 'getAttribution',
    fine: ['function'],
  },
  {
    at: 'nextAttribution handler',
    call: (handler) => nextAttribution(none as never, handler),
    option: 'handler',
    fine: ['function'],
  },
  { at: 'openLedger path', call: (path) => open(path), option: 'path', fine: [] },
  {
    at: 'openLedger options',
    call: (options) => ledgerWith(options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  {
    at: 'openLedger maximumBytes',
    call: (maximumBytes) => ledgerWith({ maximumBytes }),
    option: 'maximumBytes',
    fine: whole,
  },
  {
    at: 'openLedger maxQueueSize',
    call: (maxQueueSize) => ledgerWith({ maxQueueSize }),
    option: 'maxQueueSize',
    fine: whole,
  },
  {
    at: 'openLedger sync',
    call: (sync) => ledgerWith({ sync }),
    option: 'sync',
    fine: [...absent, 'true'],
  },
  { at: 'readLedger', call: async (path) => readLedger(path).next(), option: 'path', fine: [] },
  {
    at: 'readLedger options',
    call: (options) => readLedger('ledger.ndjson', options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  {
    at: 'readLedger onProblem',
    call: (onProblem) => readLedger('ledger.ndjson', { onProblem }),
    option: 'onProblem',
    fine: [...absent, 'function'],
  },
  {
    at: 'costMetrics',
    call: (options) => costMetrics(options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  {
    at: 'costMetrics meterProvider',
    call: (meterProvider) => costMetrics({ meterProvider }),
    option: 'meterProvider',
    fine: absent,
  },
  {
    at: 'costMetrics by',
    call: (by) => costMetrics({ by }),
    option: 'by',
    fine: [...absent, 'empty array'],
  },
  { at: 'costMetrics by[0]', call: (by) => costMetrics({ by: [by] }), option: 'by[0]', fine: [] },
  {
    at: 'costMetrics cardinalityLimit',
    call: (cardinalityLimit) => costMetrics({ cardinalityLimit }),
    option: 'cardinalityLimit',
    fine: whole,
  },
  { at: 'sendTo', call: (destination) => sendTo(destination), option: 'sendTo[0]', fine: [] },
  {
    at: 'sendTo name',
    call: (name) => sendTo({ name, url: 'http://127.0.0.1:9/' }),
    option: 'sendTo[0].name',
    fine: texts,
  },
  {
    at: 'sendTo url',
    call: (url) => sendTo({ name: 'mine', url }),
    option: 'sendTo[0].url',
    fine: [],
  },
  {
    at: 'sendTo headers',
    call: (headers) => sendTo({ name: 'mine', url: 'http://127.0.0.1:9/', headers }),
    option: 'sendTo[0].headers',
    fine: [...absent, ...objects, 'object'],
  },
  {
    at: 'sendTo backend',
    call: (backend) => sendTo({ name: 'mine', url: 'http://127.0.0.1:9/', backend }),
    option: 'sendTo[0].backend',
    fine: [...absent, 'function'],
  },
  {
    at: 'definePrices version',
    call: (version) => definePrices(version, []),
    option: 'version',
    fine: texts,
  },
  {
    at: 'definePrices rows',
    call: (list) => definePrices('1', list),
    option: 'rows',
    fine: ['empty array'],
  },
  {
    at: 'definePrices rows[0]',
    call: (row) => definePrices('1', [row]),
    option: 'rows[0]',
    fine: [],
  },
  {
    at: 'definePrices provider',
    call: (provider) => definePrices('1', [{ provider, model: 'm', input: 1 }]),
    option: 'rows[0].provider',
    fine: texts,
  },
  {
    at: 'definePrices model',
    call: (model) => definePrices('1', [{ provider: 'openai', model, input: 1 }]),
    option: 'rows[0].model',
    fine: texts,
  },
  {
    at: 'definePrices input',
    call: (input) => definePrices('1', [{ provider: 'openai', model: 'm', input, output: 1 }]),
    option: 'rows[0].input',
    fine: [...absent, 'zero', 'seven', 'fraction'],
  },
  {
    at: 'definePrices from',
    call: (from) => definePrices('1', [{ provider: 'openai', model: 'm', input: 1, from }]),
    option: 'rows[0].from',
    fine: absent,
  },
  {
    at: 'definePrices over',
    call: (over) => definePrices('1', [{ provider: 'openai', model: 'm', over, input: 1 }]),
    option: 'rows[0].over',
    fine: absent,
  },
  {
    at: 'assertPriced',
    call: (charges) => assertPriced(charges),
    option: 'charges',
    fine: ['empty array', 'empty text'],
  },
  {
    at: 'assertPriced charges[0]',
    call: (one) => assertPriced([one]),
    option: 'charges[0]',
    fine: [],
  },
  {
    at: 'assertPriced options',
    call: (options) => assertPriced([], options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  {
    at: 'assertPriced allow',
    call: (allow) => assertPriced([], { allow }),
    option: 'allow',
    fine: [...absent, 'empty array'],
  },
  { at: 'repriceCharge', call: (one) => repriceCharge(one), option: 'charge', fine: [] },
  {
    at: 'repriceCharge options',
    call: (options) => repriceCharge(charge, options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  {
    at: 'repriceCharge prices',
    call: (prices) => repriceCharge(charge, { prices }),
    option: 'prices',
    fine: [...absent, 'empty array'],
  },
  {
    at: 'repriceCharge model',
    call: (model) => repriceCharge(charge, { model }),
    option: 'model',
    fine: absent,
  },
  {
    at: 'repriceCharge model.provider',
    call: (provider) => repriceCharge(charge, { model: { provider, model: 'm' } }),
    option: 'model.provider',
    fine: texts,
  },
  {
    at: 'serializeAttribution',
    call: (options) => serializeAttribution(options),
    option: 'options',
    missing: 'signingKey',
    fine: [],
  },
  {
    at: 'serializeAttribution signingKey',
    call: (key) => serializeAttribution({ signingKey: key }),
    option: 'signingKey',
    fine: [],
  },
  {
    at: 'serializeAttribution expiresInSeconds',
    call: (expiresInSeconds) => serializeAttribution({ signingKey, expiresInSeconds }),
    option: 'expiresInSeconds',
    fine: [...absent, 'seven', 'fraction'],
  },
  ...attributionRows(
    'serializeAttribution',
    (attribution) => serializeAttribution({ signingKey, attribution }),
    ['undefined'],
  ),
  {
    at: 'serializeAttribution privacy',
    call: (privacy) => serializeAttribution({ signingKey, privacy }),
    option: 'privacy',
    fine: [...absent, ...objects],
  },
  {
    at: 'withAttributionBaggage',
    call: (options) => withAttributionBaggage(options, none),
    option: 'options',
    missing: 'signingKey',
    fine: [],
  },
  {
    at: 'withAttributionBaggage run',
    call: (run) => withAttributionBaggage({ signingKey }, run),
    option: 'run',
    fine: ['function'],
  },
  {
    at: 'attributionFromBaggage',
    call: (options) => attributionFromBaggage(options),
    option: 'options',
    missing: 'signingKeys',
    fine: [],
  },
  {
    at: 'attributionFromBaggage signingKeys',
    call: (keys) => attributionFromBaggage({ signingKeys: keys }),
    option: 'signingKeys',
    fine: [],
  },
  {
    at: 'restoreAttribution options',
    call: (options) => restoreAttribution('t', options),
    option: 'options',
    missing: 'signingKeys',
    fine: [],
  },
  {
    at: 'restoreAttribution missing',
    call: (missing) =>
      restoreAttribution(serializeAttribution({ signingKey }), {
        signingKeys: [signingKey],
        missing,
      }),
    option: 'missing',
    fine: absent,
  },
  {
    at: 'restoreAttribution signingKeys',
    call: (keys) => restoreAttribution(serializeAttribution({ signingKey }), { signingKeys: keys }),
    option: 'signingKeys',
    fine: [],
  },
  {
    at: 'restoreAttribution signingKeys[0]',
    call: (key) => restoreAttribution('t', { signingKeys: [key] }),
    option: 'signingKeys[0]',
    fine: [],
  },
  {
    at: 'costFetch',
    call: (options) => costFetch(options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  {
    at: 'costFetch fetch',
    call: (send) => costFetch({ fetch: send }),
    option: 'fetch',
    fine: [...absent, 'function'],
  },
  {
    at: 'costFetch provider',
    call: (provider) => costFetch({ provider }),
    option: 'provider',
    fine: [...absent, 'text'],
  },
  {
    at: 'costFetch onCharge',
    call: (onCharge) => costFetch({ onCharge }),
    option: 'onCharge',
    fine: [...absent, 'function', 'empty array'],
  },
  {
    at: 'costFetch prices',
    call: (prices) => costFetch({ prices }),
    option: 'prices',
    fine: [...absent, 'empty array'],
  },
  {
    at: 'costFetch prices[0]',
    call: (source) => costFetch({ prices: [source] }),
    option: 'prices[0]',
    fine: [],
  },
  {
    at: 'costFetch readToEnd',
    call: (readToEnd) => costFetch({ readToEnd }),
    option: 'readToEnd',
    fine: [...absent, 'true'],
  },
  {
    at: 'costFetch countTokens',
    call: (countTokens) => costFetch({ countTokens }),
    option: 'countTokens',
    fine: [...absent, 'function'],
  },
  {
    // Whether it is a client is tried in test/clients/with-costs.test.ts.
    at: 'withCosts options',
    call: (options) => withCosts({ fetch: none, withOptions: () => ({}) }, options),
    option: 'options',
    fine: [...absent, ...objects],
  },
  { at: 'diagnose', call: (options) => diagnose(options), option: 'options', fine: [] },
  {
    at: 'diagnose directory',
    call: (directory) => diagnose({ directory }),
    option: 'directory',
    fine: [],
  },
  {
    at: 'diagnose ledger',
    call: (ledger) => diagnose({ directory: folder, ledger }),
    option: 'ledger',
    fine: [],
  },
]

/** What would read a project, or a file of that name. */
const untried = new Map<string, readonly Name[]>([
  ['openLedger path', ['text']],
  ['readLedger', ['text']],
  ['diagnose', ['undefined', 'empty object']],
  ['diagnose directory', ['undefined', 'text']],
  ['diagnose ledger', ['undefined', 'text']],
])

async function outcomeOf(row: Row, value: unknown): Promise<unknown> {
  try {
    await row.call(value as never)
    return undefined
  } catch (error) {
    return error
  }
}

describe.each(rows.map((row) => [row.at, row] as const))('%s', (_, row) => {
  const tried = Object.entries(values).filter(
    ([name]) => untried.get(row.at)?.includes(name as Name) !== true,
  )
  const fine = tried.filter(([name]) => row.fine.includes(name as Name))
  const bad = tried.filter(([name]) => !row.fine.includes(name as Name))

  test.each(fine)('takes %s', async (_name, value) => {
    expect(await outcomeOf(row, value)).toBeUndefined()
  })

  test.each(bad)('refuses %s, naming the option', async (name, value) => {
    const error = await outcomeOf(row, value)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toMatch(/^Expected `[^`]+` to be ./)
    const option = name === 'empty object' ? (row.missing ?? row.option) : row.option
    expect((error as Error).message).toContain(`\`${option}`)
  })
})

test('every function and class of every entry of the package is in the table', async () => {
  const { exports: entries } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, unknown>
  }
  const tried = rows.map(({ at }) => at).join('\n')
  /** Tried elsewhere, made by no caller, or asked with data instead of options. */
  const others = new Set([
    'flush',
    'RefusedAttribution',
    'priceUsage',
    'providerFamily',
    'costTelemetry',
    'selfCheck',
    ...Object.keys(backends),
  ])
  const untabled: string[] = []
  for (const entry of Object.keys(entries)) {
    if (entry === './package.json') continue
    const names = Object.entries((await import(`costspan${entry.slice(1)}`)) as object)
      .filter(([, value]) => typeof value === 'function')
      .map(([name]) => name)
    untabled.push(...names.filter((name) => !tried.includes(name) && !others.has(name)))
  }
  expect(untabled).toEqual([])
})
