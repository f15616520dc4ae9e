import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { diagnose, type Diagnosis } from 'costspan-doctor'
import { afterAll, describe, expect, test } from 'vitest'
import { aiSdk, removeProjects, root, sound, writeProject, type Files } from './project.ts'

afterAll(removeProjects)

const command = join(root, 'dist/cli.js')
const MEGABYTES_OF_HEAP = 400

/** Runs the command with a bounded heap, in which the tree of the sources would have no room. */
function diagnoseInSmallHeap(directory: string): Diagnosis {
  const out = execFileSync(
    process.execPath,
    [`--max-old-space-size=${MEGABYTES_OF_HEAP}`, command, 'doctor', directory, '--json'],
    { encoding: 'utf8', maxBuffer: 1e8, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  return JSON.parse(out) as Diagnosis
}

function generated(count: number, head: string, piece: string, end: string): Files {
  const text = head + piece.repeat(Math.floor(480_000 / piece.length)) + end
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`generated/g${index}.ts`, text]),
  )
}

const generators: readonly (readonly [what: string, files: Files])[] = [
  [
    'nested literals',
    generated(17, "import 'ai'\nexport const a = [\n", '{a:1,b:[0,1],c:x(y)},', ']'),
  ],
  ['a client of an API', generated(17, "import 'openai'\n", 'export const f=(a:A)=>g(a.b);\n', '')],
  ['long sums', generated(17, "import 'costspan'\nexport const a = 0", '\n+b', '')],
  ['imports of others', generated(40, '', "import '0123456789abcdef/0123456789abcdef'\n", '')],
]

describe('eight megabytes of generated code', { timeout: 120_000 }, () => {
  test.each(generators)(
    '%s: the doctor stays in a small heap, and names what it skipped',
    (_, more) => {
      const { findings, fine } = diagnoseInSmallHeap(writeProject({ ...more, ...sound }, aiSdk(7)))
      expect(findings).toMatchObject([
        { id: 'not-read', message: expect.stringMatching(/generated\/g\d+\.ts, .* and more/) },
      ])
      expect(fine.length).toBeGreaterThan(0)
      for (const text of fine) expect(text).toMatch(/\(in the files that were read\)$/)
    },
  )

  test('code written by hand is read all the same, also where generated files are smaller', async () => {
    const small = `// @generated\nimport 'ai'\n${'export const f = (a: A) => g(a.b)\n'.repeat(300)}`
    const files: Files = Object.fromEntries(
      Array.from({ length: 250 }, (_, index) => [`a/g${index}.ts`, small]),
    )
    const bare =
      "import { generateText } from 'ai'\nexport const a = () => generateText({ model, prompt })\n"
    const byHand = `${'// a line of a comment\n'.repeat(3000)}${bare}`
    const directory = writeProject({ ...sound, ...files, 'z/by-hand.ts': byHand }, aiSdk(6))
    const { findings } = await diagnose({ directory })
    expect(findings.map(({ id, file }) => `${id} ${file}`)).toEqual(
      expect.arrayContaining([
        'call-without-telemetry z/by-hand.ts',
        expect.stringMatching(/^not-read a\/g/),
      ]),
    )
  })
})
