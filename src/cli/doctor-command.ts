import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from './parse-options.ts'
import { printable } from './printable.ts'

/** What `costspan-doctor/command` exports. */
interface DoctorModule {
  readonly doctorCommand: (
    args: readonly string[],
    write: (text: string) => void,
  ) => Promise<number>
}

/** The exit code of the doctor where it cannot examine the project. With errors in the project it is 1. */
const CANNOT_RUN = 2
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
  let doctor: DoctorModule
  try {
    const path = findDoctor([join(process.cwd(), 'package.json'), import.meta.url])
    if (path === undefined) {
      process.stderr.write(missing)
      return NOT_INSTALLED
    }
    doctor = (await import(pathToFileURL(path).href)) as DoctorModule
  } catch (error) {
    // Such as a version of the package that does not fit this one.
    process.stderr.write(`costspan-doctor cannot be loaded: ${printable(messageOf(error))}\n`)
    return CANNOT_RUN
  }
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
