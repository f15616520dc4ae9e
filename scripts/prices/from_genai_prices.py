"""Cards from genai-prices: which of its rules cover a model id, and what they charge when."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from card import Card, Rates, clean, is_billable

# Our families, and the providers whose rules cover them.
PROVIDERS = {
    'openai': ('openai',),
    'azure': ('azure',),
    'anthropic': ('anthropic',),
    'google': ('google',),
    'google-vertex': ('google',),
    'aws': ('aws',),
    'groq': ('groq',),
    'mistral': ('mistral',),
    'xai': ('x-ai',),
    'deepseek': ('deepseek',),
    'cohere': ('cohere',),
    'perplexity': ('perplexity',),
    'togetherai': ('together',),
    'fireworks': ('fireworks',),
    'openrouter': ('openrouter',),
}

TOKEN_COLUMNS = {
    'input_mtok': 'input',
    'output_mtok': 'output',
    'cache_read_mtok': 'cacheRead',
    'cache_write_mtok': 'cacheWrite5m',
    'cache_write_1h_mtok': 'cacheWrite1h',
    'input_audio_mtok': 'audioInput',
    'output_audio_mtok': 'audioOutput',
    'input_image_mtok': 'imageInput',
    'output_image_mtok': 'imageOutput',
    'input_mchars': 'characters',
}
THOUSAND = Decimal(1000)

# Rates of which the arithmetic knows nothing: without them a price would be too low.
UNKNOWN_RATES = ('output_reasoning_mtok', 'output_citation_mtok', 'requests_kcount', 'input_text_messages_kcount')

CONTEXTS = {
    'batch': [{'processing': 'batch'}],
    'flex': [{'service_tier': 'flex'}],
    'priority': [{'service_tier': 'priority'}],
    'fast': [{'speed': 'fast'}, {'service_tier': 'fast'}],
}

# genai-prices means "from"; OpenAI documents "more than 272K".
STEP_CORRECTIONS = {271_999: 272_000}

# Another version number, which a date is not: `-5` after `claude-sonnet-5`, but not `-20250929` or `-05-20`.
OTHER_VERSION = re.compile(r'^[-.]\d{1,2}(?!\d|-\d{4}$|-\d{2}$)')


@dataclass(frozen=True)
class Period:
    """`start` is empty for the time before any change."""

    start: str
    card: Card


def collapse(periods: Iterable[Period]) -> tuple[Period, ...]:
    kept: list[Period] = []
    for period in periods:
        if not kept or kept[-1].card != period.card:
            kept.append(period)
    return tuple(kept)


@dataclass(frozen=True)
class Rule:
    """One model of genai-prices: the ids it names, and its periods or why it has none."""

    name: str
    ids: tuple[str, ...]
    periods: tuple[Period, ...]
    reason: str
    clause: object
    # The price depends on the time of day too, but since when and on which days is not said.
    is_timed: bool = False

    def covers(self, model: str) -> bool:
        return is_match(self.clause, model.lower())


def is_match(clause, model: str) -> bool:
    """The clause's own answer, but a prefix does not match a model of another version."""
    kind = type(clause).__name__
    if kind == 'ClauseOr':
        return any(is_match(part, model) for part in clause.or_)
    if kind == 'ClauseAnd':
        return all(is_match(part, model) for part in clause.and_)
    if not clause.is_match(model):
        return False
    if kind == 'ClauseStartsWith':
        return OTHER_VERSION.match(model[len(clause.starts_with):]) is None
    if kind == 'ClauseContains':
        end = model.find(clause.contains.lower()) + len(clause.contains)
        return OTHER_VERSION.match(model[end:]) is None
    return True


def named_ids(clause) -> list[str]:
    kind = type(clause).__name__
    if kind == 'ClauseOr':
        return [model for part in clause.or_ for model in named_ids(part)]
    return [clause.equals] if kind == 'ClauseEquals' else []


def named_starts(clause) -> list[str]:
    kind = type(clause).__name__
    if kind in ('ClauseOr', 'ClauseAnd'):
        return [start for part in (clause.or_ if kind == 'ClauseOr' else clause.and_) for start in named_starts(part)]
    # Some are cut in the middle of a date or a name.
    return [clause.starts_with] if kind == 'ClauseStartsWith' and clause.starts_with[-1].isalnum() else []


def base_rate(price) -> Decimal:
    return price.base if hasattr(price, 'tiers') else price


def read_rates(prices) -> Rates:
    rates = {}
    for key, column in TOKEN_COLUMNS.items():
        price = getattr(prices, key)
        if price is not None:
            rates[column] = clean(base_rate(price))
    hours = prices.input_audio_hours or prices.audio_hours
    if hours is not None and 'input' not in rates:
        rates['second'] = clean(hours / 3600)
    if prices.web_searches_kcount is not None:
        rates['search'] = clean(base_rate(prices.web_searches_kcount) / THOUSAND)
    return rates


def read_steps(prices) -> tuple[tuple[int, Rates], ...]:
    steps: dict[int, Rates] = {}
    for key, column in TOKEN_COLUMNS.items():
        price = getattr(prices, key)
        for tier in getattr(price, 'tiers', ()):
            start = STEP_CORRECTIONS.get(tier.start, tier.start)
            steps.setdefault(start, {})[column] = clean(tier.price)
    return tuple(sorted(steps.items()))


def read_card(prices) -> Card:
    return Card(read_rates(prices), read_steps(prices))


def read_tiers(model, at: datetime) -> dict[str, Card]:
    """Tiers as of a moment; genai-prices keeps no history of them."""
    tiers = {}
    known = [variant.when for variant in model.price_variants or ()]
    for name, contexts in CONTEXTS.items():
        for context in contexts:
            if context in known:
                tiers[name] = read_card(model.get_prices(at, context))
    return tiers


def start_of(conditional) -> str:
    constraint = conditional.constraint
    return '' if constraint is None else constraint.start_date.isoformat()


def is_timed(conditional) -> bool:
    return type(conditional.constraint).__name__ == 'TimeOfDateConstraint'


def conditionals_of(model) -> list:
    """Prices of certain days, the first of them that of all others."""
    return [each for each in model.prices if not is_timed(each)] if isinstance(model.prices, list) else []


def is_by_time_of_day(model) -> bool:
    return isinstance(model.prices, list) and any(map(is_timed, model.prices))


def read_periods(model, at: datetime) -> tuple[Period, ...]:
    if not conditionals_of(model):
        card = read_card(model.prices)
        return (Period('', Card(card.rates, card.above, read_tiers(model, at))),)
    starts = sorted({start_of(each) for each in conditionals_of(model)})
    current = max(start for start in starts if start <= at.date().isoformat())
    periods = []
    for start in starts:
        # The last that begins on a day counts.
        prices = [each.prices for each in conditionals_of(model) if start_of(each) == start][-1]
        card = read_card(prices)
        periods.append(Period(start, Card(card.rates, card.above, read_tiers(model, at) if start == current else {})))
    return tuple(periods)


def unknown_rates(model) -> list[str]:
    every = [each.prices for each in conditionals_of(model)] or [model.prices]
    return sorted({key for prices in every for key in UNKNOWN_RATES if getattr(prices, key) is not None})


def read_rule(model, at: datetime) -> Rule:
    named = [model.id, *named_ids(model.match)]
    # A rule that is called by its newest snapshot names all of them by what comes before.
    stems = [each.removesuffix('-latest') for each in named if each.endswith('-latest')]
    ids = tuple(dict.fromkeys([*named, *stems]))
    ids = tuple(each for each in ids if is_match(model.match, each.lower()))
    unknown = unknown_rates(model)
    if unknown:
        return Rule(model.id, ids, (), f'genai-prices charges {", ".join(unknown)}', model.match)
    periods = read_periods(model, at)
    if not any(is_billable(period.card) for period in periods):
        return Rule(model.id, ids, (), 'genai-prices lists no rate that the catalogue knows, or 0', model.match)
    return Rule(model.id, ids, periods, '', model.match, is_by_time_of_day(model))


def read_genai_prices(providers: list, as_of: str) -> dict[str, list[Rule]]:
    at = datetime.combine(date.fromisoformat(as_of), time(12), UTC)
    by_id = {provider.id: provider for provider in providers}
    families = {}
    for family, names in PROVIDERS.items():
        models = [model for name in names for model in by_id[name].models]
        families[family] = with_starts([read_rule(model, at) for model in models])
    return families


def with_starts(rules: list[Rule]) -> list[Rule]:
    """
    A rule may name no id at all, only what its ids begin with: then that is one, as on Bedrock, unless
    ids of another rule begin so. Where a rule names ids, what else it matches is spelt in ways that
    nobody answers with, and has fewer columns than the ids that LiteLLM knows too.
    """
    told = []
    for rule in rules:
        others = [model for other in rules if other is not rule for model in other.ids]
        starts = [
            start
            for start in named_starts(rule.clause)
            if not rule.ids and rule.covers(start) and not any(model.startswith(start) for model in others)
        ]
        told.append(replace(rule, ids=tuple(dict.fromkeys([*rule.ids, *starts]))))
    return told


def not_read(providers: list) -> list[tuple[str, str, str]]:
    """Ids of our families that genai-prices itself prices as another model, or not at all."""
    by_id = {provider.id: provider for provider in providers}
    skipped = []
    for family, names in PROVIDERS.items():
        models = [model for name in names for model in by_id[name].models]
        for model in models:
            ids = dict.fromkeys([model.id, *named_ids(model.match)])
            wrong = [each for each in ids if not is_match(model.match, each.lower())]
            skipped += [(family, each, 'a label: its own rule does not match it') for each in wrong]
    return skipped


def other_providers(providers: list) -> dict[str, int]:
    """Providers that are none of our families, and how many models each has."""
    ours = {name for names in PROVIDERS.values() for name in names}
    return {each.id: len(each.models) for each in sorted(providers, key=lambda each: each.id) if each.id not in ours}
