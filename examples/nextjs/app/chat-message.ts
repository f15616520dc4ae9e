import type { UIMessage } from 'ai'

/** An answer carries the id of its trace, so that the page finds its cost. */
export type ChatMessage = UIMessage<{ traceId?: string }>
