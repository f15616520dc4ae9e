import type { Part } from './pattern-parts.ts'

/** A state of the machine: what has to hold, and the states that follow. */
type Instruction =
  | { readonly kind: 'character'; readonly test: (character: string) => boolean }
  | { readonly kind: 'assertion'; readonly test: (text: readonly string[], at: number) => boolean }
  | { readonly kind: 'lookahead'; readonly program: Program; readonly isNegative: boolean }
  | { readonly kind: 'split'; readonly to: readonly number[] }
  | { readonly kind: 'end' }

/** Goes from one instruction to the next, but for a split. */
type Program = readonly Instruction[]

/** More would take milliseconds for one id; `.{1,200}` is some 400. */
const MAXIMUM_INSTRUCTIONS = 2_000

/**
 * Runs a pattern as an automaton, all ways at once: a step for each instruction and character, however
 * ambiguous the pattern is. `undefined` for what an automaton cannot run, or that is too long.
 */
export function compile(parts: Part, pattern: RegExp): ((text: string) => boolean) | undefined {
  // With `v` a class may match several characters.
  const program = pattern.flags.includes('v') ? undefined : new Compiler(pattern).program(parts)
  if (program === undefined) return undefined
  const { unicode } = pattern
  return (text) => runs(program, unicode ? Array.from(text) : text.split(''), 0, true)
}

/** Thrown inside {@link Compiler} only. */
const unsupported = new Error('no automaton')

class Compiler {
  readonly #pattern: RegExp
  #count = 0

  constructor(pattern: RegExp) {
    this.#pattern = pattern
  }

  program(part: Part): Program | undefined {
    try {
      return this.#whole(part, 0)
    } catch {
      return undefined
    }
  }

  #whole(part: Part, depth: number): Program {
    const program: Instruction[] = []
    this.#add(program, part, depth)
    program.push({ kind: 'end' })
    return program
  }

  #add(program: Instruction[], part: Part, depth: number): void {
    if (++this.#count > MAXIMUM_INSTRUCTIONS) throw unsupported
    switch (part.kind) {
      case 'character':
        program.push({ kind: 'character', test: characterTest(part.source, this.#pattern) })
        return
      case 'assertion':
        program.push({ kind: 'assertion', test: assertionTest(part.source, this.#pattern) })
        return
      case 'sequence':
        for (const each of part.parts) this.#add(program, each, depth)
        return
      case 'choice':
        this.#addChoice(program, part.parts, depth)
        return
      case 'repeat':
        this.#addRepeat(program, part, depth)
        return
      case 'lookahead':
        // One inside another would be run again for every character of it.
        if (depth > 0) throw unsupported
        program.push({
          kind: 'lookahead',
          program: this.#whole(part.part, depth + 1),
          isNegative: part.isNegative,
        })
        return
      default:
        throw unsupported
    }
  }

  #addChoice(program: Instruction[], parts: readonly Part[], depth: number): void {
    const ways: number[] = []
    program.push({ kind: 'split', to: ways })
    const exits: number[][] = []
    for (const each of parts) {
      ways.push(program.length)
      this.#add(program, each, depth)
      const exit: number[] = []
      exits.push(exit)
      program.push({ kind: 'split', to: exit })
    }
    for (const exit of exits) exit.push(program.length)
  }

  #addRepeat(
    program: Instruction[],
    { part, least, most }: Part & { readonly kind: 'repeat' },
    depth: number,
  ): void {
    for (let index = 0; index < least; index++) this.#add(program, part, depth)
    if (most === Number.POSITIVE_INFINITY) {
      const start = program.length
      const ways = [start + 1]
      program.push({ kind: 'split', to: ways })
      this.#add(program, part, depth)
      program.push({ kind: 'split', to: [start] })
      ways.push(program.length)
      return
    }
    const exits: number[][] = []
    for (let index = least; index < most; index++) {
      const ways = [program.length + 1]
      exits.push(ways)
      program.push({ kind: 'split', to: ways })
      this.#add(program, part, depth)
    }
    for (const exit of exits) exit.push(program.length)
  }
}

/** What one character is compared with is left to the engine: classes, case, Unicode. */
function characterTest(source: string, { flags, ignoreCase }: RegExp): (one: string) => boolean {
  if (!ignoreCase && /^[\w-]$/.test(source)) return (one) => one === source
  const one = new RegExp(`^(?:${source})$`, flags.replace(/[dgmy]/g, ''))
  return (character) => one.test(character)
}

function assertionTest(
  source: string,
  { multiline }: RegExp,
): (text: readonly string[], at: number) => boolean {
  const isBreak = (one: string | undefined): boolean =>
    one === undefined || (multiline && /^[\n\r\u2028\u2029]$/.test(one))
  switch (source) {
    case '^':
      return (text, at) => isBreak(text[at - 1])
    case '$':
      return (text, at) => isBreak(text[at])
    case '\\b':
      return (text, at) => isWord(text[at - 1]) !== isWord(text[at])
    default:
      return (text, at) => isWord(text[at - 1]) === isWord(text[at])
  }
}

function isWord(one: string | undefined): boolean {
  return one !== undefined && /^\w$/.test(one)
}

/** Whether the program comes to its end, from a place on or from any after it. */
function runs(program: Program, text: readonly string[], from: number, anywhere: boolean): boolean {
  let states: readonly number[] = []
  for (let at = from; at <= text.length; at++) {
    const starts = at === from || anywhere ? [...states, 0] : states
    const reached = reachable(program, starts, text, at)
    if (reached === undefined) return true
    const character = text[at]
    if (character === undefined) return false
    states = reached.filter((state) => {
      const instruction = program[state]
      return instruction?.kind === 'character' && instruction.test(character)
    })
    states = states.map((state) => state + 1)
    if (states.length === 0 && !anywhere) return false
  }
  return false
}

/** The states that are reached without another character; `undefined` if the end is one. */
function reachable(
  program: Program,
  starts: readonly number[],
  text: readonly string[],
  at: number,
): readonly number[] | undefined {
  const reached = new Set(starts)
  // A Set gives what is added while it is read.
  for (const state of reached) {
    const instruction = program[state]
    switch (instruction?.kind) {
      case 'end':
        return undefined
      case 'split':
        for (const next of instruction.to) reached.add(next)
        break
      case 'assertion':
        if (instruction.test(text, at)) reached.add(state + 1)
        break
      case 'lookahead':
        if (runs(instruction.program, text, at, false) !== instruction.isNegative) {
          reached.add(state + 1)
        }
        break
      default:
    }
  }
  return [...reached]
}
