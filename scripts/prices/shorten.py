"""Leaves out what the reader of the catalogue finds under another name, at the same price at all times."""

from dataclasses import replace

from card import Card, base_agrees, fill
from from_genai_prices import Period
from merge import collapse
from model_id import FIREWORKS, resolve, snapshot_of

Models = dict[str, tuple[Period, ...]]
Families = dict[str, Models]


def shorten(families: Families) -> dict[str, dict[str, str]]:
    """
    Takes models out. Returns them by family: the name, and that of the model it resolves to, which
    for a name of Vercel's gateway is one of its creator: `anthropic: claude-sonnet-4-5`.
    """
    families['fireworks'] = with_short_names(families['fireworks'])
    for family in families:
        share_between_snapshots(family, families[family])
        add_common_names(family, families[family])
    taken = {family: take_out(families, family) for family in sorted(families)}
    return {family: prove(families, family, models) for family, models in taken.items() if models}


def with_short_names(models: Models) -> Models:
    """Fireworks' own models without `accounts/…`: the prefix says nothing."""
    short = {model.removeprefix(FIREWORKS): periods for model, periods in models.items() if model.startswith(FIREWORKS)}
    return {**short, **models}


def share_between_snapshots(family: str, models: Models) -> None:
    """What only one name of a model lists, such as a service tier, holds for its others at the same price."""
    pairs = [(model, snapshot_of(family, model)) for model in sorted(models)]
    pairs = [(model, name) for model, name in pairs if name in models and is_same_price(models[model], models[name])]
    for model, name in pairs:
        models[name] = fill_periods(models[name], models[model])
    for model, name in pairs:
        if is_same_price(models[model], models[name]):
            models[model] = fill_periods(models[model], models[name])


def align(one: tuple[Period, ...], other: tuple[Period, ...]) -> list[tuple[Period, Period]]:
    """Both in periods that begin on the same days; none if they do not begin together."""
    if one[0].start != other[0].start:
        return []
    starts = sorted({period.start for period in (*one, *other)})
    return [(at(one, start), at(other, start)) for start in starts]


def at(periods: tuple[Period, ...], start: str) -> Period:
    return Period(start, [period.card for period in periods if period.start <= start][-1])


def is_same_price(one: tuple[Period, ...], other: tuple[Period, ...]) -> bool:
    """At all times, and without a contradiction in any rate that both list."""
    pairs = align(one, other)
    return bool(pairs) and all(is_same_card(each.card, that.card) for each, that in pairs)


def is_same_card(one: Card, other: Card) -> bool:
    if not base_agrees(one, other) or (one.above, one.hours, one.regions) != (other.above, other.hours, other.regions):
        return False
    if any(one.rates[column] != other.rates[column] for column in one.rates.keys() & other.rates.keys()):
        return False
    return all(is_same_card(one.tiers[tier], other.tiers[tier]) for tier in one.tiers.keys() & other.tiers.keys())


def fill_periods(periods: tuple[Period, ...], others: tuple[Period, ...]) -> tuple[Period, ...]:
    return collapse(replace(each, card=fill(each.card, that.card)) for each, that in align(periods, others))


def add_common_names(family: str, models: Models) -> None:
    """
    Where a model is listed by its snapshots only, as Vertex's Claude is by `@20250929` and by
    `-20250929`, and they all cost the same, its name without one stands for them.
    """
    by_name: dict[str, list[str]] = {}
    for model in sorted(models):
        name = snapshot_of(family, model)
        if name is not None and name not in models:
            by_name.setdefault(name, []).append(model)
    for name, snapshots in by_name.items():
        if len(snapshots) > 1 and all(models[each] == models[snapshots[0]] for each in snapshots):
            models[name] = models[snapshots[0]]


def take_out(families: Families, family: str) -> Models:
    """One after the other, the longest first, as long as what is left answers for them."""
    taken: Models = {}
    models = families[family] = dict(sorted(families[family].items()))
    for model in sorted(models, key=lambda each: (-len(each), each)):
        periods = models.pop(model)
        if price_of(families, family, model) == periods:
            taken[model] = periods
        else:
            models[model] = periods
    families[family] = dict(sorted(models.items()))
    return taken


def price_of(families: Families, family: str, model: str) -> tuple[Period, ...] | None:
    found = resolve(families, family, model)
    return None if found is None else families[found[0]][found[1]]


def prove(families: Families, family: str, taken: Models) -> dict[str, str]:
    """What was taken out later may have answered for something; then something else does."""
    resolved = {}
    for model in sorted(taken):
        if price_of(families, family, model) != taken[model]:
            raise AssertionError(f'{family} {model} no longer has its price')
        where, name = resolve(families, family, model)
        resolved[model] = name if where == family else f'{where}: {name}'
    return resolved
