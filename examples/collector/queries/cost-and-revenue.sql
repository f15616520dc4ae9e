-- What does each customer cost this month, against what it pays? Calls without a cost are missing in cost_usd, which
-- is NULL where there is nothing else. It is 0 for who had no calls, or only refused ones.
WITH
    costs AS
    (
        SELECT
            customer_kind,
            customer,
            sum(charges.usd) AS known_usd,
            countIf(status IN ('unpriced', 'unknown_usage')) AS calls_without_cost
        FROM charges
        WHERE time >= toStartOfMonth(now())
        GROUP BY customer_kind, customer
    ),
    payments AS
    (
        SELECT customer_kind, customer, usd AS revenue_usd
        FROM revenue FINAL
        WHERE month = toStartOfMonth(now())
    )
SELECT
    customer_kind,
    customer,
    if(calls_without_cost = 0, ifNull(known_usd, 0), known_usd) AS cost_usd,
    calls_without_cost,
    revenue_usd,
    revenue_usd - cost_usd AS margin_usd
FROM costs
FULL JOIN payments USING (customer_kind, customer)
ORDER BY margin_usd NULLS LAST
SETTINGS join_use_nulls = 0
