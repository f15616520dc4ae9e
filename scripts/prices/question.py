"""What is asked of all calculators: the reference cases, and a sample of the catalogue."""

import hashlib
import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from card import COLUMNS
from changes import Catalog

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = 500


@dataclass(frozen=True)
class Question:
    """`usage` is in buckets that do not overlap, as in src/usage/usage.ts."""

    name: str
    provider: str
    model: str
    at: str
    usage: dict[str, float]
    tier: str | None = None
    region: str | None = None
    expected: float | None = None
    # By how much the answer is to be multiplied.
    times: int = 1


@dataclass(frozen=True)
class Answer:
    """Costspan's: dollars, or why there are none."""

    family: str
    found: str
    usd: float | None
    reason: str


def read_cases(path: Path) -> list[Question]:
    cases = json.loads(path.read_text(encoding='utf-8'))['cases']
    return [
        Question(
            case['id'],
            case['provider'],
            case['model'],
            case['timestamp'],
            to_buckets(case['usage']),
            case.get('serviceTier'),
            case.get('inferenceGeo'),
            float(case['expectedUsd']),
        )
        for case in cases
    ]


def to_buckets(usage: dict[str, float]) -> dict[str, float]:
    """The cases count as vendors do: input includes what was cached, output what was spoken or drawn."""

    def count(name: str) -> float:
        return usage.get(name, 0)

    return {
        'input': count('input') - count('cacheRead') - count('cacheWrite') - count('audioIn'),
        'cacheRead': count('cacheRead'),
        'cacheWrite5m': usage.get('cacheWrite5m', count('cacheWrite')),
        'cacheWrite1h': count('cacheWrite1h'),
        'output': count('output') - count('audioOut') - count('imageOut'),
        'audioInput': count('audioIn'),
        'audioOutput': count('audioOut'),
        'imageOutput': count('imageOut'),
        'characters': count('characters'),
        'seconds': count('audioSeconds'),
        'searches': count('webSearches') + count('rerankSearches'),
    }


def sample(catalog: Catalog, at: str) -> list[Question]:
    """Models by the order of their digests, which is the same every time, with a usage that their card prices."""
    models = [(family, model) for family, listed in catalog['families'].items() for model in listed]
    chosen = sorted(models, key=lambda each: digest(*each))[:SAMPLE]
    return [to_question(catalog, family, model, at) for family, model in chosen]


def digest(family: str, model: str) -> str:
    return hashlib.sha256(f'{family} {model}'.encode()).hexdigest()


def to_question(catalog: Catalog, family: str, model: str, at: str) -> Question:
    stored = catalog['families'][family][model]
    card = stored if isinstance(stored, dict) else stored[-1][1]
    rates = {column: rate for column, rate in zip(COLUMNS, card['rates']) if rate is not None}
    seed = int(digest(family, model)[:8], 16)
    # One in four prompts is long.
    scale = 100 if seed % 4 == 0 else 1
    usage: dict[str, float] = {}
    if 'input' in rates:
        usage['input'] = 2000 * scale
    for column, tokens in (('output', 700), ('cacheRead', 1000 * scale), ('cacheWrite5m', 300)):
        if column in rates:
            usage[column] = tokens
    if 'characters' in rates:
        usage['characters'] = 400
    if 'second' in rates:
        usage['seconds'] = 90
    if 'search' in rates:
        usage['searches'] = 1 + seed % 2
    tiers = [None, *sorted(card.get('tiers', {}))]
    return Question(f'{family} {model}', family, model, at, usage, tiers[seed // 4 % len(tiers)])


def ask(questions: Iterable[Question]) -> list[Answer]:
    """Costspan's answers, by answers.ts."""
    lines = [
        json.dumps(
            {
                'provider': each.provider,
                'model': each.model,
                'at': each.at,
                'usage': each.usage,
                'serviceTier': each.tier,
                'region': each.region,
            }
        )
        for each in questions
    ]
    command = ['npx', 'tsx', str(ROOT / 'scripts' / 'prices' / 'answers.ts')]
    result = subprocess.run(command, input='\n'.join(lines), capture_output=True, text=True, check=True, cwd=ROOT)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    return [Answer(each['family'], each.get('found', ''), each.get('usd'), each.get('reason', '')) for each in answers]
