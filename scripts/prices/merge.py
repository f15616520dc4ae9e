"""One price list from two datasets, model by model."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from card import (
    CACHE_COLUMNS,
    MODALITY_COLUMNS,
    Card,
    Rates,
    base_agrees,
    complete,
    fill,
    is_billable,
    scale,
    scale_cache,
    scale_rates,
    with_steps,
)
from corrections import Correction, correct
from datasets import GENAI_PRICES, LITELLM, LITELLM_RETIRED, Release
from from_genai_prices import Period, Rule, collapse
from from_litellm import TIME_OF_DAY, Listing
from makers import add_steps_of_makers, with_tiers_to_come
from model_id import made_by, resolve

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
    # Rows of kept.json that are needed: no dataset has their ids.
    kept: list[dict] = field(default_factory=list)


Listings = dict[str, dict[str, Listing]]
Models = dict[str, tuple[Period, ...]]

# What a deployment that is bound to a region costs of a global one.
REGIONAL = Decimal('1.1')


@dataclass(frozen=True)
class Sources:
    """All that is known of a model."""

    listing: Listing | None
    release: Release
    # What the retired release lists, beside the newest.
    before: Card | None
    rule: Rule | None
    regional: Card | None


def compile_families(
    listed: Listings, retired: Listings, rules: dict[str, list[Rule]], corrections: list[Correction], as_of: str
) -> Compiled:
    compiled = Compiled()
    for family in FAMILIES:
        models = compiled.families[family] = {}
        for model in candidate_ids(family, listed, retired, rules):
            rule = next((rule for rule in rules.get(family, ()) if rule.covers(model)), None)
            listing, release = find_listing(family, model, listed, retired)
            sources = Sources(
                listing,
                release,
                retired_card(family, model, listed, retired),
                rule,
                regional_card(family, model, listed),
            )
            periods = compile_model(family, model, sources, as_of, compiled)
            if periods:
                models[model] = periods
    compiled.families['openrouter'] = with_modalities(compiled, with_creator(compiled), as_of)
    correct_families(compiled, corrections)
    for family in FAMILIES:
        compiled.families[family] = with_tiers_to_come(compiled.families[family], as_of)
    add_steps_of_makers(compiled.families, as_of)
    compiled.left_out += not_sold(rules)
    add_vertex_aliases(compiled.families['google-vertex'])
    add_gateway(compiled, as_of)
    return compiled


def with_creator(compiled: Compiled) -> Models:
    """OpenRouter names every model `creator/model`; genai-prices lists the shorter names too."""
    models = compiled.families['openrouter']
    reason = 'OpenRouter calls no model so: the creator is missing'
    compiled.left_out += [('openrouter', model, reason) for model in models if '/' not in model]
    return {model: periods for model, periods in models.items() if '/' in model}


def with_modalities(compiled: Compiled, models: Models, as_of: str) -> Models:
    """
    OpenRouter charges what the maker does; the datasets list its rates for text only. So where the
    maker has the same ones, audio and images cost what the maker lists.
    """
    filled = {}
    for model, periods in models.items():
        made = made_by(model)
        found = None if made is None else resolve(compiled.families, *made)
        # Today's first: what an id costs today is known best.
        own = compiled.families[found[0]][found[1]] if found is not None else ()
        cards = [each.card for each in reversed(own) if each.start <= as_of]
        filled[model] = tuple(replace(each, card=fill_modalities(each.card, cards)) for each in periods)
    return filled


def fill_modalities(card: Card, others: list[Card]) -> Card:
    other = next((each for each in others if base_agrees(card, each)), None)
    known = {} if other is None else {column: other.rates[column] for column in MODALITY_COLUMNS if column in other.rates}
    if not known:
        return card
    steps = dict(other.above)
    above = tuple(
        (tokens, {**{column: steps.get(tokens, known).get(column, rate) for column, rate in known.items()}, **rates})
        for tokens, rates in card.above
    )
    return replace(card, rates={**known, **card.rates}, above=above)


def correct_families(compiled: Compiled, corrections: list[Correction]) -> None:
    """Row by row; a row may also price a model that was left out."""
    for row in corrections:
        models = compiled.families[row.family]
        for model in row.models:
            if row.absent:
                models.pop(model)
                compiled.left_out.append((row.family, model, row.reason))
                continue
            if row.like:
                models[model] = compiled.families[row.family][row.like]
            # A charge on top of a price is none.
            if model not in models and not row.is_price:
                continue
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
    ids = {each for each in [*listed.get(family, {}), *retired.get(family, {})] if is_sold(family, each)}
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
        if not is_sold(family, model) and not is_free(model)
    ]


def is_sold(family: str, model: str) -> bool:
    """genai-prices has one list for both of Google's platforms; only one of them sells Claude."""
    if family == 'google' and 'claude' in model:
        return False
    # A label of genai-prices, not an id.
    return not model.startswith('regional.') and not is_free(model)


def is_free(model: str) -> bool:
    """OpenRouter's, and the reader knows by the name that it costs nothing; nobody else calls a model so."""
    return model.endswith(':free')


def retired_card(family: str, model: str, listed: Listings, retired: Listings) -> Card | None:
    listing = retired.get(family, {}).get(model) if model in listed.get(family, {}) else None
    return None if listing is None else listing.card


def find_listing(family: str, model: str, listed: Listings, retired: Listings) -> tuple[Listing | None, Release]:
    listing = listed.get(family, {}).get(model)
    if listing is not None:
        return listing, LITELLM
    return retired.get(family, {}).get(model), LITELLM_RETIRED


def compile_model(
    family: str,
    model: str,
    sources: Sources,
    as_of: str,
    compiled: Compiled,
) -> tuple[Period, ...]:
    listing, rule = sources.listing, sources.rule
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

    if family == 'azure' and card is not None:
        listed, card = card, global_card(compiled, model, card, covered, as_of)
        if card != listed:
            disagree(listed, card, 'a tenth less: a global deployment')
    if family == 'openrouter':
        covered = with_steps_of_later(covered)
    periods = merge_periods(model, card, sources, covered, as_of, disagree)
    if not all(is_billable(each.card) for each in periods):
        compiled.left_out.append((family, model, 'no rate of a kind that the catalogue knows, or 0'))
        return ()
    if family == 'openai':
        periods = tuple(Period(each.start, with_fast_mode(each.card)) for each in periods)
    is_claude = 'claude' in model
    return collapse(Period(each.start, complete(each.card, is_claude)) for each in periods)


def with_cache_of(step: Rates, rates: Rates) -> Rates:
    """The step, with cache rates that are to its input what they are to that of other rates."""
    others = {column: rate for column, rate in step.items() if column not in CACHE_COLUMNS}
    return {**others, **scale_cache(step, rates)}


def with_fast_mode(card: Card) -> Card:
    """OpenAI has renamed its priority processing to fast mode, and answers by either name."""
    tier = card.tiers.get('fast') or card.tiers.get('priority')
    return card if tier is None else replace(card, tiers={'fast': tier, 'priority': tier, **card.tiers})


def global_card(compiled: Compiled, model: str, card: Card, covered: tuple[Period, ...], as_of: str) -> Card:
    """
    Azure's Global Standard costs what OpenAI lists, a deployment bound to a region or data zone a
    tenth more. A span does not tell them apart, and the catalogue has the global price; for a few
    models LiteLLM lists the other.
    """
    found = resolve(compiled.families, 'openai', model)
    others = [covered] if covered else []
    if found is not None:
        others.append(compiled.families[found[0]][found[1]])
    for other in others:
        if base_agrees(card, scale(current_card(other, as_of), REGIONAL)):
            return scale(card, 1 / REGIONAL)
    return card


def with_steps_like(tier: Card, card: Card, today: Card | None) -> Card:
    """
    The retired release lists few steps of tiers. Where the newest has them, they are to the tier
    what the standard ones are to the standard price, so they were then.
    """
    if tier.above or today is None or not today.above or not card.rates.get('input'):
        return tier
    factor = tier.rates['input'] / card.rates['input']
    return replace(tier, above=tuple((tokens, scale_rates(rates, factor)) for tokens, rates in card.above))


def with_steps_of_later(covered: tuple[Period, ...]) -> tuple[Period, ...]:
    """
    OpenRouter's prices of long prompts are in genai-prices since it first recorded them, months
    after they were charged: where an earlier period has the same base rates, it had them too. Its
    cache rates may have been others.
    """
    periods = list(covered)
    for index, period in enumerate(periods):
        later = [each.card.above for each in periods[index + 1 :] if each.card.above and base_agrees(period.card, each.card)]
        if not period.card.above and later:
            above = tuple((tokens, with_cache_of(rates, period.card.rates)) for tokens, rates in later[0])
            periods[index] = replace(period, card=replace(period.card, above=above))
    return tuple(periods)


def merge_periods(
    model: str,
    card: Card | None,
    sources: Sources,
    covered: tuple[Period, ...],
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
    release, regional = sources.release, sources.regional
    if not covered:
        return with_tiers_before((Period('', card),), sources.before, as_of)
    has_steps = len(covered) > 1 and any(period.card.above for period in covered)
    current = [period for period in covered if period.start <= as_of][-1]
    merged = []
    for period in covered:
        chosen = period.card
        if base_agrees(card, period.card):
            chosen = fill(with_steps(card, period.card.above) if has_steps else card, period.card)
            if differs_in_search(card, period.card):
                # LiteLLM has the fee of OpenAI's older tool, to which only models of that name are bound.
                is_older_tool = 'search-preview' in model
                if not is_older_tool:
                    chosen = replace(chosen, rates={**chosen.rates, **search_of(period.card).rates})
                if period is current:
                    taken = release.name if is_older_tool else GENAI_PRICES.name
                    disagree(search_of(card), search_of(period.card), taken)
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
    return with_tiers_before(tuple(merged), sources.before, as_of)


def with_tiers_before(periods: tuple[Period, ...], before: Card | None, as_of: str) -> tuple[Period, ...]:
    """
    genai-prices keeps no history of service tiers, so a past period has those of the retired
    release where that has its base rates. What of them the newest release no longer lists today
    is known to have been charged until the retired one was made.
    """
    if before is None or not before.tiers:
        return periods
    current = [period for period in periods if period.start <= as_of][-1]
    told: list[Period] = []
    for period in periods:
        card = period.card
        tiers = {name: with_steps_like(tier, card, current.card.tiers.get(name)) for name, tier in before.tiers.items()}
        tiers.update(card.tiers)
        if period.start > current.start or len(tiers) == len(card.tiers) or not base_agrees(before, card):
            told.append(period)
        elif period is not current:
            told.append(replace(period, card=replace(card, tiers=tiers)))
        elif period.start < LITELLM_RETIRED.date:
            told += [replace(period, card=replace(card, tiers=tiers)), Period(LITELLM_RETIRED.date, card)]
        else:
            told.append(period)
    return tuple(told)


def differs_in_search(one: Card, other: Card) -> bool:
    return 'search' in one.rates and 'search' in other.rates and one.rates['search'] != other.rates['search']


def search_of(card: Card) -> Card:
    return Card({'search': card.rates['search']})


def precise(rates, other):
    """A rate by the second that LiteLLM has cut after four digits; genai-prices has it by the hour."""
    if 'second' in rates and 'second' in other:
        return {**rates, 'second': other['second']}
    return rates


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
