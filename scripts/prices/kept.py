"""
Ids that no dataset lists any more. Somebody's spans have them still, and their last price is the best known, so
prices/kept.json has them from the last catalogue that did. update.py adds to it; an id that is back in a dataset
has that price.
"""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from card import COLUMNS, Card, Hours
from from_genai_prices import Period
from model_id import resolve

Families = Mapping[str, dict[str, tuple[Period, ...]]]


def read_kept(path: Path) -> list[dict]:
    """Rows of a family, a model, the version of the last catalogue that listed it, and its price as stored there."""
    return json.loads(path.read_text(encoding='utf-8'), parse_float=Decimal, parse_int=Decimal) if path.exists() else []


def write_kept(path: Path, rows: Iterable[dict]) -> None:
    lines = [json.dumps(row, default=to_number) for row in rows]
    path.write_text('[\n  ' + ',\n  '.join(lines) + '\n]\n' if lines else '[]\n', encoding='utf-8')


def not_found(families: Families, rows: Iterable[dict]) -> list[dict]:
    ordered = sorted(rows, key=lambda row: (row['family'], row['model']))
    return [row for row in ordered if resolve(families, row['family'], row['model']) is None]


def with_kept(families: Families, rows: Iterable[dict]) -> dict[str, dict[str, tuple[Period, ...]]]:
    added = {family: dict(models) for family, models in families.items()}
    for row in rows:
        added[row['family']][row['model']] = to_periods(row['price'])
    return {family: dict(sorted(models.items())) for family, models in added.items()}


def lost_ids(before: dict, resolved: Mapping[str, Mapping[str, str]], families: Families, absent: set) -> list[dict]:
    """What the catalogue of before found, by any of its names, and this one does not; `absent` is meant to be."""
    rows = []
    for family, models in before['families'].items():
        for model in {*models, *resolved.get(family, ())}:
            found = resolve(before['families'], family, model)
            if found is not None and found not in absent and resolve(families, family, model) is None:
                price = before['families'][found[0]][found[1]]
                rows.append({'family': family, 'model': model, 'last': before['version'], 'price': price})
    return rows


def to_number(decimal: Decimal) -> float | int:
    return int(decimal) if decimal == int(decimal) else float(decimal)


def to_periods(stored) -> tuple[Period, ...]:
    if isinstance(stored, dict):
        return (Period('', to_card(stored)),)
    return tuple(Period(day, to_card(card)) for day, card in stored)


def to_card(stored: dict) -> Card:
    return Card(
        to_rates(stored['rates']),
        tuple((int(tokens), to_rates(row)) for tokens, row in stored.get('above', ())),
        {name: to_card(tier) for name, tier in stored.get('tiers', {}).items()},
        {name: Decimal(str(factor)) for name, factor in stored.get('regions', {}).items()},
        tuple(Hours(days, int(start), int(end), to_card(card)) for days, start, end, card in stored.get('hours', ())),
    )


def to_rates(row: list) -> dict[str, Decimal]:
    return {column: Decimal(str(rate)) for column, rate in zip(COLUMNS, row) if rate is not None}
