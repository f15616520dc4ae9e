-- What does each customer cost this month, against what it pays?
WITH
    costs AS
    (
        SELECT customer, sum(charges.usd) AS cost_usd
        FROM charges
        WHERE time >= toStartOfMonth(now())
        GROUP BY customer
    ),
    payments AS
    (
        SELECT customer, usd AS revenue_usd
        FROM revenue FINAL
        WHERE month = toStartOfMonth(now())
    )
SELECT
    customer,
    ifNull(cost_usd, 0) AS cost_usd,
    revenue_usd,
    revenue_usd - cost_usd AS margin_usd
FROM costs
FULL JOIN payments USING (customer)
ORDER BY margin_usd
