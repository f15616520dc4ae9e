"""LiteLLM lists the hours of a discount; the catalogue, the hours when there is none."""

from card import Card, Hours

DAY = 24 * 60
WEEKDAYS = '1234567'


def read_hours(off_peak: dict, card: Card) -> tuple[Hours, ...] | None:
    """The hours at which `card` counts; `None` if weekdays are not those of UTC."""
    if off_peak.get('weekday_timezone', 'UTC') != 'UTC':
        return None
    by_gaps: dict[tuple[tuple[int, int], ...], str] = {}
    for weekday in WEEKDAYS:
        gaps = gaps_between(discounted(off_peak, weekday))
        by_gaps[gaps] = by_gaps.get(gaps, '') + weekday
    return tuple(Hours(weekdays, start, end, card) for gaps, weekdays in by_gaps.items() for start, end in gaps)


def discounted(off_peak: dict, weekday: str) -> list[tuple[int, int]]:
    """The windows of a weekday, as minutes. A window past midnight ends where it began: on that day."""
    windows = []
    for window in off_peak.get('windows') or [off_peak]:
        if weekday not in map(str, window.get('weekdays') or WEEKDAYS):
            continue
        listed = window['hours_utc']
        for each in [listed] if isinstance(listed, str) else listed:
            start, end = (minutes(time) for time in each.split('-'))
            windows += [(start, end)] if start < end else [(0, end), (start, DAY)]
    return sorted(windows)


def gaps_between(windows: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    gaps = []
    reached = 0
    for start, end in [*windows, (DAY, DAY)]:
        if start > reached:
            gaps.append((reached, start))
        reached = max(reached, end)
    return tuple(gaps)


def minutes(time: str) -> int:
    hour, minute = time.split(':')
    return int(hour) * 60 + int(minute)
