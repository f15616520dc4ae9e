import { readFileSync } from 'node:fs'
import * as costspan from 'costspan'
import { parseAst } from 'vitest/node'
import { expect, test } from 'vitest'

interface Specifier {
  exported: { name: string }
  exportKind: 'type' | 'value'
}

interface Statement {
  type: string
  exportKind: 'type' | 'value'
  specifiers?: Specifier[]
}

const index = readFileSync(new URL('../../src/index.ts', import.meta.url), 'utf8')
const statements = parseAst(index, { lang: 'ts' }).body as unknown as Statement[]

test('the values that are exported', () => {
  expect(Object.keys(costspan).toSorted()).toEqual([
    'CostSpanProcessor',
    'catalog',
    'createCharger',
    'dropContent',
    'noUsage',
    'priceUsage',
    'providerFamily',
    'selfCheck',
    'setAttribution',
    'withAttribution',
  ])
})

test('the types that are exported', () => {
  const types = statements.flatMap(({ exportKind, specifiers = [] }) =>
    specifiers
      .filter((specifier) => exportKind === 'type' || specifier.exportKind === 'type')
      .map(({ exported }) => exported.name),
  )
  expect(types.toSorted()).toEqual([
    'Attribution',
    'AttributionInput',
    'Billed',
    'CallOrigin',
    'Charge',
    'ChargeFacts',
    'Charger',
    'ChargerOptions',
    'Cost',
    'CostSpanProcessorOptions',
    'CostStatus',
    'DropContent',
    'Finding',
    'FindingId',
    'ModelCall',
    'OnCharge',
    'Operation',
    'Outcome',
    'Price',
    'PriceMiss',
    'PriceQuery',
    'PriceSource',
    'PrivacyOptions',
    'ProviderFamily',
    'Pseudonymize',
    'Rates',
    'ReadAttributes',
    'RecordedAttributes',
    'ResourceLike',
    'SecretKey',
    'SpanAttributes',
    'SpanContent',
    'SpanLike',
    'SpanRole',
    'Terms',
    'TextTokens',
    'TokenBounds',
    'Usage',
    'Vocabulary',
  ])
})

test('the index only exports by name', () => {
  expect(statements.map(({ type }) => type)).toEqual(statements.map(() => 'ExportNamedDeclaration'))
})
