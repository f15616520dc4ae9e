import { isUnknown, type Dimension, type Group } from './aggregate.ts'

/** A report as CSV (RFC 4180). */
export function reportCsv(by: Dimension, groups: readonly Group[]): string {
  const heading = [
    by,
    'usd',
    'inexact_usd',
    'calls',
    'calls_without_cost',
    'failed_calls',
    'input_tokens',
    'output_tokens',
  ]
  const rows = groups.map(([name, totals]) => [
    quote(escapeInvisible(escapeFormula(name))),
    isUnknown(totals) ? '' : String(totals.usd),
    String(totals.inexactUsd),
    String(totals.calls),
    String(totals.unknownCalls),
    String(totals.failedCalls),
    String(totals.inputTokens),
    String(totals.outputTokens),
  ])
  return [heading, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('')
}

/** Characters that control a terminal or reorder text. Line ends and tabs are not among them: they are quoted. */
const INVISIBLE = /(?![\t\n\r])[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu

function escapeInvisible(name: string): string {
  return name.replaceAll(
    INVISIBLE,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

/** A spreadsheet runs a cell as a formula if it begins with one of these, even after invisible characters. */
const FORMULA = /^[\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]*[=+\-@\u2212]/u
/** A line end or a tab moves the rest into another cell, and a program that executes escape sequences removes them. */
const CONTROL = /^[\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]*?\p{Cc}/u

/**
 * Prepends an apostrophe to a name that a spreadsheet would run as a formula, as OWASP recommends. A name that begins
 * with an apostrophe gets a second one, so that different names stay different.
 */
function escapeFormula(name: string): string {
  // Spreadsheets treat fullwidth and other forms of these characters as the characters themselves.
  const isDangerous =
    FORMULA.test(name.normalize('NFKC')) || CONTROL.test(name) || name.startsWith("'")
  return isDangerous ? `'${name}` : name
}

/** Also quotes the separators that programs use instead of the comma. */
function quote(text: string): string {
  return /[",;|\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
