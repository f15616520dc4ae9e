"""
Pins the newest releases of genai-prices and LiteLLM in datasets.py, if they are newer than those that
are pinned. Then `npm run prices:update` compiles them.
"""

import hashlib
import json
import os
import re
import ssl
import tempfile
import urllib.request
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from pip._internal.models.index import PyPI

from datasets import GENAI_PRICES, LITELLM, Release, download_table

DATASETS = Path(__file__).with_name('datasets.py')
# Releases that are candidates of others have letters.
PLAIN_VERSION = re.compile(r'^\d+(\.\d+)*$')
# A release that somebody should not have made is mostly withdrawn within days.
DAYS_TO_SETTLE = 3


def read_index(package: str) -> dict:
    """What the package index that pip asks says about a package: its files, and when each was uploaded."""
    index = os.environ.get('PIP_INDEX_URL') or PyPI.simple_url
    accept = {'Accept': 'application/vnd.pypi.simple.v1+json'}
    request = urllib.request.Request(f'{index.rstrip("/")}/{package}/', headers=accept)
    context = ssl.create_default_context(cafile=os.environ.get('PIP_CERT') or None)
    with urllib.request.urlopen(request, context=context, timeout=60) as response:
        return json.load(response)


def version_of(file: dict) -> str:
    return file['filename'].split('-')[1]


def newest(release: Release, today: str) -> Release:
    """The release itself if there is none newer that has settled."""
    files = [
        file
        for file in read_index(release.package)['files']
        if file['filename'].endswith('.whl') and not file.get('yanked') and PLAIN_VERSION.match(version_of(file))
    ]
    settled = [file for file in files if days_between(file['upload-time'][:10], today) >= DAYS_TO_SETTLE]
    last = max(settled, key=lambda file: in_order(version_of(file)))
    version = version_of(last)
    if in_order(version) <= in_order(release.version):
        return release
    uploaded = min(file['upload-time'] for file in files if version_of(file) == version)
    return replace(release, version=version, date=uploaded[:10])


def in_order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split('.'))


def days_between(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def with_digest(release: Release) -> Release:
    with tempfile.TemporaryDirectory() as directory:
        return replace(release, sha256=hashlib.sha256(download_table(release, Path(directory))).hexdigest())


def pin(source: str, old: Release, new: Release) -> str:
    """The source of datasets.py, with the one release in place of the other."""
    start = source.index(f"'{old.package}',\n    '{old.version}'")
    head, block = source[:start], source[start:]
    for field in ('version', 'date', 'sha256'):
        block = block.replace(f"'{getattr(old, field)}'", f"'{getattr(new, field)}'", 1)
    return head + block


def main() -> None:
    today = datetime.now(UTC).date().isoformat()
    source = DATASETS.read_text(encoding='utf-8')
    for old in (LITELLM, GENAI_PRICES):
        new = newest(old, today)
        if new != old:
            source = pin(source, old, with_digest(new))
            print(f'{old.name} -> {new.version}, released {new.date}')
    DATASETS.write_text(source, encoding='utf-8')


if __name__ == '__main__':
    main()
