import { isAllUnknown, type Dimension, type Spend } from './aggregate.ts'

/** As RFC 4180 has it. */
export function spendCsv(
  by: Dimension,
  spends: readonly (readonly [name: string, spend: Spend])[],
): string {
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
  const rows = spends.map(([name, spend]) => [
    quoted(visible(neutral(name))),
    isAllUnknown(spend) ? '' : String(spend.usd),
    String(spend.inexactUsd),
    String(spend.calls),
    String(spend.unknownCalls),
    String(spend.failedCalls),
    String(spend.inputTokens),
    String(spend.outputTokens),
  ])
  return [heading, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('')
}

/** What a terminal obeys, or what shows text in another order than it has; line ends and tabs are quoted instead. */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu

function visible(name: string): string {
  return name.replaceAll(
    UNSEEN,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

/** What a spreadsheet takes for a formula begins with one of these, whatever is not to be seen before it. */
const FORMULA = /^[\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]*[=+\-@\u2212]/u
/** A line end or a tab moves the rest into another cell; what obeys escape sequences sees what is after them. */
const CONTROL = /^[\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]*?\p{Cc}/u

/**
 * A name with an apostrophe before it where a spreadsheet would run it, as OWASP has it. A name that has an apostrophe
 * itself gets another, so that two names stay two.
 */
function neutral(name: string): string {
  // Fullwidth and other forms of these signs become the signs.
  const isRun = FORMULA.test(name.normalize('NFKC')) || CONTROL.test(name) || name.startsWith("'")
  return isRun ? `'${name}` : name
}

/** Also where a program takes another character than the comma for the separator. */
function quoted(text: string): string {
  return /[",;|\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
