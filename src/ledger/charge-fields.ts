import { costStatuses } from '../charge/status.ts'

/** US dollars of one call. A higher amount is a mistake, not a cost. */
const MAXIMUM_DOLLARS = 1e9

/** A start time outside this range is in another unit than milliseconds. */
const EARLIEST = Date.parse('2000-01-01T00:00:00Z')
const LATEST = Date.parse('2200-01-01T00:00:00Z')

/** The fields of a usage in version 1. A field that is added later must be optional: older lines lack it. */
const usageFields = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'audioInput',
  'audioOutput',
  'imageInput',
  'imageOutput',
  'characters',
  'seconds',
  'searches',
] as const

type Fields = { readonly [name: string]: unknown }

/** A rule for a field: what it must be, and the check. An absent field is `undefined`. */
type Rule = readonly [field: string, expectation: string, isValid: (value: unknown) => boolean]

const isText = (value: unknown): boolean => typeof value === 'string'
const isTextOrAbsent = (value: unknown): boolean => value === undefined || isText(value)
const isAmount = (most: number, value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= most
const isCount = (value: unknown): boolean => isAmount(Number.MAX_SAFE_INTEGER, value)
const isDollars = (value: unknown): boolean => isAmount(MAXIMUM_DOLLARS, value)
const orAbsent =
  (isValid: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || isValid(value)

const chargeRules: readonly Rule[] = [
  ['traceId', 'a text', (value) => isText(value) && value !== ''],
  ['spanId', 'a text', (value) => isText(value) && value !== ''],
  ['at', 'milliseconds between the years 2000 and 2200', isTime],
  ['durationSeconds', 'absent or a number, 0 or more', orAbsent(isCount)],
  ['usd', 'absent or US dollars, from 0 to 1,000,000,000', orAbsent(isDollars)],
  ['status', `one of ${costStatuses.join(', ')}`, isStatus],
  ['reason', 'absent or a text', isTextOrAbsent],
  ['source', 'absent or a text', isTextOrAbsent],
  ['priceVersion', 'absent or a text', isTextOrAbsent],
  // Added after the first lines of version 1: an older line lacks them.
  ...['functionId', 'agent', 'route', 'service', 'release'].map((name): Rule => [
    name,
    'absent or a text',
    isTextOrAbsent,
  ]),
  ['lowUsd', 'absent or US dollars, from 0 to 1,000,000,000', orAbsent(isDollars)],
  ['highUsd', 'absent or US dollars, 0 or more', orAbsent(isCount)],
  ['bounds', 'absent or an object', orAbsent(isObject)],
  ['unseen', 'absent or a whole number, 0 or more', orAbsent(isWhole)],
  ['listed', 'absent or an object', orAbsent(isObject)],
  ['call', 'an object', isObject],
  ['usage', 'absent or an object', orAbsent(isObject)],
  ['terms', 'absent or an object', orAbsent(isObject)],
  ['billed', 'absent or an object', orAbsent(isObject)],
  ['attribution', 'an object', isObject],
]

const partRules: { readonly [field: string]: readonly Rule[] } = {
  call: ['vocabulary', 'operation', 'provider', 'family', 'requestModel', 'responseModel'].map(
    (name): Rule => [name, 'absent or a text', isTextOrAbsent],
  ),
  usage: usageFields.map((name): Rule => [name, 'a number, 0 or more', isCount]),
  bounds: [
    ['atLeast', 'three numbers of tokens', isTextTokens],
    ['atMost', 'absent or three numbers of tokens', orAbsent(isTextTokens)],
  ],
  terms: ['serviceTier', 'region'].map((name): Rule => [name, 'absent or a text', isTextOrAbsent]),
  billed: [
    ['usd', 'US dollars, from 0 to 1,000,000,000', isDollars],
    ['ownKey', 'true or false', (value) => typeof value === 'boolean'],
    ['upstreamUsd', 'absent or US dollars, from 0 to 1,000,000,000', orAbsent(isDollars)],
  ],
  attribution: [
    ['userId', 'absent or a text', isTextOrAbsent],
    ['tenantId', 'absent or a text', isTextOrAbsent],
    ['plan', 'absent or a text', isTextOrAbsent],
    ['tags', 'absent or an object of texts', orAbsent(isTexts)],
    ['redacted', 'absent or true', (value) => value === undefined || value === true],
  ],
}

/** The statuses of charges without a cost. */
const withoutCost = new Set<unknown>(['unpriced', 'unknown_usage', 'call_failed'])

/** Why the fields of a line are not a charge, if they are not: the field and its expectation, without its value. */
export function problemOfCharge(charge: Fields): string | undefined {
  const problem = firstProblem(charge, chargeRules, '')
  if (problem !== undefined) return problem
  for (const [part, rules] of Object.entries(partRules)) {
    const fields = charge[part]
    if (fields === undefined) continue
    const problemOfPart = firstProblem(fields as Fields, rules, `${part}.`)
    if (problemOfPart !== undefined) return problemOfPart
  }
  if (charge['usd'] === undefined && !withoutCost.has(charge['status'])) {
    return `\`usd\` is absent, though its status is ${String(charge['status'])}`
  }
  return undefined
}

function firstProblem(fields: Fields, rules: readonly Rule[], path: string): string | undefined {
  // JSON may contain this key, and code that copies the object would change its prototype.
  if (Object.hasOwn(fields, '__proto__')) return `\`${path}__proto__\` is no field`
  for (const [field, expectation, isValid] of rules) {
    // Ignores properties of the prototype.
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (!isValid(value)) {
      return value === undefined
        ? `\`${path}${field}\` is absent`
        : `\`${path}${field}\` is not ${expectation}`
    }
  }
  return undefined
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextTokens(value: unknown): boolean {
  return Array.isArray(value) && value.length === 3 && value.every(isCount)
}

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value as object).every(isText)
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= EARLIEST && value < LATEST
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isStatus(value: unknown): boolean {
  return costStatuses.some((status) => status === value)
}
