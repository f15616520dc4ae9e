/** A set-up as docs/guide/other-processors.md shows it, with the address of its backend from the environment. */
import { dsnOf } from './dsn.mjs'
import { registerAiSdk, work } from './work.mjs'

const { SET_UP, PLAIN_URL, THEIR_URL } = process.env
const environments = {
  'node-sdk': { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: PLAIN_URL },
  sentry: { SENTRY_DSN: dsnOf(new URL(PLAIN_URL).origin) },
  'sentry-10': { SENTRY_DSN: dsnOf(THEIR_URL) },
}
Object.assign(process.env, environments[SET_UP])

const { sdk, provider, client } = await import(`./documented-${SET_UP}.mjs`)
await registerAiSdk()
await work()
await (sdk ?? provider)?.shutdown()
await client?.close(2_000)
