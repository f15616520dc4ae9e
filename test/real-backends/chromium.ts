import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installFromNpm, temporaryFolder } from './install.ts'

/** Pinned: Chromium without a desktop, as a package, and what drives it. */
const CHROMIUM = '@sparticuz/chromium@153.0.0'
const PUPPETEER = 'puppeteer-core@25.16.0'

/** Of what puppeteer calls a page, the part that is used here. Functions for the page are text. */
export interface Page {
  goto(url: string): Promise<unknown>
  evaluate(expression: string): Promise<unknown>
  waitForFunction(expression: string, options?: { timeout: number }): Promise<unknown>
  locator(selector: string): {
    click(): Promise<void>
    fill(text: string): Promise<void>
    wait(): Promise<unknown>
  }
  setViewport(size: { width: number; height: number; deviceScaleFactor?: number }): Promise<void>
  emulateMediaFeatures(features: { name: string; value: string }[]): Promise<void>
  screenshot(): Promise<Uint8Array>
  on(event: 'pageerror', listener: (error: Error) => void): void
}

interface Browser {
  createBrowserContext(): Promise<{ newPage(): Promise<Page> }>
  close(): Promise<void>
}

interface Puppeteer {
  launch(options: object): Promise<Browser>
}

export interface Chromium {
  /** A page with cookies of its own, as in the browser of another user. */
  openPage(): Promise<Page>
  /** What went wrong in scripts of all pages. */
  readonly errors: readonly Error[]
  close(): Promise<void>
}

/** The real Chromium, without a window. */
export async function startChromium(): Promise<Chromium> {
  const folder = temporaryFolder('chromium')
  try {
    const project = await installFromNpm(folder.path, [CHROMIUM, PUPPETEER])
    const browser = await withTemporaryFilesIn(folder.path, () => launch(project))
    const errors: Error[] = []
    const openPage = async (): Promise<Page> => {
      const context = await browser.createBrowserContext()
      const page = await context.newPage()
      page.on('pageerror', (error) => errors.push(error))
      return page
    }
    const close = async (): Promise<void> => {
      try {
        await browser.close()
      } finally {
        folder.remove()
      }
    }
    return { openPage, errors, close }
  } catch (error) {
    folder.remove()
    throw error
  }
}

async function launch(project: string): Promise<Browser> {
  const chromium = await load<{ executablePath(): Promise<string> }>(project, '@sparticuz/chromium')
  const puppeteer = await load<Puppeteer>(project, 'puppeteer-core')
  return puppeteer.launch({
    executablePath: await chromium.executablePath(),
    // The package's own arguments put all into one process, where a second context ends it.
    args: ['--no-sandbox', '--font-render-hinting=none'],
    headless: 'shell',
  })
}

async function load<Module>(project: string, name: string): Promise<Module> {
  const path = createRequire(join(project, 'package.json')).resolve(name)
  const loaded = (await import(pathToFileURL(path).href)) as { default: Module }
  return loaded.default
}

/** Chromium is unpacked, and keeps its profile, where temporary files go. */
async function withTemporaryFilesIn<Result>(
  folder: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    return await run()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}
