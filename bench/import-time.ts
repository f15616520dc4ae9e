import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The OTel API and SDK are there before: an application that traces has them anyway. */
const importing = (packageName: string): string => `
  import '@opentelemetry/api'
  import '@opentelemetry/sdk-trace-base'
  const before = performance.now()
  await import(${JSON.stringify(packageName)})
  console.log(performance.now() - before)`

const firstCharge = `
  import { createCharger } from 'costspan'
  const span = {
    name: 'chat gpt-5', startTime: [1790000000, 0], status: { code: 0 }, events: [],
    attributes: {
      'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5', 'gen_ai.usage.input_tokens': 1000,
    },
    spanContext: () => ({ traceId: '0'.repeat(32), spanId: '0'.repeat(16) }),
  }
  const before = performance.now()
  createCharger()(span)
  console.log(performance.now() - before)`

/** Milliseconds that importing each package takes in fresh processes. */
export async function measureImports(
  packageNames: readonly string[],
  times: number,
): Promise<Map<string, number[]>> {
  const taken = new Map(packageNames.map((name) => [name, [] as number[]]))
  for (let time = 0; time < times; time++) {
    for (const [name, milliseconds] of taken)
      milliseconds.push(await inFreshProcess(importing(name)))
  }
  return taken
}

/** Milliseconds of the first charge of a process, which parses the catalogue. */
export async function measureFirstCharge(times: number): Promise<number[]> {
  const milliseconds: number[] = []
  for (let time = 0; time < times; time++) milliseconds.push(await inFreshProcess(firstCharge))
  return milliseconds
}

async function inFreshProcess(script: string): Promise<number> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  return Number(stdout.trim().split('\n').at(-1))
}
