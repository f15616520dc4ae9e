import { chmodSync, fchmodSync, fstatSync, lstatSync, statSync } from 'node:fs'
import { reportError } from '../warnings/reporter.ts'

/** The mode of a file that nobody but its owner can read. */
export const OWNER_ONLY = 0o600

const OTHERS = 0o077
const OTHERS_WRITE = 0o022
const STICKY = 0o1000

/** On Windows modes say nothing of who may read a file. */
const hasModes = process.platform !== 'win32'

/** Whether others than its owner may do anything with a file. */
export function isOpenToOthers(mode: number): boolean {
  return hasModes && (mode & OTHERS) !== 0
}

/**
 * Takes a file that is open from all but its owner. What is no file, such as a device, stays as it is.
 *
 * @throws Error if others may read it, and it belongs to somebody else.
 */
export function closeToOthers(descriptor: number, path: string): void {
  const found = fstatSync(descriptor)
  if (!found.isFile() || !isOpenToOthers(found.mode)) return
  try {
    fchmodSync(descriptor, OWNER_ONLY)
  } catch (error) {
    throw new Error(
      `others may read ${path} (mode 0${(found.mode & 0o777).toString(8)}), and only its owner can change that: ` +
        'chmod 600 it, or take another path',
      { cause: error },
    )
  }
}

/** Takes files that were put aside from all but their owner, or tells that it cannot be done. */
export function closeAllToOthers(files: readonly string[]): void {
  for (const file of files) {
    try {
      const found = lstatSync(file)
      if (found.isFile() && isOpenToOthers(found.mode)) chmodSync(file, OWNER_ONLY)
    } catch (error) {
      // Another process puts it aside, or compresses it.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue
      reportError(`others may read ${file}, a part of the ledger; chmod 600 it`, error)
    }
  }
}

/** A folder that was there stays as it is, for it may hold more; who can write to it can replace the ledger. */
export function warnOfOpenFolder(folder: string): void {
  const { mode } = statSync(folder)
  if (!hasModes || (mode & OTHERS_WRITE) === 0 || (mode & STICKY) !== 0) return
  const error = new Error(`mode 0${(mode & 0o777).toString(8)}`)
  reportError(`others may write to the folder of the ledger, and replace it: ${folder}`, error)
}
