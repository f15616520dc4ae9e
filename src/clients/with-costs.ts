import { costFetch, type CostFetchOptions } from './cost-fetch.ts'
export function withCosts<Client extends object>(
  client: Client,
  options: CostFetchOptions = {},
): Client {
  void costFetch(options)
  return client
}
