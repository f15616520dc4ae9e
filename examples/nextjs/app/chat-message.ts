import type { UIMessage } from 'ai'

/** An answer says which trace it is in, so that the page finds what it cost. */
export type ChatMessage = UIMessage<{ traceId?: string }>
