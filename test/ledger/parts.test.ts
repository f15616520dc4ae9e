import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { chargeOf, ledgerFolder, lineOf, readAll, report } from '../support/ledger-folder.ts'

const place = ledgerFolder()
const own = '2026-11-27T00-00-00.000Z-12-ab34-0'
const BY_NAME = 'it belongs to the ledger by its name, and cannot be read'

/** Writes a ledger with a call of `ada`, and a file with a call of `eve` beside it. */
function write(name: string, ledger = 'ledger.ndjson'): void {
  writeFileSync(join(place.folder, ledger), lineOf(chargeOf({ userId: 'ada' })))
  const text = lineOf(chargeOf({ userId: 'eve' }))
  const isGzip = /\.gz(\.\d+)?$/.test(name)
  const isBrotli = /\.br(\.\d+)?$/.test(name)
  const packed = isBrotli ? brotliCompressSync(text) : text
  writeFileSync(join(place.folder, name), isGzip ? gzipSync(text) : packed)
}

async function read(ledger = 'ledger.ndjson'): Promise<{ users: string[]; problems: string[] }> {
  const { charges, problems } = await readAll(join(place.folder, ledger))
  return {
    users: charges.map(({ attribution }) => attribution.userId ?? '').toSorted(),
    problems: problems.map(
      ({ file, message }) => `${file.slice(place.folder.length + 1)}: ${message}`,
    ),
  }
}

describe('a file beside ledger.ndjson', () => {
  test.each([
    'ledger-20261130.ndjson',
    'ledger-20261130.ndjson.gz',
    'ledger_20261130.ndjson',
    'ledger20261130.ndjson',
    'ledger.20261130.ndjson',
    'ledger.2026-11-30.ndjson',
    'ledger.2026-11-30.1.ndjson',
    'ledger-2026-11-30.ndjson.2.gz',
    'ledger-2026_11_30.ndjson',
    'ledger-30-11-2026.ndjson',
    'ledger-2026-11-30T10:00:00Z.ndjson',
    'ledger-20261130T100000.ndjson',
    'ledger-2026-11.ndjson',
    'ledger-202611.ndjson',
    'ledger-2026-W48.ndjson',
    'ledger-1796000000.ndjson',
    'ledger-1796000000000.ndjson',
    `ledger-2026-11.${own}.ndjson`,
    'ledger.1.ndjson',
    'ledger.001.ndjson',
    'ledger.1.ndjson.gz',
    'ledger.ndjson_20261130',
    'ledger.ndjson20261130',
    'ledger.ndjson.gz.1',
    'ledger.ndjson.br.12',
    'ledger.ndjson.gz-20261130',
    `ledger.${own}.ndjson.gz.1`,
  ])('that is named %s is read', async (name) => {
    write(name)
    expect(await read()).toEqual({ users: ['ada', 'eve'], problems: [] })
  })

  test.each([
    'ledger.ndjson.part',
    'ledger.ndjson.tmp',
    'ledger.ndjson.copy',
    'ledger.ndjson.txt',
    'ledger.ndjson.1~',
    'ledger.ndjson.swp',
    'ledger.ndjson-old',
    'ledger.ndjson.1.gzip',
    'ledger.ndjson (1)',
    'ledger.ndjson.prod-2026',
    `ledger.${own}.ndjson.tmp`,
    'ledger (1).ndjson',
    'ledger copy.ndjson',
    'ledger copy 2.ndjson',
    'ledger - Copy (2).ndjson',
    'ledger.old.ndjson',
    'ledger-backup.ndjson',
    'ledger_bak.ndjson.1',
    'ledger.part1.ndjson',
    'ledger-20261130.ndjson.tmp',
    'ledger-20261130',
    'ledger.1.gz',
    'ledger.gz',
    'ledger.tar.gz',
    'ledger.bak',
  ])('that is named %s is reported as left out, and the rest is read', async (name) => {
    write(name)
    expect(await read()).toEqual({ users: ['ada'], problems: [`${name}: ${BY_NAME}`] })
  })

  test.each([
    'ledger.lock',
    'ledger.db',
    'ledger.csv',
    'ledger-20261130.csv',
    'ledger-notes.md',
    'ledger-eu.ndjson',
    'ledger-eu.ndjson.1',
    'ledger-eu-20261130.ndjson',
    'ledger-2.ndjson',
    'ledger-2026113.ndjson',
    'ledger-4915112345678.ndjson',
    `ledger.eu.${own}.ndjson`,
    'ledgers.ndjson',
    'ledger eu.ndjson',
    'ledger.ndjson.lock',
    'ledger.ndjson.1.csv',
    'ledger.ndjson.csv.gz',
    'ledger.ndjson.sha256',
    'ledger.ndjsonl',
    'other.ndjson.1',
  ])('that is named %s is not a part of it', async (name) => {
    write(name)
    expect(await read()).toEqual({ users: ['ada'], problems: [] })
  })

  test.each([
    ['ledger.2', ['ada', 'eve'], 0],
    [`ledger.${own}`, ['ada', 'eve'], 0],
    [`ledger.${own}.gz`, ['ada', 'eve'], 0],
    ['ledger.old', ['ada'], 1],
    ['ledger.ndjson', ['ada'], 0],
    ['ledger-eu', ['ada'], 0],
    ['ledger2', ['ada'], 0],
  ])('where the ledger is ledger: %s', async (name, users, problems) => {
    write(name, 'ledger')
    const found = await read('ledger')
    expect([found.users, found.problems.length]).toEqual([users, problems])
  })
})

describe('a compressed part of 0 bytes', () => {
  test.each([
    `ledger.${own}.ndjson.gz`,
    'ledger.ndjson.1.gz',
    'ledger.ndjson.1.GZ',
    'ledger.ndjson.1.br',
    'ledger.ndjson.1.zst',
    'ledger.ndjson.gz.1',
    'ledger-20261130.ndjson.gz',
  ])('as %s is damaged, and the report ends with 3', async (name) => {
    write('ledger.ndjson.9')
    writeFileSync(join(place.folder, name), '')
    expect(await read()).toEqual({
      users: ['ada', 'eve'],
      problems: [`${name}: it is damaged: 0 bytes`],
    })
    const { status, stderr } = report([place.path])
    expect([status, stderr.split('\n')[0]]).toEqual([
      3,
      `${join(place.folder, name)}: it is damaged: 0 bytes`,
    ])
  })

  test.each([1, 5, 10, 18])('or of the first %i bytes of one is reported', async (length) => {
    write('ledger.ndjson.9')
    const name = join(place.folder, 'ledger.ndjson.1.gz')
    writeFileSync(name, gzipSync('{}').subarray(0, length))
    expect((await read()).problems).toHaveLength(1)
    expect(report([place.path]).status).toBe(3)
  })
})

describe.skipIf(process.platform === 'win32')('a part that is no regular file', () => {
  const message = (name: string, reason = 'it is not a regular file'): object => ({
    users: ['ada', 'eve'],
    problems: [`${name}: ${reason}`],
  })

  test.each(['ledger.ndjson.5', 'ledger.ndjson.5.gz', `ledger.${own}.ndjson`, 'ledger.5.ndjson'])(
    'but a pipe, as %s, is reported and not opened',
    async (name) => {
      write('ledger.ndjson.9')
      spawnSync('mkfifo', [join(place.folder, name)])
      expect(await read()).toEqual(message(name))
      const { status, stdout } = report([place.path])
      expect([status, /^ {2}total +\$2\.000000 /m.test(stdout)]).toEqual([3, true])
    },
  )

  test('but a link to a pipe or a device is reported', async () => {
    write('ledger.ndjson.9')
    mkdirSync(join(place.folder, 'pipes'))
    spawnSync('mkfifo', [join(place.folder, 'pipes/one')])
    symlinkSync(join(place.folder, 'pipes/one'), join(place.folder, 'ledger.ndjson.5'))
    symlinkSync('/dev/zero', join(place.folder, 'ledger.ndjson.6'))
    expect((await read()).problems).toEqual([
      'ledger.ndjson.5: it is not a regular file',
      'ledger.ndjson.6: it is not a regular file',
    ])
  })

  test('but a socket is reported', async () => {
    write('ledger.ndjson.9')
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(join(place.folder, 'ledger.ndjson.5'), resolve)
    })
    expect(await read()).toEqual(message('ledger.ndjson.5'))
    await new Promise((resolve) => server.close(resolve))
  })

  test('but a link that leads nowhere, or to itself, is reported', async () => {
    write('ledger.ndjson.9')
    symlinkSync(join(place.folder, 'gone'), join(place.folder, 'ledger.ndjson.5'))
    expect(await read()).toEqual(message('ledger.ndjson.5', 'it cannot be read (ENOENT)'))
    symlinkSync(join(place.folder, 'ledger.ndjson.6'), join(place.folder, 'ledger.ndjson.6'))
    expect((await read()).problems[1]).toBe('ledger.ndjson.6: it cannot be read (ELOOP)')
  })

  test('but a link to a regular file is read', async () => {
    write('elsewhere')
    symlinkSync(join(place.folder, 'elsewhere'), join(place.folder, 'ledger.ndjson.5'))
    expect(await read()).toEqual({ users: ['ada', 'eve'], problems: [] })
  })
})
