-- Does the free tier live off the paying users? What each plan costs this month: its share of the whole
-- cost, and what part it eats of all that customers pay.
WITH
    this_month AS (SELECT * FROM charges WHERE time >= toStartOfMonth(now())),
    (SELECT sum(usd) FROM this_month) AS all_usd,
    (SELECT sum(usd) FROM revenue FINAL WHERE month = toStartOfMonth(now())) AS revenue_usd
SELECT
    plan,
    uniqExact(user_id) AS users,
    sum(usd) AS cost_usd,
    toFloat64(cost_usd) / users AS usd_per_user,
    toFloat64(cost_usd) / toFloat64(all_usd) AS share_of_cost,
    toFloat64(cost_usd) / nullIf(toFloat64(revenue_usd), 0) AS share_of_revenue
FROM this_month
GROUP BY plan
ORDER BY cost_usd DESC NULLS LAST
