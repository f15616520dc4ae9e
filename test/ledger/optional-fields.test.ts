import { describe, expect, test } from 'vitest'
import { fromLine, toLine } from '../../src/ledger/line.ts'
import { chargeOf, lineOf } from '../support/ledger-folder.ts'

const charge = { ...chargeOf({ userId: 'ada' }, 'span'), priceVersion: 'test' }
const optional = {
  functionId: 'summary',
  agent: 'researcher',
  route: '/api/chat',
  service: 'chat',
  release: '1.4.2',
}

/** As costspan 0.1.0 wrote it, before these fields existed. */
const EARLIER =
  '{"v":1,"id":"t-span","traceId":"t","spanId":"span","at":1794700800000,"call":{"vocabulary":"ai-sdk","operation":"chat","provider":"openai.chat","family":"openai","requestModel":"m"},"usage":{"input":600000,"cacheRead":0,"cacheWrite5m":0,"cacheWrite1h":0,"output":400000,"reasoning":0,"audioInput":0,"audioOutput":0,"imageInput":0,"imageOutput":0,"characters":0,"seconds":0,"searches":0},"unseen":68,"terms":{},"usd":1,"listed":{"usd":1,"inputUsd":0.6,"outputUsd":0.4,"cacheReadUsd":0,"cacheWriteUsd":0,"feesUsd":0},"source":"override","status":"priced","priceVersion":"test","attribution":{"userId":"ada"}}'

describe('the optional fields of version 1', () => {
  test('are written and read where a charge has them', () => {
    const line = toLine({ ...charge, ...optional })
    expect(JSON.parse(line)).toMatchObject({ v: 1, ...optional })
    expect(fromLine(line)).toEqual(JSON.parse(JSON.stringify({ ...charge, ...optional })))
  })

  test('leave a line without them as it was, byte by byte', () => {
    expect(toLine(charge)).toBe(EARLIER)
    const absent = Object.fromEntries(Object.keys(optional).map((name) => [name, undefined]))
    expect(toLine({ ...charge, ...absent })).toBe(EARLIER)
    expect(fromLine(EARLIER)).toEqual(JSON.parse(JSON.stringify(charge)))
  })

  test.each(Object.keys(optional))('%s is a text, in a line too', (name) => {
    expect(() => toLine({ ...charge, [name]: 7 })).toThrow(
      `the charge is not valid: \`${name}\` is not absent or a text`,
    )
    expect(fromLine(lineOf(charge, { [name]: null }))).toBe(`\`${name}\` is not absent or a text`)
  })
})
