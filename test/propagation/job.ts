/** One job of the queue between the two processes of test/propagation/processes.test.ts. */
export interface Job {
  /** Its number; the provider reports 1,000 tokens of input and this many more. */
  number: number
  attribution: unknown
}

/** What the worker reports of a job: what was charged, or why it was refused. */
export interface Done {
  number: number
  refused?: string
  /** Tokens of input that were charged: they tell which job it was. */
  input?: number
  usd?: number
  /** Of the span of the call, as exported. */
  attributes?: { [name: string]: unknown }
}

/** Users of the producer, each with one job. */
export const USERS = 100

export const secret = {
  signing: 'the signing key of these tests',
  older: 'the signing key of last month',
  strangers: 'a signing key of another party',
  pseudonyms: 'the key of pseudonyms of these tests',
}
