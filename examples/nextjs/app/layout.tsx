import type { ReactNode } from 'react'
// oxlint-disable-next-line import/no-unassigned-import -- the way Next.js takes a style sheet
import './style.css'

export const metadata = {
  title: 'costspan with Next.js',
  description: 'A chat of two users on two plans, and what each of them costs',
}

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
