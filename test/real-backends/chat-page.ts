import type { Page } from './chromium.ts'

const PATIENCE = { timeout: 20_000 }

/** For the page. */
const answer = (number: number) => `document.querySelectorAll('.answer')[${number - 1}]`

export async function signIn(page: Page, user: string): Promise<void> {
  await page.locator(`button ::-p-text(${user})`).click()
  await page.locator('::-p-aria([name="Sign out"][role="button"])').wait()
}

export async function send(page: Page, question: string): Promise<void> {
  await page.locator('::-p-aria([name="Your question"][role="textbox"])').fill(question)
  await page.locator('::-p-aria([name="Send"][role="button"])').click()
}

/** As soon as so much of the answer of that number is there. */
export async function stopAfter(page: Page, characters: number, number: number): Promise<void> {
  const text = `${answer(number)}?.querySelector('p').textContent`
  await page.waitForFunction(`${text}?.length >= ${characters}`, PATIENCE)
  await page.locator('::-p-aria([name="Stop"][role="button"])').click()
  await page.locator('::-p-aria([name="Send"][role="button"])').wait()
}

export interface ShownAnswer {
  text: string
  /** The text about its cost. */
  cost: string
  /** US dollars; absent where the page names none. */
  usd?: number
}

/** The answer of that number, from 1. */
export async function answerOf(page: Page, number: number): Promise<ShownAnswer> {
  return (await page.evaluate(`(() => {
    const answer = ${answer(number)}
    const usd = answer.querySelector('footer data')?.value
    return {
      text: answer.querySelector('p').textContent,
      cost: answer.querySelector('footer').innerText,
      ...(usd !== undefined && { usd: Number(usd) }),
    }
  })()`)) as ShownAnswer
}

/** When it has a cost, or is marked as of unknown cost. */
export async function answerWithCost(page: Page, number: number): Promise<ShownAnswer> {
  const cost = `${answer(number)}?.querySelector('footer :is(data, .unknown)')`
  await page.waitForFunction(cost, PATIENCE)
  return answerOf(page, number)
}

/** The dollars that the panel of costs shows, by what names a row. */
export async function shownDollars(page: Page, rows: string): Promise<Record<string, number>> {
  const shown = await page.evaluate(`
    Object.fromEntries([...document.querySelectorAll('.spending ${rows}')].map((row) => [
      row.querySelector('.name, .key').textContent,
      Number(row.querySelector('data').value),
    ]))`)
  return shown as Record<string, number>
}

export async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.evaluate(`document.querySelector('${selector}').innerText`)) as string
}
