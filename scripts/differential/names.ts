import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Core from 'costspan'
import type * as Backends from 'costspan/backends'
import type * as Exporter from 'costspan/exporter'
import type * as Prices from 'costspan/prices'

/** What is called the same in both packages: the types are those of this checkout. */
export interface Package {
  readonly core: typeof Core
  readonly backends: typeof Backends
  readonly exporter: typeof Exporter
  readonly prices: typeof Prices
}

/**
 * Loads the built package of a folder. The one place that knows which entries, exports and options were renamed
 * since the old commit: of several names the package has one.
 */
export async function loadPackage(folder: string): Promise<Package> {
  const entry = entriesOf(folder)
  return {
    core: await entry('.'),
    backends: await entry('./backends'),
    exporter: await entry('./exporter', '.'),
    prices: await entry('./prices'),
  }
}

function entriesOf(folder: string): <Entry>(...names: string[]) => Promise<Entry> {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, { default?: string } | undefined>
  }
  return async <Entry>(...names: string[]) => {
    const file = names.map((name) => exports[name]?.default).find((found) => found !== undefined)
    if (file === undefined) throw new Error(`${folder} exports none of ${names.join(', ')}`)
    return (await import(pathToFileURL(join(folder, file)).href)) as Entry
  }
}
