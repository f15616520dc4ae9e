import { withAttribution, type AttributionInput } from '../attribution/boundary.ts'
import { invalidOption } from '../invalid-option.ts'

/**
 * Who pays for a request; `undefined` if nobody is known yet, and `setAttribution` will tell. Called
 * once for each request; what it throws is the request's error.
 */
export type Payer<Subject extends readonly unknown[]> = (
  ...subject: Subject
) => AttributionInput | undefined | Promise<AttributionInput | undefined>

/**
 * For set-up: a payer that cannot be called would fail every request.
 *
 * @throws TypeError if it is none.
 */
export function assertPayer(payer: unknown): void {
  if (typeof payer !== 'function')
    throw invalidOption('payer', 'a function that names who pays', payer)
}

/** Runs a request inside a boundary of its own, even if nobody is known. */
export async function open<Subject extends readonly unknown[], Result>(
  payer: Payer<Subject> | undefined,
  subject: Subject,
  run: () => Result,
): Promise<Awaited<Result>> {
  const attribution = await payer?.(...subject)
  return await withAttribution(attribution, run)
}

/** For frameworks that go on by a callback: it is called inside the boundary, or with the error. */
export async function openAndGoOn<Subject extends readonly unknown[]>(
  payer: Payer<Subject> | undefined,
  subject: Subject,
  goOn: (error?: unknown) => void,
): Promise<void> {
  let isOpen = false
  try {
    await open(payer, subject, () => {
      isOpen = true
      goOn()
    })
  } catch (error) {
    // What comes after is not ours: its errors are the framework's.
    if (isOpen) throw error
    goOn(error)
  }
}
