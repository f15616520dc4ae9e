"""Cards from LiteLLM's table, by provider family and exact model id."""

import re
from dataclasses import dataclass
from decimal import Decimal

from card import Card, Rates, clean, is_billable, scale
from off_peak import read_hours

MODES = {'chat', 'completion', 'responses', 'embedding', 'audio_speech', 'audio_transcription', 'rerank'}

# `litellm_provider` to our family, and the prefix that keys of that provider carry.
PROVIDERS = {
    'openai': ('openai', 'openai/'),
    'text-completion-openai': ('openai', ''),
    'azure': ('azure', 'azure/'),
    'anthropic': ('anthropic', 'anthropic/'),
    'gemini': ('google', 'gemini/'),
    'bedrock': ('aws', ''),
    'bedrock_converse': ('aws', ''),
    'groq': ('groq', 'groq/'),
    'mistral': ('mistral', 'mistral/'),
    'xai': ('xai', 'xai/'),
    'deepseek': ('deepseek', 'deepseek/'),
    'cohere': ('cohere', 'cohere/'),
    'cohere_chat': ('cohere', 'cohere/'),
    'perplexity': ('perplexity', 'perplexity/'),
    'together_ai': ('togetherai', 'together_ai/'),
    'fireworks_ai': ('fireworks', 'fireworks_ai/'),
    'fireworks_ai-embedding-models': ('fireworks', 'fireworks_ai/'),
    'vercel_ai_gateway': ('gateway', 'vercel_ai_gateway/'),
    'openrouter': ('openrouter', 'openrouter/'),
}

# Families whose ids have no slash: a key that has one names a deployment region, an image size or a preset.
PLAIN_FAMILIES = {'openai', 'azure', 'anthropic', 'aws', 'google'}

TOKEN_COLUMNS = {
    'input_cost_per_token': 'input',
    'output_cost_per_token': 'output',
    'cache_read_input_token_cost': 'cacheRead',
    'cache_creation_input_token_cost': 'cacheWrite5m',
    'cache_creation_input_token_cost_above_1hr': 'cacheWrite1h',
    'input_cost_per_audio_token': 'audioInput',
    'output_cost_per_audio_token': 'audioOutput',
    'input_cost_per_image_token': 'imageInput',
    'output_cost_per_image_token': 'imageOutput',
}
TIERS = {'flex': 'flex', 'priority': 'priority', 'ultrafast': 'ultrafast', 'batches': 'batch'}
STEP = re.compile(r'^input_cost_per_token_above_(\d+)k_tokens$')
MILLION = Decimal(1_000_000)

TIME_OF_DAY = 'price depends on the time of day, and no dataset says on which days from when'


@dataclass(frozen=True)
class Listing:
    """A card, or why there is none."""

    card: Card | None
    reason: str = ''


def family_and_model(key: str, entry: dict) -> tuple[str, str] | None:
    """Whose price list a key is in, and the model's id there; `None` if it is none of ours."""
    provider = str(entry.get('litellm_provider'))
    if provider.startswith('vertex_ai'):
        return 'google-vertex', key.removeprefix('vertex_ai/')
    if provider not in PROVIDERS:
        return None
    family, prefix = PROVIDERS[provider]
    model = key.removeprefix(prefix)
    if '/' in model and family in PLAIN_FAMILIES:
        return None
    if family in ('togetherai', 'fireworks') and not key.startswith(prefix):
        return None
    return (family, model) if model and not model.endswith('/') else None


def is_called_as_model(family: str, entry: dict) -> bool:
    """Google's image models answer `generateText`, and are billed by the token."""
    mode = entry.get('mode')
    if mode in MODES:
        return True
    is_google = family in ('google', 'google-vertex')
    return is_google and mode == 'image_generation' and 'input_cost_per_token' in entry and 'output_cost_per_token' in entry


def read_tokens(entry: dict, suffix: str = '') -> Rates:
    """The token rates whose keys end so, for a million."""
    listed = {column: entry.get(key + suffix) for key, column in TOKEN_COLUMNS.items()}
    return {column: clean(rate * MILLION) for column, rate in listed.items() if rate is not None}


def read_fees(entry: dict) -> Rates:
    """What is not charged by the token. A rate by the second is an estimate where tokens have a rate."""
    fees = {}
    mode = entry.get('mode')
    if mode == 'audio_speech' and entry.get('input_cost_per_character'):
        fees['characters'] = clean(entry['input_cost_per_character'] * MILLION)
    if mode == 'audio_transcription' and entry.get('input_cost_per_second') and not entry.get('input_cost_per_token'):
        fees['second'] = clean(entry['input_cost_per_second'])
    if mode == 'rerank' and entry.get('input_cost_per_query'):
        fees['search'] = clean(entry['input_cost_per_query'])
    by_context = entry.get('search_context_cost_per_query') or {}
    if mode in ('chat', 'responses'):
        fees.update(read_search_fee(by_context, entry))
    fees = {column: rate for column, rate in fees.items() if rate > 0}
    # What a request pays includes its searches. Without a rate, a usage that counts them has no price.
    return {**fees, 'search': Decimal(0)} if 'request' in fees else fees


def read_search_fee(by_context: dict, entry: dict) -> Rates:
    """
    A fee that depends on the size of the search context is in no span. Perplexity's is owed by
    every request, so its models have that of the size that Perplexity documents as default.
    """
    if len(set(by_context.values())) == 1:
        return {'search': clean(next(iter(by_context.values())))}
    if entry.get('litellm_provider') == 'perplexity' and 'search_context_size_low' in by_context:
        return {'request': clean(by_context['search_context_size_low'])}
    return {}


def read_steps(entry: dict, model: str, suffix: str = '') -> tuple[tuple[int, Rates], ...]:
    """Rates of prompts of more than so many tokens. xAI's begin at the boundary, not after it."""
    boundaries = sorted(int(match[1]) * 1000 for match in map(STEP.match, entry) if match)
    steps = []
    for boundary in boundaries:
        rates = read_tokens(entry, f'_above_{boundary // 1000}k_tokens{suffix}')
        if rates:
            steps.append((boundary - 1 if 'grok' in model else boundary, rates))
    return tuple(steps)


def read_factors(entry: dict) -> dict[str, Decimal]:
    """What LiteLLM multiplies all token rates by, in regions (`us`) and at a speed (`fast`)."""
    factors = entry.get('provider_specific_entry') or {}
    return {name: factor for name, factor in factors.items() if isinstance(factor, Decimal)}


def read_regions(entry: dict) -> dict[str, Decimal]:
    return {name: factor for name, factor in read_factors(entry).items() if len(name) == 2}


def read_fast(entry: dict, card: Card) -> dict[str, Card]:
    """Anthropic documents that fast mode multiplies everything, cache and long prompts included."""
    factor = read_factors(entry).get('fast')
    return {} if factor is None else {'fast': scale(card, factor)}


def read_card(entry: dict, model: str) -> Card:
    """An embedding or a ranking has no output; speech has one unit of its own or tokens."""
    rates = {**read_tokens(entry), **read_fees(entry)}
    tiers = {
        name: Card(read_tokens(entry, f'_{suffix}'), read_steps(entry, model, f'_{suffix}'))
        for suffix, name in TIERS.items()
    }
    is_ranking = entry.get('mode') == 'rerank'
    is_embedding = entry.get('mode') == 'embedding' or 'embed' in model
    for each in (rates, *(tier.rates for tier in tiers.values())):
        if is_embedding or is_ranking:
            each.pop('output', None)
        if is_ranking and not each.get('input'):
            each.pop('input', None)
    for unit in ('characters', 'second'):
        if unit in rates:
            return Card({unit: rates[unit]})
    card = Card(rates, read_steps(entry, model))
    tiers = {name: tier for name, tier in tiers.items() if 'input' in tier.rates}
    return Card(card.rates, card.above, {**read_fast(entry, card), **tiers}, read_regions(entry))


def read_off_peak(card: Card, entry: dict) -> Listing:
    """The card of the cheaper hours, with the dearer ones as exceptions, as genai-prices has it."""
    off_peak = entry['off_peak_pricing']
    hours = read_hours(off_peak, card)
    if hours is None or card.above or card.tiers:
        return Listing(None, TIME_OF_DAY)
    return Listing(Card({**card.rates, **read_tokens(off_peak)}, (), {}, card.regions, hours))


def read_listing(model: str, entry: dict) -> Listing:
    reasoning = entry.get('output_cost_per_reasoning_token')
    if reasoning and entry.get('output_cost_per_token') and reasoning != entry['output_cost_per_token']:
        return Listing(None, 'reasoning has a price of its own')
    card = read_card(entry, model)
    if entry.get('off_peak_pricing'):
        return read_off_peak(card, entry)
    return Listing(card) if is_billable(card) else Listing(None, 'LiteLLM lists no price, or 0')


def read_litellm(entries: dict[str, dict]) -> dict[str, dict[str, Listing]]:
    """Every model of ours. Where two keys name one model, the one with more rates counts, then the first."""
    families: dict[str, dict[str, Listing]] = {}
    for key in sorted(entries):
        entry = entries[key]
        named = family_and_model(key, entry)
        if named is None or not is_called_as_model(named[0], entry):
            continue
        family, model = named
        models = families.setdefault(family, {})
        listing = read_listing(model, entry)
        if model not in models or size(listing) > size(models[model]):
            models[model] = listing
    return families


def not_read(entries: dict[str, dict]) -> list[tuple[str, str, str]]:
    """Entries of our families that are no model which the SDK calls: family, key and why."""
    skipped = []
    for key in sorted(entries):
        entry = entries[key]
        provider = str(entry.get('litellm_provider'))
        named = family_and_model(key, entry)
        if named is None and provider in PROVIDERS:
            reason = 'names a region, an image size, a preset or a class of models, not a model'
            skipped.append((PROVIDERS[provider][0], key, reason))
        elif named is not None and not is_called_as_model(named[0], entry):
            skipped.append((named[0], key, f'not a call that the catalogue prices: {entry.get("mode")}'))
    return skipped


def other_providers(entries: dict[str, dict]) -> dict[str, int]:
    """Providers that are none of our families, and how many entries each has."""
    counts: dict[str, int] = {}
    for entry in entries.values():
        provider = str(entry.get('litellm_provider'))
        if provider not in PROVIDERS and not provider.startswith('vertex_ai'):
            counts[provider] = counts.get(provider, 0) + 1
    return dict(sorted(counts.items()))


def size(listing: Listing) -> int:
    if listing.card is None:
        return 0
    return len(listing.card.rates) + len(listing.card.above) + len(listing.card.tiers)
