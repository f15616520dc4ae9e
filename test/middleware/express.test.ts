import type { AddressInfo } from 'node:net'
import { expressAttribution } from 'costspan/middleware'
import express, { type NextFunction, type Request, type Response } from 'express'
import { describeAdapter, userOf } from './request-suite.ts'

describeAdapter('expressAttribution', async (routes) => {
  const app = express()
  app.use(expressAttribution((request: Request) => ({ userId: userOf(request.headers['x-user']) })))
  // Behind it: a body is read by callbacks of the socket.
  app.use(express.json())
  const userIn = ({ body }: Request): string => (body as { user: string }).user
  app.post('/chat', async (request, response) => {
    for await (const word of routes.chat(userIn(request))) response.write(word)
    response.end()
  })
  app.post('/quick', async (request, response) =>
    response.send(await routes.quick(userIn(request))),
  )
  app.post('/late', async (request, response) => response.send(await routes.late(userIn(request))))
  app.post('/broken', async (request, response) =>
    response.send(await routes.broken(userIn(request))),
  )
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).send('broken')
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
})
