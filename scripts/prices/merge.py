"""One price list from two datasets, model by model."""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal

from card import Card, base_agrees, complete, fill, is_billable, with_steps
from corrections import Correction, correct
from datasets import GENAI_PRICES, LITELLM, LITELLM_RETIRED, Release
from from_genai_prices import Period, Rule
from from_litellm import TIME_OF_DAY, Listing

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
    # By family: a name that is not listed, and the one that the reader finds for it.
    resolved: dict[str, dict[str, str]] = field(default_factory=dict)
    # By dataset: providers that are none of our families, and how many models they have.
    other_providers: dict[str, dict[str, int]] = field(default_factory=dict)


Listings = dict[str, dict[str, Listing]]


def compile_families(
    listed: Listings, retired: Listings, rules: dict[str, list[Rule]], corrections: list[Correction], as_of: str
) -> Compiled:
    compiled = Compiled()
    for family in FAMILIES:
        models = {}
        for model in candidate_ids(family, listed, retired, rules):
            rule = next((rule for rule in rules.get(family, ()) if rule.covers(model)), None)
            listing, release = find_listing(family, model, listed, retired)
            regional = regional_card(family, model, listed)
            periods = compile_model(family, model, listing, release, rule, regional, as_of, compiled)
            if periods:
                models[model] = periods
        compiled.families[family] = models
    compiled.families['openrouter'] = with_creator(compiled)
    correct_families(compiled, corrections)
    compiled.left_out += not_sold(rules)
    add_vertex_aliases(compiled.families['google-vertex'])
    add_gateway(compiled, as_of)
    return compiled


def with_creator(compiled: Compiled) -> dict[str, tuple[Period, ...]]:
    """OpenRouter names every model `creator/model`; genai-prices lists the shorter names too."""
    models = compiled.families['openrouter']
    reason = 'OpenRouter calls no model so: the creator is missing'
    compiled.left_out += [('openrouter', model, reason) for model in models if '/' not in model]
    return {model: periods for model, periods in models.items() if '/' in model}


def correct_families(compiled: Compiled, corrections: list[Correction]) -> None:
    """Row by row; a row may also price a model that was left out."""
    for row in corrections:
        models = compiled.families[row.family]
        for model in row.models:
            models[model] = collapse(correct(models.get(model, ()), row))
            compiled.left_out = [each for each in compiled.left_out if each[:2] != (row.family, model)]
        compiled.families[row.family] = dict(sorted(models.items()))


def regional_card(family: str, model: str, listed: Listings) -> Card | None:
    """
    The card of a Bedrock model when it runs in one region of the US. An id without a prefix is
    the endpoint of one region, and from Claude 4.5 on Anthropic documents that regional endpoints
    cost a tenth more than `global.` ones. For ids without a prefix LiteLLM lists the global price.
    """
    if family != 'aws':
        return None
    for prefix in ('us.', 'us.anthropic.'):
        listing = listed['aws'].get(prefix + model)
        if listing is not None:
            return listing.card
    return None


def candidate_ids(family: str, listed: Listings, retired: Listings, rules: dict[str, list[Rule]]) -> list[str]:
    ids = set(listed.get(family, {})) | set(retired.get(family, {}))
    known = {model.lower() for model in ids}
    for rule in rules.get(family, ()):
        ids.update(model for model in rule.ids if model.lower() not in known and is_sold(family, model))
    return sorted(ids)


def not_sold(rules: dict[str, list[Rule]]) -> list[tuple[str, str, str]]:
    return [
        (family, model, 'not a model of this platform')
        for family in FAMILIES
        for rule in rules.get(family, ())
        for model in rule.ids
        if not is_sold(family, model)
    ]


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
    family: str,
    model: str,
    listing: Listing | None,
    release: Release,
    rule: Rule | None,
    regional: Card | None,
    as_of: str,
    compiled: Compiled,
) -> tuple[Period, ...]:
    reasons = [each.reason for each in (listing, rule) if each is not None and each.reason]
    card = listing.card if listing is not None else None
    covered = rule.periods if rule is not None else ()
    # genai-prices knows hours, but neither weekdays nor since when: LiteLLM must know them.
    if rule is not None and rule.is_timed and (card is None or not card.hours):
        reasons.append(TIME_OF_DAY)
    if TIME_OF_DAY in reasons or (card is None and not covered):
        compiled.left_out.append((family, model, '; '.join(dict.fromkeys(reasons))))
        return ()
    if card is None and listing is not None and not listing.reason.startswith('LiteLLM lists no price'):
        compiled.left_out.append((family, model, listing.reason))
        return ()

    def disagree(*found) -> None:
        compiled.disagreements.append(Disagreement(family, model, *found))

    periods = merge_periods(card, release, covered, regional, as_of, disagree)
    if model.endswith(':free'):
        periods = tuple(Period(each.start, free(each.card)) for each in periods)
    elif not all(is_billable(each.card) for each in periods):
        compiled.left_out.append((family, model, 'no rate of a kind that the catalogue knows, or 0'))
        return ()
    if family == 'openai':
        periods = tuple(Period(each.start, with_fast_mode(each.card)) for each in periods)
    is_claude = 'claude' in model
    return collapse(Period(each.start, complete(each.card, is_claude)) for each in periods)


def with_fast_mode(card: Card) -> Card:
    """OpenAI has renamed its priority processing to fast mode, and answers by either name."""
    tier = card.tiers.get('fast') or card.tiers.get('priority')
    return card if tier is None else replace(card, tiers={'fast': tier, 'priority': tier, **card.tiers})


def free(card: Card) -> Card:
    return card if card.rates else Card({'input': Decimal(0), 'output': Decimal(0)})


def merge_periods(
    card: Card | None,
    release: Release,
    covered: tuple[Period, ...],
    regional: Card | None,
    as_of: str,
    disagree,
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
            if period is current and differs_in_search(card, period.card):
                disagree(search_of(card), search_of(period.card), release.name)
            chosen = fill(with_steps(card, period.card.above) if has_steps else card, period.card)
            chosen = replace(chosen, rates=precise(chosen.rates, period.card.rates))
        elif period is current and regional is not None and base_agrees(regional, period.card):
            disagree(card, period.card, f'{GENAI_PRICES.name}: a regional endpoint')
            chosen = fill(regional, period.card)
        elif period is current:
            is_past = any(base_agrees(card, each.card) for each in covered if each.start < period.start)
            newer = release if release.date > GENAI_PRICES.date and not is_past else GENAI_PRICES
            disagree(card, period.card, newer.name)
            chosen = card if newer is release else period.card
        merged.append(Period(period.start, chosen))
    return tuple(merged)


def differs_in_search(one: Card, other: Card) -> bool:
    return 'search' in one.rates and 'search' in other.rates and one.rates['search'] != other.rates['search']


def search_of(card: Card) -> Card:
    return Card({'search': card.rates['search']})


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
