export const catalogJson = { version: '0', json: '{"version":"0","cards":[],"families":{}}' }
