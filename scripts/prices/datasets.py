"""The pinned releases that the catalogue is compiled from, and how to get them."""

import hashlib
import importlib
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Release:
    """A release of a dataset; `sha256` is that of the price table, which is the same on every platform."""

    package: str
    version: str
    date: str
    table: str
    sha256: str
    license: str

    @property
    def name(self) -> str:
        return f'{self.package} {self.version}'


LITELLM_TABLE = 'litellm/model_prices_and_context_window_backup.json'

LITELLM = Release(
    'litellm',
    '1.110.2',
    '2026-11-20',
    LITELLM_TABLE,
    '8943af58bf9f979c6a4bef815687117ffa341e462a41faed9be17b5c33d3dcc2',
    'MIT, Copyright (c) 2023 Berri AI',
)

# An older table, for what the newest no longer lists: retired models, and service tiers of past prices.
LITELLM_RETIRED = Release(
    'litellm',
    '1.95.0',
    '2026-08-02',
    LITELLM_TABLE,
    '4df7bc68d849882dbfb0ecc098eb3f23602635e2c79da14279e2d9cf9fbfe452',
    'MIT, Copyright (c) 2023 Berri AI',
)

GENAI_PRICES = Release(
    'genai-prices',
    '0.2.3',
    '2026-11-10',
    'genai_prices/data.py',
    '5f4d8e175a91cf23cac17da33a4daa60a6a6c49525109c97e93db220d5197206',
    'MIT, Copyright (c) Pydantic Services Inc. 2025 to present',
)

RELEASES = (LITELLM, GENAI_PRICES, LITELLM_RETIRED)


def run_pip(*arguments: str) -> None:
    """pip's progress goes to stderr, so that stdout is the script's own."""
    subprocess.run([sys.executable, '-m', 'pip', '--disable-pip-version-check', *arguments], check=True, stdout=sys.stderr)


def download_table(release: Release, directory: Path) -> bytes:
    """The table inside the release's wheel, as it is."""
    target = directory / f'{release.package}-{release.version}'
    requirement = f'{release.package}=={release.version}'
    run_pip('download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', str(target), requirement)
    (wheel,) = target.glob('*.whl')
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(release.table)


def pinned_table(release: Release, directory: Path) -> bytes:
    """Fails if the table is not the one that was pinned."""
    table = download_table(release, directory)
    digest = hashlib.sha256(table).hexdigest()
    if digest != release.sha256:
        raise SystemExit(f'{release.name}: sha256 of {release.table} is {digest}, pinned is {release.sha256}')
    return table


def load_litellm(release: Release, directory: Path) -> dict[str, dict]:
    """LiteLLM's entries by key, numbers as exact decimals."""
    entries = json.loads(pinned_table(release, directory), parse_float=Decimal, parse_int=Decimal)
    entries.pop('sample_spec', None)
    return entries


def load_genai_prices(release: Release, directory: Path) -> list:
    """The providers of genai-prices. Its table is Python, so it is installed and imported."""
    pinned_table(release, directory)
    target = directory / 'site-packages'
    requirement = f'{release.package}=={release.version}'
    run_pip('install', '--quiet', '--no-warn-conflicts', '--root-user-action', 'ignore', '--target', str(target), requirement)
    sys.path.insert(0, str(target))
    return importlib.import_module('genai_prices.data').providers
