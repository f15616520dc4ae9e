"""
What both datasets have wrong or do not say: the rows of prices/corrections.json, applied last.

A row names a `family`, its `models`, a `source` and a `reason`; the days (UTC) `from` which and
`until` which it counts, or moments such as `2026-08-16T16:00:00Z`, the latter excluded, both open if
absent; and what it changes on them:

- `rates`: rates by column, over those that are there. Of a model that no dataset has, they are all. A service
  tier costs as many times the rate as before.
- `tiers`: instead of those that are there, service tiers by name: the factor on all token rates.
- `above`: instead of those that are there, rows of long prompts: more than how many tokens, and the
  rates that then differ.
- `hours`: instead of those that are there, a list of `weekdays` (UTC, `1` is Monday), `from` and
  `until` which time of day (UTC), and the `factor` on all token rates then.
- `regions`: factors on all token rates, instead of those that are there.
- `like`: another model of the family, whose price the models have at all times.
- `absent`: `true` for models that the platform does not sell.
"""

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from card import COLUMNS, FEE_COLUMNS, Card, Hours, Rates, restep, scale, with_steps
from from_genai_prices import Period
from off_peak import minutes


@dataclass(frozen=True)
class Correction:
    family: str
    models: tuple[str, ...]
    start: str
    end: str
    change: dict
    source: str
    reason: str
    like: str = ''
    absent: bool = False

    @property
    def is_price(self) -> bool:
        return bool(self.like) or bool(set(self.change.get('rates', ())) - {'minimumSeconds'})


def read_corrections(path: Path) -> list[Correction]:
    rows = json.loads(path.read_text(encoding='utf-8'), parse_float=Decimal, parse_int=Decimal)
    return [read_row(row) for row in rows]


def read_row(row: dict) -> Correction:
    """A row that says nothing, or says it without a source, is a mistake."""
    change = {key: row[key] for key in ('rates', 'above', 'tiers', 'hours', 'regions') if key in row}
    known = {'family', 'models', 'from', 'until', 'source', 'reason', 'like', 'absent', *change}
    says = [bool(change), 'like' in row, row.get('absent') is True]
    is_said = sum(says) == 1 and row['source'] and row['reason']
    if not is_said or set(row) - known or set(row.get('rates', ())) - set(COLUMNS):
        raise SystemExit(f'corrections.json: not a row: {row}')
    models = tuple(row['models'])
    period = row.get('from', ''), row.get('until', '')
    said = row['source'], row['reason']
    return Correction(row['family'], models, *period, change, *said, row.get('like', ''), row.get('absent', False))


def correct(periods: tuple[Period, ...], row: Correction) -> tuple[Period, ...]:
    """The periods with the row's days cut out of them and changed."""
    corrected = []
    for period in cut(periods, row):
        is_covered = period.start >= row.start and (row.end == '' or period.start < row.end)
        corrected.append(Period(period.start, change_card(period.card, row.change)) if is_covered else period)
    return tuple(corrected)


def cut(periods: tuple[Period, ...], row: Correction) -> tuple[Period, ...]:
    """Periods that begin, among others, where the row does and where it ends."""
    starts = {period.start for period in periods} | {row.start} | ({row.end} if row.end else set())
    pieces = []
    for start in sorted(starts):
        before = [period.card for period in periods if period.start <= start]
        pieces.append(Period(start, before[-1] if before else Card({})))
    return tuple(pieces)


def change_card(card: Card, change: dict) -> Card:
    rates: Rates = {**card.rates, **change.get('rates', {})}
    # A fee is that of all tiers, if it is not listed for one.
    fees = {column: rate for column, rate in change.get('rates', {}).items() if column in FEE_COLUMNS}
    tiers = {
        name: replace(restep(tier, card.rates, rates), rates={**fees, **restep(tier, card.rates, rates).rates})
        for name, tier in card.tiers.items()
    }
    changed = replace(card, rates=rates, tiers=tiers)
    if 'above' in change:
        steps = tuple((int(tokens), {**rates, **row}) for tokens, row in change['above'])
        changed = with_steps(changed, steps)
    if 'tiers' in change:
        base = replace(changed, tiers={}, regions={}, hours=())
        changed = replace(changed, tiers={name: scale(base, factor) for name, factor in change['tiers'].items()})
    if 'regions' in change:
        changed = replace(changed, regions=change['regions'])
    if 'hours' in change:
        base = replace(changed, hours=())
        changed = replace(base, hours=tuple(read_hours(each, base) for each in change['hours']))
    return changed


def read_hours(row: dict, base: Card) -> Hours:
    return Hours(row['weekdays'], minutes(row['from']), minutes(row['until']), scale(base, row['factor']))
