"""
Compiles src/price/catalog-data.ts, prices/report.md and prices/resolved-by-rule.json from the releases pinned in
datasets.py, the rows of prices/corrections.json, and those of prices/kept.json, to which it adds what the last
catalogue had and the datasets have no more.

Run it with `npm run prices:update` (`python3 -B`), which needs Python 3.11 or newer with pip. The same pins give
the same bytes. For newer prices, run pin_newest.py first; then prices/changes.md and the output tell what changed.
"""

import json
import sys
import tempfile
from pathlib import Path

import from_genai_prices
import from_litellm
from changes import read_catalog, to_changes
from corrections import read_corrections
from datasets import GENAI_PRICES, LITELLM, LITELLM_RETIRED, load_genai_prices, load_litellm
from kept import lost_ids, not_found, read_kept, with_kept, write_kept
from merge import Compiled, compile_families
from model_id import resolve
from shorten import shorten
from write import to_catalog, to_report, to_typescript

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / 'src' / 'price' / 'catalog-data.ts'
CORRECTIONS = ROOT / 'prices' / 'corrections.json'
RESOLVED = ROOT / 'prices' / 'resolved-by-rule.json'
REPORT = ROOT / 'prices' / 'report.md'
KEPT = ROOT / 'prices' / 'kept.json'
CHANGES = ROOT / 'prices' / 'changes.md'


def compile_catalog(corrections: list, as_of: str, before: dict) -> Compiled:
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        newest = load_litellm(LITELLM, directory)
        older = load_litellm(LITELLM_RETIRED, directory)
        providers = load_genai_prices(GENAI_PRICES, directory)
        listed, retired = from_litellm.read_litellm(newest), from_litellm.read_litellm(older)
        rules = from_genai_prices.read_genai_prices(providers, as_of)
        compiled = compile_families(listed, retired, rules, corrections, as_of)
        compiled.left_out += from_litellm.not_read({**older, **newest}) + from_genai_prices.not_read(providers)
        compiled.other_providers = {
            LITELLM.name: from_litellm.other_providers(newest),
            GENAI_PRICES.name: from_genai_prices.other_providers(providers),
        }
    absent = {(row.family, model) for row in corrections if row.absent for model in row.models}
    shorten_and_keep(compiled, absent, before)
    compiled.left_out = [(*each[:2], reason_of(compiled, *each)) for each in compiled.left_out]
    return compiled


def shorten_and_keep(compiled: Compiled, absent: set, before: dict) -> None:
    """No id that the last catalogue found is lost, but those that corrections.json takes out."""
    listed = {family: dict(models) for family, models in compiled.families.items()}
    compiled.resolved = shorten(compiled.families)
    resolved = json.loads(RESOLVED.read_text(encoding='utf-8'))
    lost = lost_ids(before, resolved, compiled.families, absent)
    known = {(row['family'], row['model']): row for row in read_kept(KEPT)}
    rows = {**{(row['family'], row['model']): row for row in lost}, **known}
    for family, model in sorted(rows.keys() - known.keys()):
        print(f'{family} {model} is in no dataset any more, and kept', file=sys.stderr)
    compiled.kept = not_found(compiled.families, rows.values())
    if compiled.kept:
        compiled.families.update(with_kept(listed, compiled.kept))
        compiled.resolved = shorten(compiled.families)
    write_kept(KEPT, compiled.kept)


def reason_of(compiled: Compiled, family: str, model: str, reason: str) -> str:
    """An id that is left out may be found all the same, as a form of another."""
    found = resolve(compiled.families, family, model)
    return reason if found is None else f'{reason}; priced as `{found[1]}`'


def report_changes(before: dict, catalog: dict, version: str, as_of: str) -> None:
    """Only where pins are new: a change of these scripts is in the diff of its own."""
    if before['version'] == version:
        return
    changes = to_changes(before, catalog, as_of)
    CHANGES.write_text(changes, encoding='utf-8')
    print(changes)


def main() -> None:
    as_of = max(LITELLM.date, GENAI_PRICES.date)
    version = f'{as_of}+litellm-{LITELLM.version}+genai-prices-{GENAI_PRICES.version}'
    corrections = read_corrections(CORRECTIONS)
    before = read_catalog(CATALOG.read_text(encoding='utf-8'))
    compiled = compile_catalog(corrections, as_of, before)
    catalog = to_catalog(compiled, version)
    report_changes(before, catalog, version, as_of)
    CATALOG.write_text(to_typescript(catalog), encoding='utf-8')
    RESOLVED.write_text(json.dumps(compiled.resolved, indent=2) + '\n', encoding='utf-8')
    REPORT.write_text(to_report(compiled, corrections, version), encoding='utf-8')
    print(f'{CATALOG.relative_to(ROOT)}: {CATALOG.stat().st_size} bytes', file=sys.stderr)


if __name__ == '__main__':
    main()
