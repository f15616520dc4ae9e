'use client'

import { useChat } from '@ai-sdk/react'
import { DefaultChatTransport } from 'ai'

const transport = new DefaultChatTransport({ api: '/api/chat', headers: { 'x-user-id': 'ada' } })

export default function Page() {
  const { messages, sendMessage, stop } = useChat({ transport })

  return (
    <main>
      {messages.map(({ id, role, parts }) => (
        <p key={id}>
          <b>{role}</b> {parts.map((part) => (part.type === 'text' ? part.text : ''))}
        </p>
      ))}
      <form action={(form) => sendMessage({ text: String(form.get('text')) })}>
        <input name="text" placeholder="Ask something" required />
        <button>Send</button>
        <button type="button" onClick={stop}>
          Stop
        </button>
      </form>
    </main>
  )
}
