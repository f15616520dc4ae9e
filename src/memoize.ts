/** Longer texts are input of any kind, and seldom come again. */
const LONGEST_TEXT = 256

/**
 * Remembers the answers of a function of a text. The same few ids and names of attributes come again and again, and a
 * look-up is quicker than a search. At the maximum of entries it starts anew, and longer texts are never kept, so no
 * input can make it grow.
 */
export function memoize<Answer extends {}>(
  answerOf: (text: string) => Answer,
  maximumEntries: number,
): (text: string) => Answer {
  const answers = new Map<string, Answer>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) return known
    const answer = answerOf(text)
    if (answers.size >= maximumEntries) answers.clear()
    if (text.length <= LONGEST_TEXT) answers.set(text, answer)
    return answer
  }
}
