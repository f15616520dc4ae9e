import type { BufferConfig } from '@opentelemetry/sdk-trace-base'

/** Ways to export traces, side by side in one process: each sees the same spans and the same faults. */
export interface Arm {
  readonly processor: BufferConfig
  readonly exporter: { readonly timeoutMillis?: number; readonly concurrencyLimit?: number }
}

export const ARM_NAMES = ['defaults', 'smallBatches', 'largeBatches'] as const
export type ArmName = (typeof ARM_NAMES)[number]

/** A flush sends all batches at once, and the exporter refuses more than 30 at a time unless it is set otherwise. */
const patient = { timeoutMillis: 60_000, concurrencyLimit: 1_024 }

export const arms: { readonly [Name in ArmName]: Arm } = {
  defaults: { processor: {}, exporter: {} },
  smallBatches: {
    processor: { maxQueueSize: 65_536, maxExportBatchSize: 64, exportTimeoutMillis: 60_000 },
    exporter: patient,
  },
  largeBatches: {
    processor: { maxQueueSize: 65_536, maxExportBatchSize: 2_048, exportTimeoutMillis: 60_000 },
    exporter: patient,
  },
}
