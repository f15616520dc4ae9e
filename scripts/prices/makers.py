"""
What follows another price: service tiers follow the standard one, and what a router charges for a model follows
its maker's price, so that a step that the maker announces is one behind routers too.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from card import Card, clean, restep
from from_genai_prices import Period, collapse
from model_id import made_by, resolve

# Models with open weights cost what each host charges, so their makers are none of these.
MAKERS = ('openai', 'anthropic', 'google', 'xai')

# What a router charges of its maker's price: all, half in a batch, a tenth more in a region, a fifth more for governments.
FACTORS = (Decimal(1), Decimal('0.5'), Decimal('1.1'), Decimal('1.2'))

COMPARED = ('input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h')

Models = dict[str, tuple[Period, ...]]


def with_tiers_to_come(models: Models, as_of: str) -> Models:
    """An announced price has no service tiers in genai-prices: each costs as many times the standard price as today."""
    told = {}
    for model, periods in models.items():
        today = current(periods, as_of)
        told[model] = tuple(
            replace(each, card=replace(each.card, tiers=restep(today, today.rates, each.card.rates).tiers))
            if today is not None and each.start > as_of and not each.card.tiers
            else each
            for each in periods
        )
    return told


def add_steps_of_makers(families: Mapping[str, Models], as_of: str) -> None:
    for family in ('openrouter', 'perplexity', 'google-vertex', 'aws'):
        models = families[family]
        for model, periods in models.items():
            maker = maker_of(family, model)
            found = None if maker is None else resolve(families, *maker)
            if found is not None and found[0] in MAKERS:
                models[model] = with_steps_of(families[found[0]][found[1]], periods, as_of)


def maker_of(family: str, model: str) -> tuple[str, str] | None:
    if family == 'google-vertex':
        return ('anthropic' if model.startswith('claude-') else 'google', model)
    if family == 'aws':
        claude = re.search(r'(?:^|\.)(claude-.*?)(?:-v\d+(?::\d+)?)?$', model)
        return None if claude is None else ('anthropic', claude[1])
    # A route, or a batch.
    name = model.partition(':')[0]
    return made_by(re.sub('^x-ai/', 'xai/', name))


def with_steps_of(made: tuple[Period, ...], periods: tuple[Period, ...], as_of: str) -> tuple[Period, ...]:
    """
    Where the router charges its maker's price today, or a known part of it: the maker's steps to come, and those of
    the past if no dataset has a history of the router's own.
    """
    own, today = current(periods, as_of), current(made, as_of)
    if own is None or today is None or own.hours or today.hours or not has_factor(own, today):
        return periods
    steps = [Period(each.start, restep(own, today.rates, each.card.rates)) for each in made]
    has_history = len(periods) > 1 or periods[0].start != '' or made[0].start != ''
    past = list(periods) if has_history else [each for each in steps if each.start <= as_of]
    future = [] if periods[-1].start > as_of else [each for each in steps if each.start > as_of]
    return collapse([*past, *future])


def has_factor(own: Card, made: Card) -> bool:
    shared = [column for column in COMPARED if own.rates.get(column) and made.rates.get(column)]
    factors = {clean(own.rates[column] / made.rates[column]) for column in shared}
    return {'input', 'output'} <= set(shared) and len(factors) == 1 and factors <= set(FACTORS)


def current(periods: tuple[Period, ...], as_of: str) -> Card | None:
    begun = [each.card for each in periods if each.start <= as_of]
    return begun[-1] if begun else None
