"""
The catalogue in the form in which it is shipped: half the size, as a compressor finds nothing to do twice.
`src/price/packed-catalog.ts` unpacks it.
"""

import json
import re

from card import COLUMNS

# What is not charged by the token costs the same in every tier and region.
UNSCALED = {'search', 'request', 'minimumSeconds'}

DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'

# Families with ids and cards alike are neighbours, as far as that was worth a byte (tried in November 2026).
NEIGHBOURS = (
    'gateway aws cohere openrouter azure anthropic deepseek google mistral groq openai google-vertex fireworks xai '
    'perplexity togetherai'
).split()


def pack(catalog: dict) -> dict:
    """
    All ids, then all cards: what is alike stands together. By family the ids, in order, with a blank between: how many
    characters each shares with the one before, as one digit to the base of 36, and the rest. And in the same order the
    cards: one that is no more than its rates is these; one that came before is its number, in the order of first sight.
    """
    place = {family: index for index, family in enumerate(NEIGHBOURS)}
    families = sorted(catalog['families'].items(), key=lambda item: (place.get(item[0], len(place)), item[0]))
    numbers: dict[str, int] = {}

    def pack_card(card: dict):
        key = json.dumps(card, sort_keys=True)
        if key in numbers:
            return numbers[key]
        numbers[key] = len(numbers)
        packed = with_factors(card)
        return packed['rates'] if packed.keys() == {'rates'} else packed

    return {
        'ids': {family: pack_ids(list(models)) for family, models in families},
        'cards': [
            [
                [[day, pack_card(card)] for day, card in model] if isinstance(model, list) else pack_card(model)
                for model in models.values()
            ]
            for _, models in families
        ],
    }


def unpack(packed: dict) -> dict:
    """The families of a catalogue."""
    cards: list[dict] = []

    def unpack_card(stored):
        if isinstance(stored, int):
            return cards[stored]
        cards.append(without_factors({'rates': stored} if isinstance(stored, list) else stored))
        return cards[-1]

    families = {}
    for (family, ids), models in zip(packed['ids'].items(), packed['cards'], strict=True):
        unpacked = [
            [[day, unpack_card(card)] for day, card in model] if is_dated(model) else unpack_card(model)
            for model in models
        ]
        families[family] = dict(zip(unpack_ids(ids), unpacked, strict=True))
    return families


# By their first letter, as each of them costs bytes by the hundred.
SHORT = {'rates': 'r', 'above': 'a', 'tiers': 't'}


def to_text(packed: dict) -> str:
    """JSON with some keys short, and nothing where null would be, nor where 0 would be before a point."""
    text = json.dumps(packed, separators=(',', ':'), ensure_ascii=False)
    for long, short in SHORT.items():
        text = text.replace(f'"{long}":', f'"{short}":')
    text = re.sub(r'(?<=[\[,])0(?=\.)', '', text.replace('null', ''))
    assert from_text(text) == packed, 'what is packed cannot be told from what is left out'
    return text


def from_text(text: str) -> dict:
    for long, short in SHORT.items():
        text = text.replace(f'"{short}":', f'"{long}":')
    return json.loads(re.sub(r'(?<=[\[,])(?=\.)', '0', re.sub(r'(?<=[\[,])(?=,)', 'null', text)))


def is_dated(model) -> bool:
    """A row of rates is a list too, of numbers."""
    return isinstance(model, list) and isinstance(model[0], list)


def with_factors(card: dict) -> dict:
    """
    A tier that costs so many times the standard price is that number; rates of long prompts that cost so many times
    the others are `[tokens, factor, factor of the output]`. Only where the product is the rate to the last bit.
    """
    packed = dict(card)
    if 'tiers' in card:
        packed['tiers'] = {name: factor_of_tier(card, tier) or tier for name, tier in card['tiers'].items()}
    if 'above' in card:
        packed['above'] = [pack_step(card['rates'], *step) for step in card['above']]
    if 'hours' in card:
        packed['hours'] = [[*hours[:3], with_factors(hours[3])] for hours in card['hours']]
    return packed


def without_factors(packed: dict) -> dict:
    card = dict(packed)
    if 'above' in packed:
        card['above'] = [unpack_step(packed['rates'], step) for step in packed['above']]
    if 'tiers' in packed:
        card['tiers'] = {
            name: scaled_price(card, tier) if isinstance(tier, (int, float)) else tier for name, tier in packed['tiers'].items()
        }
    if 'hours' in packed:
        card['hours'] = [[*hours[:3], without_factors(hours[3])] for hours in packed['hours']]
    return card


def factor_of_tier(card: dict, tier: dict) -> float | None:
    pairs = [*zip(card['rates'], tier['rates'])]
    ratios = [one / other for (other, one), name in zip(pairs, COLUMNS) if name not in UNSCALED and one and other]
    factor = shortest(ratios[0]) if ratios else None
    return factor if factor is not None and scaled_price(card, factor) == tier else None


def scaled_price(card: dict, factor: float) -> dict:
    price = {'rates': scaled_row(card['rates'], factor, factor)}
    if 'above' in card:
        price['above'] = [[tokens, scaled_row(row, factor, factor)] for tokens, row in card['above']]
    return price


def scaled_row(row: list, factor: float, output_factor: float) -> list:
    factors = [1 if name in UNSCALED else output_factor if name == 'output' else factor for name in COLUMNS]
    return [None if rate is None else whole(rate * each) for rate, each in zip(row, factors)]


def whole(number: float) -> float | int:
    return int(number) if float(number).is_integer() else number


def shortest(ratio: float) -> float | int:
    return whole(float(f'{ratio:.6g}'))


def pack_step(rates: list, tokens: int, row: list) -> list:
    if len(rates) > 1 and len(row) > 1 and rates[0] and rates[1] and row[0] and row[1]:
        factor, output_factor = shortest(row[0] / rates[0]), shortest(row[1] / rates[1])
        if scaled_row(rates, factor, output_factor) == row:
            return [tokens, factor, output_factor]
    return [tokens, row]


def unpack_step(rates: list, step: list) -> list:
    return step if len(step) == 2 else [step[0], scaled_row(rates, step[1], step[2])]


def pack_ids(ids: list[str]) -> str:
    words, before = [], ''
    for each in ids:
        shared = 0
        while shared < min(len(each), len(before), 35) and each[shared] == before[shared]:
            shared += 1
        words.append(DIGITS[shared] + each[shared:])
        before = each
    assert all(' ' not in word for word in words), 'an id has a blank'
    return ' '.join(words)


def unpack_ids(text: str) -> list[str]:
    ids: list[str] = []
    for word in text.split(' '):
        before = ids[-1] if ids else ''
        ids.append(before[: int(word[0], 36)] + word[1:])
    return ids
