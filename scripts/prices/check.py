"""
How two independent calculators answer, beside costspan: genai-prices by its own `calc_price`, and
LiteLLM's table by the meaning of its keys. Asked are the cases of test/price/reference-cases.json
and a sample of the catalogue.

Run it with `npm run prices:check`. It fails if costspan's answer to a reference case is not the known
one, or if another calculator's differs and nothing explains it.
"""

import importlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from calculators import GenaiPrices, Litellm
from changes import read_catalog
from datasets import GENAI_PRICES, LITELLM, LITELLM_RETIRED, load_genai_prices, load_litellm
from explain import explain, is_equal, listed_models
from question import ROOT, Answer, Question, ask, read_cases, sample

CASES = ROOT / 'test' / 'price' / 'reference-cases.json'
CATALOG = ROOT / 'src' / 'price' / 'catalog-data.ts'
REPORT = ROOT / 'prices' / 'report.md'
UNEXPLAINED = 'unexplained'


@dataclass(frozen=True)
class Finding:
    question: Question
    answer: Answer
    calculator: str
    other: float | str
    group: str


def compare(questions: list[Question], calculators: list, today: str, report: str) -> list[Finding]:
    answers = ask(questions)
    findings, differing = [], []
    for question, answer in zip(questions, answers, strict=True):
        for calculator in calculators:
            other = calculator.answer(question, answer.family)
            if is_equal(answer.usd, other):
                findings.append(Finding(question, answer, calculator.name, other, 'same'))
            elif isinstance(other, str) or other == 0:
                reason = other or 'comes to 0: it prices none of the units, or lists 0'
                findings.append(Finding(question, answer, calculator.name, other, f'{calculator.name} {reason}'))
            else:
                differing.append((question, answer, calculator.name, other))
    reasons = explain([(question, other) for question, _, _, other in differing], today)
    for (question, answer, name, other), reason in zip(differing, reasons, strict=True):
        group = listed_reason(question, answer, report) or (f'{name} {reason}' if reason else UNEXPLAINED)
        findings.append(Finding(question, answer, name, other, group))
    return findings


def listed_reason(question: Question, answer: Answer, report: str) -> str | None:
    """What the report says of the model, by the id that was asked for or the one that was found."""
    family, _, model = answer.found.partition(' ')
    for title in ('Disagreements', 'Corrections', 'Gateway'):
        if listed_models(report, title) & {(answer.family, question.model), (family, model)}:
            return f'listed in prices/report.md under {title}'
    return None


def print_findings(title: str, findings: list[Finding], names: list[str]) -> None:
    print(f'\n{title}')
    for name in names:
        groups: dict[str, list[Finding]] = {}
        for each in findings:
            if each.calculator == name:
                groups.setdefault(each.group, []).append(each)
        print(f'\n  {name}')
        for group in sorted(groups, key=lambda each: (each == UNEXPLAINED, each != 'same', each)):
            print(f'    {len(groups[group]):4d}  {group}')
            for each in groups[group]:
                if group != 'same' and not isinstance(each.other, str):
                    print(f'            {each.question.name}: {each.answer.usd or each.answer.reason} here, {each.other:.10g} there')


def main() -> None:
    catalog = read_catalog(CATALOG.read_text(encoding='utf-8'))
    today = max(LITELLM.date, GENAI_PRICES.date)
    report = REPORT.read_text(encoding='utf-8')
    cases = read_cases(CASES)
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        load_genai_prices(GENAI_PRICES, directory)
        litellm = Litellm(load_litellm(LITELLM, directory), load_litellm(LITELLM_RETIRED, directory))
        calculators = [GenaiPrices(importlib.import_module('genai_prices')), litellm]
        reference = compare(cases, calculators, today, report)
        sampled = compare(sample(catalog, f'{today}T12:00:00+00:00'), calculators, today, report)
    names = [each.name for each in calculators]
    print_findings(f'{len(cases)} reference cases', reference, names)
    print_findings('A sample of the catalogue', sampled, names)
    wrong = [each for each in reference if each.question.expected is not None and not is_equal(each.answer.usd, each.question.expected)]
    unexplained = [each for each in reference if each.group == UNEXPLAINED]
    for name in dict.fromkeys(each.question.name for each in wrong):
        print(f'costspan does not give the known answer: {name}')
    left = sum(each.group == UNEXPLAINED for each in sampled)
    print(f'\nUnexplained: {len(unexplained)} of the reference cases, {left} of the sample.')
    sys.exit(1 if wrong or unexplained else 0)


if __name__ == '__main__':
    main()
