import { ai4 } from './ai-4.ts'
import { ai5 } from './ai-5.ts'
import { ai6 } from './ai-6.ts'
import { ai7, ai7Bare, ai7Legacy } from './ai-7.ts'
import type { Lane, LaneName } from './lane.ts'

export const lanes: Record<LaneName, Lane> = {
  'ai-4': ai4,
  'ai-5': ai5,
  'ai-6': ai6,
  'ai-7-legacy': ai7Legacy,
  'ai-7': ai7,
  'ai-7-bare': ai7Bare,
}
