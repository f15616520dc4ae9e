"""
Compiles src/price/catalog-data.ts and prices/report.md from the releases pinned in datasets.py.

Run it with `npm run prices:update` (`python3 -B`), which needs Python 3.11 or newer with pip. The same pins give
the same bytes. For newer prices, change a pin; the script tells the new sha256.
"""

import sys
import tempfile
from pathlib import Path

from datasets import GENAI_PRICES, LITELLM, LITELLM_RETIRED, load_genai_prices, load_litellm
from from_genai_prices import read_genai_prices
from from_litellm import read_litellm
from merge import compile_families
from write import to_catalog, to_report, to_typescript

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / 'src' / 'price' / 'catalog-data.ts'
REPORT = ROOT / 'prices' / 'report.md'


def main() -> None:
    as_of = max(LITELLM.date, GENAI_PRICES.date)
    version = f'{as_of}+litellm-{LITELLM.version}+genai-prices-{GENAI_PRICES.version}'
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        listed = read_litellm(load_litellm(LITELLM, directory))
        retired = read_litellm(load_litellm(LITELLM_RETIRED, directory))
        rules = read_genai_prices(load_genai_prices(GENAI_PRICES, directory), as_of)
    compiled = compile_families(listed, retired, rules, as_of)
    catalog = to_catalog(compiled, version)
    CATALOG.write_text(to_typescript(catalog, version), encoding='utf-8')
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(to_report(compiled, version, catalog), encoding='utf-8')
    print(f'{CATALOG.relative_to(ROOT)}: {CATALOG.stat().st_size} bytes', file=sys.stderr)


if __name__ == '__main__':
    main()
