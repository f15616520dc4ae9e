"""One price list from two datasets, model by model."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from card import Card, base_agrees, complete, fill, is_billable, with_steps
from datasets import GENAI_PRICES, LITELLM, LITELLM_RETIRED, Release
from from_genai_prices import Period, Rule
from from_litellm import Listing

FAMILIES = (
    'openai',
    'azure',
    'anthropic',
    'google',
    'google-vertex',
    'aws',
    'groq',
    'mistral',
    'xai',
    'deepseek',
    'cohere',
    'perplexity',
    'togetherai',
    'fireworks',
    'gateway',
    'openrouter',
)

TIME_OF_DAY = 'price depends on the time of day'


@dataclass(frozen=True)
class Disagreement:
    family: str
    model: str
    litellm: Card
    genai_prices: Card
    taken: str


@dataclass
class Compiled:
    """Periods by family and model, and what became of the rest."""

    families: dict[str, dict[str, tuple[Period, ...]]] = field(default_factory=dict)
    left_out: list[tuple[str, str, str]] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
    gateway_differences: list[tuple[str, Card, Card]] = field(default_factory=list)
    gateway_checks: int = 0


Listings = dict[str, dict[str, Listing]]


def compile_families(listed: Listings, retired: Listings, rules: dict[str, list[Rule]], as_of: str) -> Compiled:
    compiled = Compiled()
    for family in FAMILIES:
        models = {}
        for model in candidate_ids(family, listed, retired, rules):
            rule = next((rule for rule in rules.get(family, ()) if rule.covers(model)), None)
            listing, release = find_listing(family, model, listed, retired)
            periods = compile_model(family, model, listing, release, rule, as_of, compiled)
            if periods:
                models[model] = periods
        compiled.families[family] = models
    compiled.families['openrouter'] = with_creator(compiled.families['openrouter'])
    add_vertex_aliases(compiled.families['google-vertex'])
    add_gateway(compiled, as_of)
    return compiled


def with_creator(models: dict[str, tuple[Period, ...]]) -> dict[str, tuple[Period, ...]]:
    """OpenRouter names every model `creator/model`; genai-prices lists the shorter names too."""
    return {model: periods for model, periods in models.items() if '/' in model}


def candidate_ids(family: str, listed: Listings, retired: Listings, rules: dict[str, list[Rule]]) -> list[str]:
    ids = set(listed.get(family, {})) | set(retired.get(family, {}))
    known = {model.lower() for model in ids}
    for rule in rules.get(family, ()):
        ids.update(model for model in rule.ids if model.lower() not in known and is_sold(family, model))
    return sorted(ids)


def is_sold(family: str, model: str) -> bool:
    """genai-prices has one list for both of Google's platforms; only one of them sells Claude."""
    if family == 'google':
        return 'claude' not in model
    # A label of genai-prices, not an id.
    return not model.startswith('regional.')


def find_listing(family: str, model: str, listed: Listings, retired: Listings) -> tuple[Listing | None, Release]:
    listing = listed.get(family, {}).get(model)
    if listing is not None:
        return listing, LITELLM
    return retired.get(family, {}).get(model), LITELLM_RETIRED


def compile_model(
    family: str, model: str, listing: Listing | None, release: Release, rule: Rule | None, as_of: str, compiled: Compiled
) -> tuple[Period, ...]:
    reasons = [each.reason for each in (listing, rule) if each is not None and each.reason]
    card = listing.card if listing is not None else None
    covered = rule.periods if rule is not None else ()
    if TIME_OF_DAY in reasons or (card is None and not covered):
        compiled.left_out.append((family, model, '; '.join(dict.fromkeys(reasons))))
        return ()
    if card is None and listing is not None and not listing.reason.startswith('LiteLLM lists no price'):
        compiled.left_out.append((family, model, listing.reason))
        return ()

    def disagree(*found) -> None:
        compiled.disagreements.append(Disagreement(family, model, *found))

    periods = merge_periods(card, release, covered, as_of, disagree)
    if model.endswith(':free'):
        periods = tuple(Period(each.start, free(each.card)) for each in periods)
    elif not all(is_billable(each.card) for each in periods):
        compiled.left_out.append((family, model, 'no rate of a kind that the catalogue knows, or 0'))
        return ()
    is_claude = 'claude' in model
    return collapse(Period(each.start, complete(each.card, is_claude)) for each in periods)


def free(card: Card) -> Card:
    return card if card.rates else Card({'input': Decimal(0), 'output': Decimal(0)})


def merge_periods(
    card: Card | None, release: Release, covered: tuple[Period, ...], as_of: str, disagree
) -> tuple[Period, ...]:
    """
    LiteLLM's card, which has more columns, for as long as genai-prices has the same base rates;
    genai-prices' own for other times. If they disagree about today, the newer release is right,
    unless genai-prices knows LiteLLM's price as one of the past.
    """
    if card is None:
        return covered
    if not covered:
        return (Period('', card),)
    has_steps = len(covered) > 1 and any(period.card.above for period in covered)
    current = [period for period in covered if period.start <= as_of][-1]
    merged = []
    for period in covered:
        chosen = period.card
        if base_agrees(card, period.card):
            chosen = fill(with_steps(card, period.card.above) if has_steps else card, period.card)
            chosen = Card(precise(chosen.rates, period.card.rates), chosen.above, chosen.tiers)
        elif period is current:
            is_past = any(base_agrees(card, each.card) for each in covered if each.start < period.start)
            newer = release if release.date > GENAI_PRICES.date and not is_past else GENAI_PRICES
            disagree(card, period.card, newer.name)
            chosen = card if newer is release else period.card
        merged.append(Period(period.start, chosen))
    return tuple(merged)


def precise(rates, other):
    """A rate by the second that LiteLLM has cut after four digits; genai-prices has it by the hour."""
    if 'second' in rates and 'second' in other:
        return {**rates, 'second': other['second']}
    return rates


def collapse(periods) -> tuple[Period, ...]:
    kept: list[Period] = []
    for period in periods:
        if not kept or kept[-1].card != period.card:
            kept.append(period)
    return tuple(kept)


def add_vertex_aliases(models: dict[str, tuple[Period, ...]]) -> None:
    """Vertex is asked for `claude-…@20250929`, but Claude answers as `claude-…-20250929`."""
    for model in sorted(models):
        if model.startswith('claude-') and '@' in model:
            bare = model.removesuffix('@default').replace('@', '-')
            models.setdefault(bare, models[model])


def add_gateway(compiled: Compiled, as_of: str) -> None:
    """
    Vercel's gateway is taken to charge the providers' list prices (of the 40 models that LiteLLM
    lists under both, 39 agree; Vercel's own page was not read); it calls models by
    creator. Where LiteLLM lists another price for the gateway, that one is kept.
    """
    gateway = compiled.families['gateway']
    listed = dict(gateway)
    for creator in ('openai', 'anthropic', 'google', 'xai'):
        models = compiled.families[creator]
        added = set()
        for model in sorted(models, key=lambda each: (len(each), each)):
            name = gateway_name(creator, model)
            if name is None or name in added:
                continue
            added.add(name)
            if name not in listed or agrees_with_gateway(compiled, name, listed[name], models[model], as_of):
                gateway[name] = models[model]


def gateway_name(creator: str, model: str) -> str | None:
    """Without a date; Claude's versions have a dot. `None` if the gateway has no such name."""
    if creator == 'anthropic':
        model = re.sub(r'-\d{8}$', '', model)
        model = re.sub(r'(?<=\d)-(\d{1,2})(?!\d)', r'.\1', model)
    if re.search(r'(-\d{4}-\d{2}-\d{2}|-\d{4}|-\d{2}-\d{2}|-latest|-beta)$|^ft:|@|/', model):
        return None
    return f'{creator}/{model}'


def agrees_with_gateway(
    compiled: Compiled, name: str, listed: tuple[Period, ...], own: tuple[Period, ...], as_of: str
) -> bool:
    compiled.gateway_checks += 1
    one, other = current_card(listed, as_of), current_card(own, as_of)
    if base_agrees(one, other):
        return True
    compiled.gateway_differences.append((name, one, other))
    return False


def current_card(periods: tuple[Period, ...], as_of: str) -> Card:
    return [period for period in periods if period.start <= as_of][-1].card
