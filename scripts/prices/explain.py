"""
Why a calculator's answer differs from costspan's. An explanation is a question that the other may
have understood instead: if costspan's answer to that is the other's, it did.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations

from question import Question, ask

# Several, if the sum of their answers is the answer. `times`, if it is a multiple.
Understood = Callable[[Question], list[Question]]


def moved(question: Question, *sources: str, to: str) -> Question:
    """The tokens of some buckets counted in another."""
    usage = dict(question.usage)
    usage[to] = usage.get(to, 0) + sum(usage.pop(source, 0) for source in sources)
    return replace(question, usage=usage)


def only(question: Question, *buckets: str) -> Question:
    return replace(question, usage={name: count for name, count in question.usage.items() if name in buckets})


def without(question: Question, *buckets: str) -> Question:
    return replace(question, usage={name: count for name, count in question.usage.items() if name not in buckets})


def without_audio(question: Question) -> Question:
    return moved(moved(question, 'audioInput', to='input'), 'audioOutput', to='output')


def standard_cache(question: Question) -> list[Question]:
    """What was cached at the standard price, the rest in the tier."""
    if question.tier is None:
        return [question]
    cache = ('cacheRead', 'cacheWrite5m', 'cacheWrite1h')
    return [without(question, *cache), replace(only(question, *cache), tier=None)]


def as_short(question: Question) -> Question:
    """A thousandth of the call, a thousand times."""
    shares = {name: count / 1000 for name, count in question.usage.items()}
    return replace(question, usage=shares, times=question.times * 1000)


def next_weekday(question: Question) -> Question:
    moment = datetime.fromisoformat(question.at)
    while moment.isoweekday() > 5:
        moment += timedelta(days=1)
    return replace(question, at=moment.isoformat())


def at_same_hour(question: Question, day: str) -> Question:
    """On the next working day, so that what is dearer then is."""
    return next_weekday(replace(question, at=day + question.at[10:]))


def a_token_less(question: Question) -> Question:
    return replace(question, usage={**question.usage, 'input': question.usage.get('input', 0) - 1})


def priced_by_openai(question: Question) -> Question:
    return replace(question, provider='openai') if question.provider.startswith('azure') else question


def understandings(today: str) -> dict[str, Understood]:
    """What other calculators have been seen to know less of."""
    return {
        'knows no fee for searches': lambda question: [without(question, 'searches')],
        'knows no rate for cache reads': lambda question: [moved(question, 'cacheRead', to='input')],
        'knows no rate for cache writes': lambda question: [moved(question, 'cacheWrite5m', 'cacheWrite1h', to='input')],
        'knows no rate for an hour in the cache': lambda question: [moved(question, 'cacheWrite1h', to='cacheWrite5m')],
        'knows no cache rates of the service tier': standard_cache,
        'knows no rate for audio': lambda question: [without_audio(question)],
        'knows no rate for images': lambda question: [moved(question, 'imageOutput', to='output')],
        'knows no such service tier': lambda question: [replace(question, tier=None)],
        'knows no regions': lambda question: [replace(question, region=None)],
        'knows no dated price': lambda question: [replace(question, at=today + question.at[10:])],
        'begins a step a token later': lambda question: [a_token_less(question)],
        'knows no rates for long prompts': lambda question: [as_short(question)],
        'knows hours, but no weekdays and no day from which': lambda question: [at_same_hour(question, today)],
        'knows hours, but no weekdays': lambda question: [next_weekday(question)],
        'knows no prices of Azure, and takes those of OpenAI': lambda question: [priced_by_openai(question)],
    }


def is_equal(one: float | None, other: float | str) -> bool:
    """Up to what a rate loses that LiteLLM cuts after four digits."""
    return one is not None and not isinstance(other, str) and abs(one - other) <= 2e-3 * max(one, other) + 1e-12


def explain(differing: list[tuple[Question, float]], today: str) -> list[str | None]:
    """For each question and other answer: what the other understood. Up to three misunderstandings may meet."""
    known = understandings(today)
    names = [each for count in (1, 2, 3) for each in combinations(known, count)]
    asked: list[Question] = []
    for question, _ in differing:
        for each in names:
            asked += understood_as(question, [known[name] for name in each])
    answers = iter(ask(asked))
    explained = []
    for question, other in differing:
        fitting = None
        for each in names:
            parts = [(part, next(answers).usd) for part in understood_as(question, [known[name] for name in each])]
            if fitting is None and all(usd is not None for _, usd in parts):
                fitting = each if is_equal(sum(usd * part.times for part, usd in parts), other) else None
        explained.append(' and '.join(fitting) if fitting else None)
    return explained


def understood_as(question: Question, understandings: list[Understood]) -> list[Question]:
    questions = [question]
    for understand in understandings:
        questions = [part for each in questions for part in understand(each)]
    return questions


def listed_models(report: str, title: str) -> set[tuple[str, str]]:
    """Family and model of each row in a section of prices/report.md."""
    section = report.split(f'## {title}\n')[1].split('\n## ')[0]
    rows = [line.split(' | ') for line in section.splitlines() if line.startswith('| ') and '`' in line]
    return {
        (row[0].removeprefix('| ') if '`' not in row[0] else 'gateway', model)
        for row in rows
        for model in re.findall(r'`([^`]+)`', row[1] if '`' not in row[0] else row[0])
    }
