import { execFileSync } from 'node:child_process'

/** A file system, or a limit, that leaves so much room, and then more. */
export interface SmallDisk {
  readonly name: string
  /** Before the application starts. */
  readonly prepare: (folder: string, bytes: number) => void
  /** When it runs. */
  readonly limit: (process: number, bytes: number) => void
  readonly makeRoom: (folder: string, process: number) => void
  readonly remove: (folder: string) => void
}

const nothing = (): void => {}
const run = (program: string, ...words: string[]): void =>
  void execFileSync(program, words, { stdio: 'pipe' })

/** Where the user may mount. A write that finds room for a part of it takes that part. */
const smallFileSystem: SmallDisk = {
  name: 'a full file system',
  prepare: (folder, bytes) =>
    run('mount', '-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'tmpfs', folder),
  limit: nothing,
  makeRoom: (folder) => run('mount', '-o', 'remount,size=64m', folder),
  remove: (folder) => run('umount', '--lazy', folder),
}

/** Where the user may not: the kernel refuses to let a file grow, and a write takes a part here too. */
const limitedFileSize: SmallDisk = {
  name: 'a limit of the size of files',
  prepare: nothing,
  limit: (process, bytes) => run('prlimit', `--pid=${process}`, `--fsize=${bytes}:unlimited`),
  makeRoom: (_, process) => run('prlimit', `--pid=${process}`, '--fsize=unlimited'),
  remove: nothing,
}

/** All that can be had here: who may not mount has the other one. */
export function smallDisks(folder: string): SmallDisk[] {
  try {
    smallFileSystem.prepare(folder, 65_536)
    smallFileSystem.remove(folder)
    return [smallFileSystem, limitedFileSize]
  } catch {
    return [limitedFileSize]
  }
}
