import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { WholeAnswer } from '../../src/clients/whole-answer.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const usage = { prompt_tokens: 10, completion_tokens: 3 }

function collected(text: string, size: number): unknown {
  const bytes = Buffer.from(text)
  const answer = new WholeAnswer()
  for (let at = 0; at < bytes.length; at += size) answer.push(bytes.subarray(at, at + size))
  return answer.end()
}

test.each([1, 7, 4096, 65_536, 100_000, 10_000_000])(
  'an answer in chunks of %i bytes is parsed, and of a long one its end',
  (size) => {
    const answer = { text: 'Größe 🟦', usage }
    expect(collected(JSON.stringify(answer), size)).toEqual(answer)
    const long = JSON.stringify({ data: 'x'.repeat(4_400_000), usage })
    expect(collected(long, size)).toEqual({ usage })
  },
)

test('an answer in chunks of one byte takes a few bytes of memory for each', () => {
  const bytes = 1_000_000
  const answer = new WholeAnswer()
  const chunk = Buffer.from('1')
  collectGarbage()
  const before = process.memoryUsage()
  for (let count = 0; count < bytes; count++) answer.push(chunk)
  collectGarbage()
  const after = process.memoryUsage()
  const taken = after.heapUsed + after.external - before.heapUsed - before.external
  expect(taken).toBeLessThan(16 * bytes)
  expect(answer.end()).toBeDefined()
})
