import { AsyncLocalStorage } from 'node:async_hooks'

// workerd has none. Suites call it to begin afresh, where nothing is stored yet; costspan never does.
AsyncLocalStorage.prototype.disable = () => {}
