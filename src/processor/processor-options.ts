import type { Backend } from '../backends/backend.ts'
import type { ChargerOptions } from '../charge/charge.ts'
import type { PrivacyOptions } from '../privacy/redactor.ts'
import type { OnCharge } from './charge-callbacks.ts'

/** The options of `CostSpanProcessor`. */
export interface CostSpanProcessorOptions extends ChargerOptions {
  /**
   * A function, or several, to call once for every model call that ends, priced or not. They run inside `span.end()`, so
   * they have to be quick. An error or rejection is caught and reported once. For a call whose span does not end they run
   * later, usually with the status `unknown_usage`; if it ends after all, with a cost, they run again, with the same ids.
   * If several processors or exporters share a function, it runs once for each call.
   * @defaultValue `[]`
   */
  readonly onCharge?: OnCharge | readonly OnCharge[] | undefined
  /**
   * How ids that look personal, and content, are treated. By default ids that look personal are omitted, and content
   * stays.
   * @defaultValue `{}`
   */
  readonly privacy?: PrivacyOptions | undefined
  /**
   * Backends that read attributes of their own, which are written too, such as `[langfuse]` of `costspan/backends`.
   * @defaultValue `[]`
   */
  readonly backends?: readonly Backend[] | undefined
  /**
   * Where warnings go: the console, OpenTelemetry's `diag` (silent unless a logger is set), or a function, which gets
   * one line at a time. The only attribute values in a line are names of models and providers, and, unless
   * `privacy.pseudonymize` is set, the names of the span, the function and the agent of a call without a user.
   * @defaultValue `'console'`
   */
  readonly warnings?: 'console' | 'diag' | ((message: string) => void) | undefined
}
