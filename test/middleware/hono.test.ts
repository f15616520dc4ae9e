import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { honoAttribution } from 'costspan/middleware'
import { Hono, type Context } from 'hono'
import { streamText } from 'hono/streaming'
import { describeAdapter, userOf } from './request-suite.ts'

describeAdapter('honoAttribution', async (routes) => {
  const app = new Hono()
  app.use(honoAttribution((context: Context) => ({ userId: userOf(context.req.header('x-user')) })))
  const userIn = async (context: Context): Promise<string> =>
    (await context.req.json<{ user: string }>()).user
  app.post('/chat', async (context) => {
    const user = await userIn(context)
    return streamText(context, async (stream) => {
      for await (const word of routes.chat(user)) await stream.write(word)
    })
  })
  app.post('/quick', async (context) => context.text(await routes.quick(await userIn(context))))
  app.post('/late', async (context) => context.text(await routes.late(await userIn(context))))
  app.post('/broken', async (context) => context.text(await routes.broken(await userIn(context))))
  app.onError((_, context) => context.text('broken', 500))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
})
