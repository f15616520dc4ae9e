import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import * as zlib from 'node:zlib'
import { diag } from '@opentelemetry/api'
import { openLedger } from 'costspan/ledger'
import { describe, expect, test, vi } from 'vitest'
import { chargeOf, ledgerFolder, lineOf, readAll, report } from '../support/ledger-folder.ts'

const place = ledgerFolder()
const own = 'ledger.2026-11-27T00-00-00.000Z-12-ab34-0.ndjson'

/** Two lines of a file that was put aside, of users who are nowhere else. */
function aside(): string {
  return ['eve', 'bob'].map((userId) => `\n${lineOf(chargeOf({ userId }))}`).join('')
}

function writeLedger(): void {
  writeFileSync(place.path, ['ada', 'tom'].map((userId) => lineOf(chargeOf({ userId }))).join('\n'))
}

async function users(): Promise<{ users: string[]; problems: string[] }> {
  const { charges, problems } = await readAll(place.path)
  return {
    users: charges
      .map(({ attribution }) => attribution.userId ?? '')
      .toSorted((one, other) => one.localeCompare(other)),
    problems: problems.map(({ kind, file, line, message }) => {
      expect([kind, line]).toEqual(['file', undefined])
      return `${file.slice(place.folder.length + 1)}: ${message}`
    }),
  }
}

const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: string) => Buffer }

describe('what was put aside of a ledger', () => {
  test.each<[string, (text: string) => string | Buffer]>([
    [own, (text) => text],
    [`${own}.gz`, zlib.gzipSync],
    [`${own}.GZ`, zlib.gzipSync],
    [`${own}.br`, zlib.brotliCompressSync],
    ['ledger.ndjson.1', (text) => text],
    ['ledger.ndjson.1.gz', zlib.gzipSync],
    ['ledger.ndjson-20261127', (text) => text],
    ['ledger.ndjson-20261127.gz', zlib.gzipSync],
    ['ledger.ndjson.2026-11-27T10:00:00Z.gz', zlib.gzipSync],
    ['ledger.ndjson.gz', zlib.gzipSync],
    // The name tells nothing of what is inside.
    ['ledger.ndjson.2', zlib.gzipSync],
    ['ledger.ndjson.2.gz', (text) => text],
    // Two compressed files, one appended to the other.
    [
      'ledger.ndjson.3.gz',
      (text) => Buffer.concat(text.split('\n').map((line) => zlib.gzipSync(`${line}\n`))),
    ],
    ...(zstdCompressSync === undefined
      ? []
      : [[`${own}.zst`, zstdCompressSync] as [string, (text: string) => Buffer]]),
  ])('as %s is read', async (name, packed) => {
    writeLedger()
    writeFileSync(join(place.folder, name), packed(aside()))
    expect(await users()).toEqual({ users: ['ada', 'bob', 'eve', 'tom'], problems: [] })
    expect(report([place.path])).toMatchObject({ status: 0, stderr: '' })
  })

  test.each<[string, string | Buffer, string]>([
    [`${own}.bz2`, 'BZh91AY', 'it belongs to the ledger by its name, and cannot be read'],
    [`${own}.xz`, '', 'it belongs to the ledger by its name, and cannot be read'],
    ['ledger.ndjson.1.zip', 'PK', 'it belongs to the ledger by its name, and cannot be read'],
    ['ledger.ndjson.old', aside(), 'it belongs to the ledger by its name, and cannot be read'],
    ['ledger.ndjson.tar.gz', '', 'it belongs to the ledger by its name, and cannot be read'],
    ['ledger.ndjson.4', 'BZh91AY&SY', 'it is compressed by bzip2'],
    [
      'ledger.ndjson.5.gz',
      Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255, 255]),
      'it is damaged',
    ],
    ['ledger.ndjson.6.br', 'no Brotli at all', 'it is damaged'],
    ...(zstdCompressSync === undefined
      ? [
          [
            'ledger.ndjson.7.zst',
            Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]),
            'it is compressed by Zstandard',
          ] as [string, Buffer, string],
        ]
      : []),
  ])('as %s is reported by its name, and the rest is read', async (name, bytes, message) => {
    writeLedger()
    writeFileSync(join(place.folder, name), bytes)
    expect(await users()).toEqual({ users: ['ada', 'tom'], problems: [`${name}: ${message}`] })
    const { stdout, stderr, status } = report([place.path])
    expect(stdout).toMatch(/^ {2}total +\$2\.000000 /m)
    expect(stderr).toBe(
      `${join(place.folder, name)}: ${message}\nleft out of the ledger, and in no sum: files: 1\n`,
    )
    expect(status).toBe(3)
  })

  test('and was cut off is read as far as it goes', async () => {
    writeLedger()
    const packed = zlib.gzipSync(aside())
    writeFileSync(join(place.folder, `${own}.gz`), packed.subarray(0, packed.length - 8))
    const found = await users()
    expect(found.users).toEqual(expect.arrayContaining(['ada', 'eve', 'tom']))
    expect(found.problems).toEqual([`${own}.gz: it is cut off; read up to line 2`])
  })

  test('is a folder, or not readable, and the rest is read', async () => {
    writeLedger()
    mkdirSync(join(place.folder, 'ledger.ndjson.1'))
    mkdirSync(join(place.folder, own))
    expect(await users()).toEqual({
      users: ['ada', 'tom'],
      problems: [
        `${own}: it cannot be read (EISDIR)`,
        'ledger.ndjson.1: it cannot be read (EISDIR)',
      ],
    })
  })

  test('is empty, and nothing is reported of it', async () => {
    writeLedger()
    for (const name of [own, 'ledger.ndjson.1', 'ledger.2.ndjson']) {
      writeFileSync(join(place.folder, name), '')
    }
    writeFileSync(join(place.folder, 'ledger.ndjson.4.gz'), zlib.gzipSync(''))
    expect(await users()).toEqual({ users: ['ada', 'tom'], problems: [] })
  })

  test('is there twice, packed and not, and counts once', async () => {
    writeLedger()
    const text = aside()
    writeFileSync(join(place.folder, own), text)
    writeFileSync(join(place.folder, `${own}.gz`), zlib.gzipSync(text))
    expect((await users()).users).toEqual(['ada', 'bob', 'eve', 'tom'])
  })

  test('is all there is, while the ledger itself is not there', async () => {
    writeFileSync(join(place.folder, `${own}.gz`), zlib.gzipSync(aside()))
    expect(await users()).toEqual({ users: ['bob', 'eve'], problems: [] })
  })

  test('is not what belongs to another ledger, or is none', async () => {
    writeLedger()
    for (const name of [
      'ledger.eu.ndjson',
      'ledger-2.ndjson',
      'my-ledger.ndjson.1',
      'ledger.ndjson.csv',
      'ledger.ndjson.lock',
      'ledgerXndjson.1',
    ]) {
      writeFileSync(join(place.folder, name), aside())
    }
    expect(await users()).toEqual({ users: ['ada', 'tom'], problems: [] })
  })

  test('is read by its own name', async () => {
    writeFileSync(join(place.folder, `${own}.gz`), zlib.gzipSync(aside()))
    const { stdout, status } = report([join(place.folder, `${own}.gz`)])
    expect(stdout).toMatch(/^ {2}total +\$2\.000000 /m)
    expect(status).toBe(0)
  })
})

describe.skipIf(process.platform === 'win32')('the files of a ledger', () => {
  const modeOf = (name: string): string =>
    (statSync(join(place.folder, name)).mode & 0o777).toString(8)

  async function record(path = place.path, maximumBytes?: number): Promise<void> {
    const ledger = openLedger(path, { maximumBytes })
    ledger.record(chargeOf({ userId: 'ada' }))
    await ledger.flush()
    ledger.record(chargeOf({ userId: 'tom' }))
    await ledger.close()
  }

  test.each([0o644, 0o666, 0o604, 0o640, 0o777])(
    'that were there with mode 0%o are for their owner alone when it is opened',
    async (mode) => {
      const names = ['ledger.ndjson', own, `${own}.gz`, 'ledger.ndjson.1', 'ledger.ndjson.2.bz2']
      for (const name of names) {
        writeFileSync(join(place.folder, name), '')
        chmodSync(join(place.folder, name), mode)
      }
      writeFileSync(join(place.folder, 'other.ndjson'), '')
      chmodSync(join(place.folder, 'other.ndjson'), mode)
      const ledger = openLedger(place.path)
      expect(names.map(modeOf)).toEqual(names.map(() => '600'))
      expect(modeOf('other.ndjson')).toBe(mode.toString(8))
      await ledger.close()
    },
  )

  test('are for their owner alone after each was put aside, whatever the mask of the process', async () => {
    const mask = process.umask(0)
    try {
      await record(place.path, 1)
    } finally {
      process.umask(mask)
    }
    const names = readdirSync(place.folder)
    expect(names).toHaveLength(2)
    expect(names.map(modeOf)).toEqual(['600', '600'])
  })

  test('are closed to others again when they are opened to them meanwhile', async () => {
    const ledger = openLedger(place.path)
    chmodSync(place.path, 0o644)
    ledger.record(chargeOf({}))
    await ledger.flush()
    expect(modeOf('ledger.ndjson')).toBe('600')
    chmodSync(place.path, 0o644)
    ledger.record(chargeOf({}))
    await ledger.flush()
    expect(modeOf('ledger.ndjson')).toBe('600')
    await ledger.close()
  })

  test('are closed to others when another file takes their place', async () => {
    const ledger = openLedger(place.path)
    writeFileSync(join(place.folder, 'new'), '')
    chmodSync(join(place.folder, 'new'), 0o666)
    renameSync(join(place.folder, 'new'), place.path)
    ledger.record(chargeOf({}))
    await ledger.close()
    expect(modeOf('ledger.ndjson')).toBe('600')
  })

  test('are closed to others behind a link too', async () => {
    mkdirSync(join(place.folder, 'volume'))
    writeFileSync(join(place.folder, 'volume/ledger.ndjson'), '')
    chmodSync(join(place.folder, 'volume/ledger.ndjson'), 0o644)
    symlinkSync(join(place.folder, 'volume/ledger.ndjson'), place.path)
    await record()
    expect(modeOf('volume/ledger.ndjson')).toBe('600')
    linkSync(join(place.folder, 'volume/ledger.ndjson'), join(place.folder, 'hard.ndjson'))
    chmodSync(join(place.folder, 'hard.ndjson'), 0o644)
    await record(join(place.folder, 'hard.ndjson'))
    expect(modeOf('volume/ledger.ndjson')).toBe('600')
  })

  test('in a folder that others can write to are reported; the folder stays as it is', async () => {
    const error = vi.spyOn(diag, 'error').mockImplementation(() => {})
    chmodSync(place.folder, 0o777)
    await record()
    expect(error.mock.calls.join('')).toContain('others may write to the folder of the ledger')
    expect((statSync(place.folder).mode & 0o777).toString(8)).toBe('777')
    vi.restoreAllMocks()
  })

  // Only root can become another user.
  test.skipIf(process.getuid?.() !== 0)(
    'that belong to another user, and are open, are refused',
    () => {
      writeFileSync(place.path, '')
      chmodSync(place.path, 0o666)
      chmodSync(place.folder, 0o777)
      const program = `
      process.setgid(65534); process.setuid(65534)
      const { openLedger } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../dist/ledger.js')).href)})
      try { openLedger(${JSON.stringify(place.path)}) } catch (error) { console.log(error.message) }`
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
      })
      expect(stdout).toBe(
        `others may read ${place.path} (mode 0666), and only its owner can change that: chmod 600 it, or take another path\n`,
      )
    },
  )
})

describe('the end of a process', () => {
  test('is listened to once, however many ledgers are open', async () => {
    const warned: unknown[] = []
    const warn = (warning: Error): unknown => warned.push(warning.name)
    process.on('warning', warn)
    const before = process.listenerCount('exit')
    const ledgers = Array.from({ length: 50 }, (_, index) =>
      openLedger(join(place.folder, `${index}.ndjson`)),
    )
    await new Promise((resolve) => void setImmediate(resolve))
    expect(process.listenerCount('exit')).toBeLessThanOrEqual(before + 1)
    expect(warned).toEqual([])
    process.off('warning', warn)
    await Promise.all(ledgers.map((ledger) => ledger.close()))
  })

  test('of a worker that is terminated loses nothing that was flushed', async () => {
    const ledgerModule = pathToFileURL(join(import.meta.dirname, '../../dist/ledger.js')).href
    const program = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData.ledgerModule).then(async ({ openLedger }) => {
        const ledger = openLedger(workerData.path)
        for (const charge of workerData.charges) ledger.record(charge)
        parentPort.postMessage(await ledger.flush())
        setInterval(() => {}, 1000)
      })`
    const charges = JSON.parse(
      JSON.stringify([chargeOf({}), chargeOf({}), chargeOf({})]),
    ) as unknown
    const worker = new Worker(program, {
      eval: true,
      workerData: { ledgerModule, path: place.path, charges },
    })
    const isFlushed = await new Promise((resolve) => worker.once('message', resolve))
    await worker.terminate()
    expect(isFlushed).toBe(true)
    expect((await readAll(place.path)).charges).toHaveLength(3)
  })
})
