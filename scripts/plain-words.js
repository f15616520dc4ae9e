/**
 * Fails on words that the glossary (docs/glossary.md) has replaced, in comments, names, strings and pages. Each of them
 * hid who does what to what: an accurate sentence is available for every one. `npm run lint` runs this.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Paths that still have such words. Remove an entry with the last word below it; the list ends empty. */
const notYetClean = []

/** The pattern of a word, and what to write. */
const replaced = [
  [
    /\btold\b/i,
    'name the subject and the verb: `the span carries`, `the option sets`; of privacy `redacted`, `public`',
  ],
  [/\bwho ?(?:ever|pays|is paid)\b/i, '`the user`, `attribution`, `the caller`'],
  [
    /\b(?:some|no)body\b/i,
    'name the party: `the user`, `the application`, `another processor`, `no span`',
  ],
  [/\bpayers?\b/i, '`attribution`, `the user`'],
  [/\b(?:hears?|heard)\b/i, '`receives`, `is notified of`, `is logged`'],
  [/\bbeliev(?:e[sd]?|ing)\b/i, '`trusted`, `untrusted`, `used`'],
  [/\b(?:stands?|stood)\b(?! for\b|-in\b| out\b)/i, '`is`, `is written`, `runs before`'],
  [/\b(?:says|said)\b/i, '`states`, `reports`, `has the attribute`, `documents`'],
  [/\b(?:spans?|files?|they|calls?|it) say\b/i, '`state`, `report`, `carry`'],
  [/\b(?:own|its|their|whose|one’s|one's) word\b/i, '`its own value`, `reported by`, `the source`'],
  [/\bbecomes? of\b/i, '`what happens to`, `how … is treated`'],
  [/\btwins?\b/i, '`duplicate`, `the other copy`'],
  [/\bstamp(?:s|ed|ing)?\b/i, '`enrich`, `write`'],
  [/\blineages?\b/i, '`span tree`'],
]

/** Values of options that are public: they name what they do, and users have written them down. */
const publicValues = /(['"`])(?:nobody|no-payer|payer-redacted)\1/g

/**
 * This list itself, the page that names what each term replaced, the packed ids of models, what users and a stand-in
 * model write, and the test of leaks, which stays as it was while what it tests is rebuilt.
 */
const named = new Set([
  'scripts/plain-words.js',
  'docs/glossary.md',
  'src/price/catalog-data.ts',
  'examples/nextjs/demo/answers.mts',
  'examples/quickstart/provider-script.ts',
  'examples/quickstart/requests.ts',
  'test/processor/no-leak.test.ts',
  'test/real-backends/chat.test.ts',
])

const searched = [
  'src',
  ':(glob)packages/*/src/**',
  ':(glob)packages/*/*',
  'docs',
  'examples',
  'bench',
  'scripts',
  'test',
  // The names of scenarios are those of recorded fixtures.
  ':(exclude)test/recorder/scenarios',
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
]

const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...searched],
  { encoding: 'utf8', cwd: new URL('..', import.meta.url) },
)
  .split('\n')
  .filter(
    (file) => /\.(?:[cm]?[jt]sx?|md|ya?ml)$/.test(file) && !named.has(file) && existsSync(file),
  )

/** Words of a name are words too: `isToldOf` is `is Told Of`. */
const apart = (line) => line.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').replaceAll(publicValues, '')

const found = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      replaced.flatMap(([word, instead]) => {
        const [match] = word.exec(apart(line)) ?? []
        return match === undefined ? [] : [{ file, line: index + 1, match, instead }]
      }),
    ),
)

const isBelow = (file, path) => file === path || file.startsWith(`${path}/`)
const wrong = found.filter(({ file }) => !notYetClean.some((path) => isBelow(file, path)))
for (const { file, line, match, instead } of wrong) {
  process.stderr.write(`${file}:${line}: "${match}": ${instead}\n`)
}
const clean = notYetClean.filter((path) => !found.some(({ file }) => isBelow(file, path)))
for (const path of clean) {
  process.stderr.write(`${path} is clean: remove it from notYetClean in scripts/plain-words.js\n`)
}
if (wrong.length > 0 || clean.length > 0) process.exit(1)
