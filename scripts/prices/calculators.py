"""Two calculators that are not ours: genai-prices' own, and LiteLLM's table by the meaning of its keys."""

import warnings
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import ModuleType

from from_genai_prices import CONTEXTS
from from_genai_prices import PROVIDERS as GENAI_PROVIDERS
from from_litellm import PROVIDERS as LITELLM_PROVIDERS
from off_peak import minutes
from question import Question

# Buckets that are part of a prompt, and of an answer.
PROMPT = ('input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'audioInput', 'imageInput')
ANSWER = ('output', 'audioOutput', 'imageOutput')

# OpenAI's fast mode is its priority processing.
SUFFIXES = {
    'batch': '_batches',
    'flex': '_flex',
    'priority': '_priority',
    'fast': '_priority',
    'ultrafast': '_ultrafast',
}


def total(usage: Mapping[str, float], buckets: tuple[str, ...]) -> float:
    return sum(usage.get(bucket, 0) for bucket in buckets)


class GenaiPrices:
    name = 'genai-prices'

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def answer(self, question: Question, family: str) -> float | str:
        """Dollars, or why there are none."""
        if family not in GENAI_PROVIDERS:
            return 'has no such provider'
        usage = question.usage
        writes = usage.get('cacheWrite5m', 0) + usage.get('cacheWrite1h', 0)
        counts = {
            'input_tokens': total(usage, PROMPT),
            'cache_read_tokens': usage.get('cacheRead', 0),
            'cache_write_tokens': writes,
            'cache_write_1h_tokens': usage.get('cacheWrite1h', 0),
            'output_tokens': total(usage, ANSWER),
            'input_audio_tokens': usage.get('audioInput', 0),
            'output_audio_tokens': usage.get('audioOutput', 0),
            'output_image_tokens': usage.get('imageOutput', 0),
            'web_searches': usage.get('searches', 0),
        }
        context = CONTEXTS[question.tier][0] if question.tier in CONTEXTS else None
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            try:
                calculated = self.module.calc_price(
                    self.module.Usage(**{key: int(count) for key, count in counts.items() if count}),
                    question.model,
                    provider_id=GENAI_PROVIDERS[family][0],
                    genai_request_timestamp=datetime.fromisoformat(question.at),
                    price_context=context,
                )
            except LookupError:
                return 'has no such model'
            except ValueError as error:
                return f'refuses the usage: {error}'
        return float(calculated.total_price)


class Litellm:
    name = 'LiteLLM'

    def __init__(self, *tables: dict[str, dict]) -> None:
        self.tables = tables

    def entry(self, family: str, model: str) -> dict | None:
        """By the key `provider/model`, then by the model alone if it is that provider's; the newest table first."""
        prefixes = {prefix: None for _, (name, prefix) in LITELLM_PROVIDERS.items() if name == family and prefix}
        if family == 'google-vertex':
            prefixes = {'vertex_ai/': None}
        tuned = ':'.join(model.split(':')[:2]) if model.startswith('ft:') else model
        for table in self.tables:
            for key in [*(prefix + tuned for prefix in prefixes), tuned]:
                entry = table.get(key)
                if entry is not None and self.family(entry) == family:
                    return entry
        return None

    def family(self, entry: dict) -> str:
        provider = str(entry.get('litellm_provider'))
        if provider.startswith('vertex_ai'):
            return 'google-vertex'
        return LITELLM_PROVIDERS.get(provider, (provider, ''))[0]

    def answer(self, question: Question, family: str) -> float | str:
        entry = self.entry(family, question.model)
        if entry is None:
            return 'has no such model'
        usage = question.usage
        if usage.get('seconds') and 'input_cost_per_second' in entry:
            return float(entry['input_cost_per_second']) * usage['seconds']
        if usage.get('characters') and 'input_cost_per_character' in entry:
            return float(entry['input_cost_per_character']) * usage['characters']
        if entry.get('mode') == 'rerank' and 'input_cost_per_query' in entry and not usage.get('input'):
            return float(entry['input_cost_per_query']) * usage.get('searches', 0)
        if 'input_cost_per_token' not in entry and 'output_cost_per_token' not in entry:
            return 'lists no price for it'
        if usage.get('output') and 'output_cost_per_token' not in entry:
            return 'lists no price for text that it answers'
        factors = entry.get('provider_specific_entry') or {}
        tier = question.tier
        factor = Decimal(1)
        for name in (question.region, tier):
            if isinstance(factors.get(name), Decimal):
                factor *= factors[name]
        return float(self.tokens(at_hour(entry, question.at), usage, tier) * factor + self.searches(entry, usage))

    def tokens(self, entry: dict, usage: Mapping[str, float], tier: str | None) -> Decimal:
        suffix = SUFFIXES.get(str(tier), '')
        step = self.step(entry, total(usage, PROMPT))

        def rate(key: str, otherwise: Decimal | None = None) -> Decimal:
            """The rate of the tier and step; else that of the tier, of the step, or the plain one."""
            for name in (key + step + suffix, key + suffix, key + step, key):
                if entry.get(name) is not None:
                    return entry[name]
            return Decimal(0) if otherwise is None else otherwise

        prompt, answer = rate('input_cost_per_token'), rate('output_cost_per_token')
        write = rate('cache_creation_input_token_cost', prompt)
        rates = {
            'input': prompt,
            'imageInput': rate('input_cost_per_image_token', prompt),
            'audioInput': rate('input_cost_per_audio_token', prompt),
            'cacheRead': rate('cache_read_input_token_cost', prompt),
            'cacheWrite5m': write,
            'cacheWrite1h': rate('cache_creation_input_token_cost_above_1hr', write),
            'output': answer,
            'audioOutput': rate('output_cost_per_audio_token', answer),
            'imageOutput': rate('output_cost_per_image_token', answer),
        }
        return sum((rates[bucket] * Decimal(usage.get(bucket, 0)) for bucket in rates), Decimal(0))

    def step(self, entry: dict, prompt: float) -> str:
        """The suffix of the highest boundary that the whole prompt is above."""
        start, end = 'input_cost_per_token_above_', 'k_tokens'
        listed = [key.removeprefix(start).removesuffix(end) for key in entry if key.startswith(start) and key.endswith(end)]
        reached = [int(each) for each in listed if each.isdigit() and prompt > int(each) * 1000]
        return f'_above_{max(reached)}k_tokens' if reached else ''

    def searches(self, entry: dict, usage: Mapping[str, float]) -> Decimal:
        by_context = entry.get('search_context_cost_per_query') or {}
        fee = by_context.get('search_context_size_medium', Decimal(0))
        return fee * Decimal(usage.get('searches', 0))


def at_hour(entry: dict, at: str) -> dict:
    """The entry with the rates of the hours of its discount, if it is one of them."""
    off_peak = entry.get('off_peak_pricing')
    if not off_peak:
        return entry
    moment = datetime.fromisoformat(at)
    minute = moment.hour * 60 + moment.minute
    for window in off_peak.get('windows') or [off_peak]:
        hours = window['hours_utc']
        for each in [hours] if isinstance(hours, str) else hours:
            start, end = (minutes(time) for time in each.split('-'))
            is_open = start <= minute < end if start < end else minute >= start or minute < end
            if is_open and moment.isoweekday() in map(int, window.get('weekdays') or range(1, 8)):
                return {**entry, **{key: rate for key, rate in off_peak.items() if isinstance(rate, Decimal)}}
    return entry
