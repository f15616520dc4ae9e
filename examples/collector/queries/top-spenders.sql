-- Who spends most this month? Calls without a cost are missing in cost_usd; inexact is the part of it that is a
-- bound or an estimate.
SELECT
    user_id,
    sum(usd) AS cost_usd,
    ifNull(sumIf(usd, status != 'priced'), 0) AS inexact_usd,
    count() AS calls,
    countIf(status IN ('unpriced', 'unknown_usage')) AS calls_without_cost
FROM charges
WHERE time >= toStartOfMonth(now())
GROUP BY user_id
ORDER BY cost_usd DESC NULLS LAST
LIMIT 20
