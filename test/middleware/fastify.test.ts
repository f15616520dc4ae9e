import { Readable } from 'node:stream'
import { fastifyAttribution } from 'costspan/middleware'
import fastify, { type FastifyRequest } from 'fastify'
import { describeAdapter, userOf } from './request-suite.ts'

describeAdapter('fastifyAttribution', async (routes) => {
  const app = fastify()
  app.addHook(
    'preHandler',
    fastifyAttribution((request: FastifyRequest) => ({
      userId: userOf(request.headers['x-user']),
    })),
  )
  const userIn = ({ body }: FastifyRequest): string => (body as { user: string }).user
  app.post('/chat', (request, reply) => reply.send(Readable.from(routes.chat(userIn(request)))))
  app.post('/quick', (request) => routes.quick(userIn(request)))
  app.post('/late', (request) => routes.late(userIn(request)))
  app.post('/broken', (request) => routes.broken(userIn(request)))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { url, close: () => app.close() }
})
