import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What `costspan-doctor/command` exports. */
interface DoctorModule {
  readonly doctorCommand: (
    args: readonly string[],
    write: (text: string) => void,
  ) => Promise<number>
}

/** The exit code where the package is not installed: the doctor itself exits with 0, 1 or 2. */
const NOT_INSTALLED = 3

const missing =
  'costspan doctor needs the package costspan-doctor: npm install --save-dev costspan-doctor\n'

/**
 * `costspan doctor`: runs the package `costspan-doctor`, which holds a parser of TypeScript and is installed apart. The
 * copy of the working directory comes before one that is installed beside costspan. Returns the exit code.
 */
export async function doctorCommand(
  args: readonly string[],
  write: (text: string) => void,
): Promise<number> {
  const path = findDoctor([join(process.cwd(), 'package.json'), import.meta.url])
  if (path === undefined) {
    process.stderr.write(missing)
    return NOT_INSTALLED
  }
  const doctor = (await import(pathToFileURL(path).href)) as DoctorModule
  return doctor.doctorCommand(args, write)
}

/** The file that the package is for the first of these files that can import it. */
function findDoctor(importers: readonly string[]): string | undefined {
  for (const importer of importers) {
    try {
      return createRequire(importer).resolve('costspan-doctor/command')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return undefined
}
