"""
The catalogue in the form in which it is shipped: half the size, as a compressor finds nothing to do twice.
`src/price/stored-catalog.ts` unpacks it.
"""

import json

from card import COLUMNS

# What is not charged by the token costs the same in every tier and region.
UNSCALED = {'search', 'request', 'minimumSeconds'}

DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'


def pack(catalog: dict) -> dict:
    """
    By family the models, in order, as lines: how many characters each shares with the one before, as one digit to the
    base of 36, and the rest; and their cards. A card that came before is its number, in the order of first sight.
    """
    numbers: dict[str, int] = {}

    def pack_card(card: dict):
        key = json.dumps(card, sort_keys=True)
        if key in numbers:
            return numbers[key]
        numbers[key] = len(numbers)
        return with_factors(card)

    families = {}
    for family, models in catalog['families'].items():
        cards = [
            [[day, pack_card(card)] for day, card in model] if isinstance(model, list) else pack_card(model)
            for model in models.values()
        ]
        families[family] = [pack_names(list(models)), cards]
    return {'version': catalog['version'], 'families': families}


def unpack(packed: dict) -> dict:
    cards: list[dict] = []

    def unpack_card(stored):
        if isinstance(stored, int):
            return cards[stored]
        cards.append(without_factors(stored))
        return cards[-1]

    families = {}
    for family, (names, models) in packed['families'].items():
        unpacked = [
            [[day, unpack_card(card)] for day, card in model] if isinstance(model, list) else unpack_card(model)
            for model in models
        ]
        families[family] = dict(zip(unpack_names(names), unpacked, strict=True))
    return {'version': packed['version'], 'families': families}


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


def pack_names(names: list[str]) -> str:
    lines, before = [], ''
    for name in names:
        shared = 0
        while shared < min(len(name), len(before), 35) and name[shared] == before[shared]:
            shared += 1
        lines.append(DIGITS[shared] + name[shared:])
        before = name
    return '\n'.join(lines)


def unpack_names(text: str) -> list[str]:
    names: list[str] = []
    for line in text.split('\n'):
        before = names[-1] if names else ''
        names.append(before[: int(line[0], 36)] + line[1:])
    return names
