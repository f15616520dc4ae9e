import { registerOTel } from '@vercel/otel'

/** An error, unless the types of `@vercel/otel` are `any`, as they are under `nodenext`. */
registerOTel({ serviceName: 'app', spanProcessors: [{ onCharge: 7 }, 'auto'] })
