-- Whose bill jumped after a release of a service? Dollars a day since it came, up to seven days, against the seven
-- days before. Who had no known cost before is left out.
-- A release came when it first made a tenth of the calls of a day, and of the seven days from then on: a few early
-- calls of a preview are not its start. Name one as wanted, or leave that empty for the newest of each service that
-- came a day ago or earlier. What a younger one cost so far counts as a whole day: a jump is found late, not wrongly.
WITH
    '' AS wanted,
    days AS
    (
        SELECT service, release, toDate(time) AS day, min(time) AS first_call, count() AS calls
        FROM charges
        WHERE time >= now() - INTERVAL 90 DAY
        GROUP BY service, release, day
    ),
    shares AS
    (
        SELECT
            service,
            release,
            first_call,
            calls / sum(calls) OVER (PARTITION BY service, day) AS of_day,
            sum(calls) OVER (PARTITION BY service, release ORDER BY day RANGE BETWEEN CURRENT ROW AND 6 FOLLOWING)
                / sum(calls) OVER (PARTITION BY service ORDER BY day RANGE BETWEEN CURRENT ROW AND 6 FOLLOWING)
                AS of_week
        FROM days
    ),
    releases AS
    (
        SELECT service, release, min(first_call) AS since
        FROM shares
        WHERE release != '' AND of_day >= 0.1 AND of_week >= 0.1
        GROUP BY service, release
        HAVING release = wanted OR (wanted = '' AND since <= now() - INTERVAL 1 DAY)
        ORDER BY since DESC
        LIMIT 1 BY service
    ),
    spent AS
    (
        SELECT
            service,
            releases.release AS release,
            releases.since AS since,
            charges.user_id AS user_id,
            sumIf(charges.usd, charges.time < since) AS usd_before,
            sumIf(charges.usd, charges.time >= since) AS usd_since,
            countIf(charges.time < since) AS calls_before,
            countIf(charges.time >= since) AS calls_since,
            countIf(charges.status IN ('unpriced', 'unknown_usage')) AS calls_without_cost
        FROM charges
        INNER JOIN releases USING (service)
        WHERE charges.time >= releases.since - INTERVAL 7 DAY
            AND charges.time < releases.since + INTERVAL 7 DAY
        GROUP BY service, release, since, user_id
    )
SELECT
    user_id,
    service,
    release,
    since,
    toFloat64(usd_before) / 7 AS usd_a_day_before,
    toFloat64(usd_since) / greatest(least(dateDiff('second', since, now64(9)) / 86400, 7), 1) AS usd_a_day_since,
    usd_a_day_since / usd_a_day_before AS times,
    calls_before,
    calls_since,
    calls_without_cost
FROM spent
WHERE usd_before > 0 AND usd_a_day_since > 1.5 * usd_a_day_before
ORDER BY usd_a_day_since - usd_a_day_before DESC
LIMIT 20
