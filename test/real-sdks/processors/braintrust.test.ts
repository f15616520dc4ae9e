import { BraintrustSpanProcessor } from '@braintrust/otel'
import { describeNeighbour } from './neighbour-suite.ts'

// It copies the attributes in `onEnd`.
describeNeighbour({
  name: '@braintrust/otel',
  create: (apiUrl) =>
    new BraintrustSpanProcessor({ apiKey: 'none', apiUrl, parent: 'project_name:test' }),
  tooEarly: ['@vercel/otel, costspan last'],
})
