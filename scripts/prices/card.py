"""A price list entry while it is being compiled: rates by column, steps, service tiers."""

from dataclasses import dataclass, field, replace
from decimal import Context, Decimal

# The order of `rateNames` in src/price/price.ts, which has one more that no catalogue knows.
COLUMNS = (
    'input',
    'output',
    'cacheRead',
    'cacheWrite5m',
    'cacheWrite1h',
    'audioInput',
    'audioOutput',
    'imageInput',
    'imageOutput',
    'characters',
    'second',
    'search',
    'request',
    'minimumSeconds',
)
CACHE_COLUMNS = ('cacheRead', 'cacheWrite5m', 'cacheWrite1h')
MODALITY_COLUMNS = ('audioInput', 'audioOutput', 'imageInput', 'imageOutput')
NEIGHBOURS = {'audioInput': 'input', 'imageInput': 'input', 'audioOutput': 'output', 'imageOutput': 'output'}
FEE_COLUMNS = ('characters', 'second', 'search', 'request', 'minimumSeconds')

# Cheaper than standard, so that a standard rate is an upper bound.
DISCOUNT_TIERS = ('batch', 'flex')

Rates = dict[str, Decimal]

ROUNDING = Context(prec=12)
HALF = Decimal('0.5')


@dataclass(frozen=True)
class Card:
    rates: Rates
    above: tuple[tuple[int, Rates], ...] = ()
    tiers: dict[str, 'Card'] = field(default_factory=dict)
    # Factors on all token rates where inference is bound to a region.
    regions: dict[str, Decimal] = field(default_factory=dict)
    # What is charged instead at certain hours.
    hours: tuple['Hours', ...] = ()


@dataclass(frozen=True)
class Hours:
    """Weekdays (UTC, `1` is Monday), and minutes of the day (UTC): from, and until, which is excluded."""

    weekdays: str
    start: int
    end: int
    card: Card


def clean(number: Decimal) -> Decimal:
    """Twelve digits: more are the noise of a float that someone wrote down."""
    return ROUNDING.plus(number)


def is_billable(card: Card) -> bool:
    """
    Whether anything costs something: a dataset writes 0 where it does not know a price. If input
    costs, so does output.
    """
    if card.rates.get('input') and card.rates.get('output') == 0:
        return False
    # A search costs extra, except where it is all there is: a ranking.
    return any(rate > 0 for column, rate in card.rates.items() if column != 'search' or len(card.rates) == 1)


def base_agrees(one: Card, other: Card) -> bool:
    """
    Whether both cards have the same base rates, as far as both have them. One dataset has a rate
    by the second, the other by the hour, so there a hundredth is nothing but rounding.
    """
    columns = ('input', 'output', 'characters', 'second')
    shared = [column for column in columns if column in one.rates and column in other.rates]
    return bool(shared) and all(is_same(one.rates[column], other.rates[column], column) for column in shared)


def is_same(one: Decimal, other: Decimal, column: str) -> bool:
    return one == other or (column == 'second' and abs(one - other) < other / 100)


def fill(card: Card, other: Card) -> Card:
    """The card, with what only `other` knows."""
    tiers = {**other.tiers, **card.tiers}
    for name in card.tiers.keys() & other.tiers.keys():
        if base_agrees(card.tiers[name], other.tiers[name]):
            tiers[name] = fill(card.tiers[name], other.tiers[name])
    return Card(
        {**other.rates, **card.rates},
        card.above or other.above,
        tiers,
        {**other.regions, **card.regions},
        card.hours or other.hours,
    )


def scale(card: Card, factor: Decimal) -> Card:
    """The card with all token rates times a factor; fees stay."""
    tiers = {name: scale(tier, factor) for name, tier in card.tiers.items()}
    above = tuple((tokens, scale_rates(rates, factor)) for tokens, rates in card.above)
    hours = tuple(replace(each, card=scale(each.card, factor)) for each in card.hours)
    return replace(card, rates=scale_rates(card.rates, factor), above=above, tiers=tiers, hours=hours)


def scale_rates(rates: Rates, factor: Decimal) -> Rates:
    return {column: rate if column in FEE_COLUMNS else clean(rate * factor) for column, rate in rates.items()}


def restep(card: Card, before: Rates, after: Rates) -> Card:
    """
    The card after its standard price went from some rates to others: every token rate of it, of long prompts and
    of its tiers is multiplied as the standard one was. What was not listed follows its neighbour.
    """

    def factor(column: str) -> Decimal:
        neighbour = NEIGHBOURS.get(column, 'input')
        for each in (column, neighbour):
            if before.get(each) and each in after:
                return after[each] / before[each]
        return Decimal(1)

    def changed(rates: Rates) -> Rates:
        return {column: rate if column in FEE_COLUMNS else clean(rate * factor(column)) for column, rate in rates.items()}

    tiers = {name: restep(tier, before, after) for name, tier in card.tiers.items()}
    above = tuple((tokens, changed(rates)) for tokens, rates in card.above)
    return replace(card, rates=changed(card.rates), above=above, tiers=tiers)


def complete(card: Card, is_claude: bool) -> Card:
    """
    Rows stand alone in the catalogue, so each gets the rates it shares with the standard one.
    Anthropic documents that its cache multipliers stack on batch, fast and long context rates,
    and that an hour's write costs 2 instead of 1.25 times the input.
    """
    rates = without_noughts(card.rates)
    standard = without_repeats(add_hour_write(rates) if is_claude else rates)
    above = complete_steps(card.above, standard, is_claude)
    tiers = {}
    for name, tier in share_discounts(card.tiers).items():
        if is_claude and name == 'batch':
            # Anthropic documents half of everything; LiteLLM has other factors at times.
            tier = Card(scale_rates(standard, HALF))
        if not is_complete_tier(name, tier, standard):
            continue
        rates = complete_tier_rates(name, tier.rates, standard, is_claude)
        tiers[name] = Card(rates, complete_tier_steps(tier, above, rates, standard, is_claude))
    hours = tuple(replace(each, card=complete(each.card, is_claude)) for each in card.hours)
    return Card(standard, above, tiers, card.regions, hours)


def without_noughts(rates: Rates) -> Rates:
    """
    Datasets write 0, or the fee for storage, for cache rates they do not know. Cached tokens are
    in no other bucket, so without a rate they cost what input costs.
    """
    base = rates.get('input', Decimal(0))
    lowest = {'cacheWrite5m': base, 'cacheWrite1h': base}
    return {
        column: rate
        for column, rate in rates.items()
        if column not in CACHE_COLUMNS or base == 0 or (rate > 0 and rate >= lowest.get(column, rate))
    }


def without_repeats(rates: Rates) -> Rates:
    """Audio and images at the price of text need no rate; a row above would inherit it."""
    return {
        column: rate
        for column, rate in rates.items()
        if column not in NEIGHBOURS or rates.get(NEIGHBOURS[column]) != rate
    }


def share_discounts(tiers: dict[str, Card]) -> dict[str, Card]:
    """OpenAI and Google document flex at the price of batch, so what only one of them lists is the other's."""
    flex, batch = tiers.get('flex'), tiers.get('batch')
    if flex is None or batch is None or not base_agrees(flex, batch):
        return tiers
    return {**tiers, 'flex': fill(flex, batch), 'batch': fill(batch, flex)}


def add_hour_write(rates: Rates) -> Rates:
    if 'cacheWrite5m' not in rates or 'input' not in rates:
        return rates
    return {**rates, 'cacheWrite1h': clean(rates['input'] * 2)}


def scale_cache(rates: Rates, standard: Rates) -> Rates:
    """The cache rates of a row, in the proportion to input that they have in the standard row."""
    if not standard.get('input'):
        return {}
    factor = rates['input'] / standard['input']
    return {column: clean(standard[column] * factor) for column in CACHE_COLUMNS if column in standard}


def complete_steps(steps, standard: Rates, is_claude: bool):
    """What a step does not list is charged as below it."""
    return tuple(
        (tokens, without_repeats({**standard, **(scale_cache(rates, standard) if is_claude else {}), **without_noughts(rates)}))
        for tokens, rates in steps
        if 'input' in rates
    )


def is_complete_tier(name: str, tier: Card, standard: Rates) -> bool:
    """A dearer tier must list audio and images itself; they would be priced too low."""
    needed = ('input', 'output') if name in DISCOUNT_TIERS else ('input', 'output', *MODALITY_COLUMNS)
    return all(column in tier.rates for column in needed if column in standard)


def complete_tier_rates(name: str, rates: Rates, standard: Rates, is_claude: bool) -> Rates:
    """
    Cache rates that a tier does not list are those of its input, but in a cheaper tier nothing costs
    more than in the standard one; audio and images are standard. No tier has a fee of its own.
    """
    inherited = {column: standard[column] for column in MODALITY_COLUMNS + FEE_COLUMNS if column in standard}
    fees = {column: standard[column] for column in ('search', 'request') if column in standard}
    scaled = scale_cache(rates, standard) if is_claude else {}
    own = without_noughts(rates)
    if not is_claude and name in DISCOUNT_TIERS and standard.get('cacheRead', own.get('input', 0)) < own.get('input', 0):
        scaled['cacheRead'] = standard['cacheRead']
    return without_repeats({**inherited, **scaled, **own, **fees})


def complete_tier_steps(tier: Card, above, rates: Rates, standard: Rates, is_claude: bool):
    """Without steps of its own, a tier has the standard ones: no vendor sells long prompts cheaper."""
    if tier.above:
        return complete_steps(tier.above, rates, is_claude)
    if not is_claude:
        return above
    factor = rates['input'] / standard['input']
    return tuple((tokens, scale_rates(row, factor)) for tokens, row in above)


def with_steps(card: Card, above) -> Card:
    """The card with other steps, and tiers that follow them."""
    tiers = {name: replace(tier, above=tier.above if above else ()) for name, tier in card.tiers.items()}
    return replace(card, above=above, tiers=tiers)
