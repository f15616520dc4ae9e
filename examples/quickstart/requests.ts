import type { AppRequest, User } from './chat-app.ts'

const maya: User = { userId: 'maya', tenantId: 'acme', plan: 'pro' }
const tom: User = { userId: 'tom', tenantId: 'acme', plan: 'free' }
const ines: User = { userId: 'ines', tenantId: 'acme', plan: 'free' }
const noor: User = { userId: 'noor', tenantId: 'globex', plan: 'pro' }
const yuki: User = { userId: 'yuki', tenantId: 'globex', plan: 'pro' }
const liam: User = { userId: 'liam', tenantId: 'globex', plan: 'free' }

/** A minute in the life of the app: who asks what. Every question is asked once. */
export const requests: AppRequest[] = [
  {
    user: maya,
    feature: 'chat',
    text: 'How do I invite the rest of my team, and who pays for their seats?',
  },
  { user: maya, feature: 'chat', text: 'Can I move a project into another workspace?' },
  {
    user: maya,
    feature: 'summary',
    text: 'Forty replies about the new editor, most of them kind.',
  },
  {
    user: tom,
    feature: 'research',
    text: 'Which of our competitors offer single sign-on on their free plan?',
  },
  { user: tom, feature: 'research', text: 'What do reviews say about the mobile app?' },
  {
    user: tom,
    feature: 'research',
    text: 'How did prices of help desk software develop over ten years?',
  },
  { user: tom, feature: 'chat', text: 'Why is my export empty?' },
  {
    user: ines,
    feature: 'chat',
    text: 'The invoice shows the wrong address. Where can I change it?',
  },
  { user: ines, feature: 'search', text: 'webhook signature does not match' },
  {
    user: noor,
    feature: 'research',
    text: 'What does the new accessibility law ask of a help desk?',
  },
  {
    user: noor,
    feature: 'summary',
    text: 'Meeting notes: retention, hiring, and the launch in May.',
  },
  { user: yuki, feature: 'search', text: 'log in with a passkey' },
  { user: yuki, feature: 'chat', text: 'Is there a keyboard shortcut to close a ticket?' },
  { user: liam, feature: 'chat', text: 'Please explain how permissions work, with an example.' },
  { user: liam, feature: 'beta', text: 'Draft a friendly reply to an angry customer.' },
  { user: liam, feature: 'beta', text: 'Now make it shorter.' },
  // A job without a user.
  { feature: 'nightly digest', text: 'Write the digest of all tickets that were closed today.' },
]
