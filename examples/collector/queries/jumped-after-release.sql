-- Whose bill jumped after the newest release of a service? Dollars a day since its first call, up to seven
-- days, against the seven days before.
WITH
    releases AS
    (
        SELECT service, release, min(time) AS since
        FROM charges
        WHERE time >= now() - INTERVAL 90 DAY AND release != ''
        GROUP BY service, release
        ORDER BY since DESC
        LIMIT 1 BY service
    ),
    spent AS
    (
        SELECT
            service,
            charges.user_id AS user_id,
            releases.release AS newest,
            greatest(dateDiff('second', releases.since, now64(9)) / 86400, 1) AS days_since,
            sumIf(charges.usd, charges.release = newest) AS usd_since,
            sumIf(charges.usd, charges.time < releases.since) AS usd_before,
            countIf(charges.release = newest) AS calls_since,
            countIf(charges.time < releases.since) AS calls_before
        FROM charges
        INNER JOIN releases USING (service)
        WHERE charges.time >= releases.since - INTERVAL 7 DAY
            AND charges.time < releases.since + INTERVAL 7 DAY
        GROUP BY service, user_id, releases.release, releases.since
    )
SELECT
    user_id,
    service,
    newest AS release,
    toFloat64(ifNull(usd_before, 0)) / 7 AS usd_a_day_before,
    toFloat64(ifNull(usd_since, 0)) / least(days_since, 7) AS usd_a_day_since,
    usd_a_day_since / nullIf(usd_a_day_before, 0) AS times,
    calls_before,
    calls_since
FROM spent
WHERE calls_before > 0 AND usd_a_day_since > 1.5 * usd_a_day_before
ORDER BY usd_a_day_since - usd_a_day_before DESC
LIMIT 20
