/** costspan before or after all others. */
export const inOrder = (costs, ...others) =>
  process.env.ORDER === 'costspan last' ? [...others, costs] : [costs, ...others]
