'use client'

import { useChat } from '@ai-sdk/react'
import { DefaultChatTransport } from 'ai'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import type { CallCost } from '../ledger'
import { Answer } from './answer'
import type { ChatMessage } from './chat-message'
import { signOut } from './sign-in-actions'
import { UserName } from './user-name'
import { models, type User } from './users'

const SUGGESTIONS = [
  'Why is the sky blue?',
  'Explain inflation to a child',
  'Write a haiku about an invoice',
]

const transport = new DefaultChatTransport<ChatMessage>({ api: '/api/chat' })

export function Chat({ user, calls }: { user: User; calls: CallCost[] }) {
  const { messages, sendMessage, stop, status, error } = useChat<ChatMessage>({ transport })
  const [stoppedIds, setStoppedIds] = useState<string[]>([])
  const isAnswering = status === 'submitted' || status === 'streaming'
  const last = messages.at(-1)
  const isThinking = isAnswering && (last?.role !== 'assistant' || textOf(last) === '')
  const shown = isThinking && last?.role === 'assistant' ? messages.slice(0, -1) : messages

  function stopAnswer() {
    if (last !== undefined) setStoppedIds([...stoppedIds, last.id])
    void stop()
  }

  return (
    <section className="chat" aria-label="Chat">
      <header>
        <h1>
          <UserName userId={user.userId} plan={user.plan} />
        </h1>
        <span className="model">{models[user.plan]}</span>
        <form action={signOut}>
          <button className="quiet">Sign out</button>
        </form>
      </header>
      <Messages follow={messages} isBusy={isAnswering}>
        {messages.length === 0 && <Suggestions ask={(text) => sendMessage({ text })} />}
        {shown.map((message) =>
          message.role === 'user' ? (
            <p key={message.id} className="question">
              {textOf(message)}
            </p>
          ) : (
            <Answer
              key={message.id}
              text={textOf(message)}
              call={calls.find(({ traceId }) => traceId === message.metadata?.traceId)}
              isWriting={isAnswering && message === last}
              isStopped={stoppedIds.includes(message.id)}
            />
          ),
        )}
        {isThinking && <p className="hint">{models[user.plan]} is thinking …</p>}
      </Messages>
      {error !== undefined && (
        <p className="alert" role="alert">
          The answer failed. The server’s log has the reason.
        </p>
      )}
      <Composer isAnswering={isAnswering} ask={(text) => sendMessage({ text })} stop={stopAnswer} />
    </section>
  )
}

interface MessagesProperties {
  follow: ChatMessage[]
  isBusy: boolean
  children: ReactNode
}

/** Stays at the end while an answer grows. */
function Messages({ follow, isBusy, children }: MessagesProperties) {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Newer browsers answer with a promise, which React would take for a cleanup.
    end.current?.scrollTo({ top: end.current.scrollHeight })
  }, [follow])
  return (
    <div
      className="messages"
      role="log"
      aria-label="Messages"
      aria-busy={isBusy}
      tabIndex={0}
      ref={end}
    >
      {children}
    </div>
  )
}

function Suggestions({ ask }: { ask: (text: string) => void }) {
  return (
    <div className="suggestions">
      <h2>What would you like to know?</h2>
      {SUGGESTIONS.map((text) => (
        <button key={text} className="card" onClick={() => ask(text)}>
          {text}
        </button>
      ))}
    </div>
  )
}

interface ComposerProperties {
  isAnswering: boolean
  ask: (text: string) => void
  stop: () => void
}

function Composer({ isAnswering, ask, stop }: ComposerProperties) {
  function send(form: FormData) {
    const text = String(form.get('question')).trim()
    if (text !== '' && !isAnswering) ask(text)
  }

  return (
    <form className="composer" action={send}>
      <input
        name="question"
        aria-label="Your question"
        placeholder="Ask something"
        autoComplete="off"
        required
      />
      {/* With a key each, or the click on the one would submit by the other. */}
      {isAnswering ? (
        <button key="stop" type="button" className="stop" onClick={stop}>
          Stop
        </button>
      ) : (
        <button key="send">Send</button>
      )}
    </form>
  )
}

function textOf({ parts }: ChatMessage): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
