"""
Which listed model the reader of the catalogue finds for an id that is not listed: what
src/price/model-id.ts and `Catalog` in src/price/catalog.ts do, once more. That both do the same
is proved by a test over prices/resolved-by-rule.json.
"""

import re
from collections.abc import Container, Mapping

FIREWORKS = 'accounts/fireworks/models/'
DATE = re.compile(r'(?<=.)[-@]20\d\d(-?)(0[1-9]|1[0-2])\1(0[1-9]|[12]\d|3[01])$')
STABLE_VERSION = re.compile(r'-00\d$')
WORDS = ('-latest', '@default')
ROUTES = (':nitro', ':floor', ':exacto', ':beta')
CREATORS = ('openai', 'anthropic', 'google', 'xai', 'mistral', 'cohere', 'perplexity', 'deepseek')


def without_route(family: str, model: str) -> str:
    """OpenRouter's routes, and the resource names of Fireworks: no other is in a dataset."""
    if family == 'openrouter':
        return next((model.removesuffix(route) for route in ROUTES if model.endswith(route)), model)
    return model.removeprefix(FIREWORKS) if family == 'fireworks' else model


def snapshot_of(family: str, model: str) -> str | None:
    for word in WORDS:
        if model.endswith(word):
            return model.removesuffix(word)
    if DATE.search(model):
        return DATE.sub('', model)
    is_google = family in ('google', 'google-vertex')
    return STABLE_VERSION.sub('', model) if is_google and STABLE_VERSION.search(model) else None


def made_by(model: str) -> tuple[str, str] | None:
    """Who made a model that a gateway sells as `creator/model`, and what its maker calls it."""
    creator, _, name = model.partition('/')
    if creator not in CREATORS:
        return None
    return creator, re.sub(r'(?<=\d)\.(?=\d)', '-', name) if creator == 'anthropic' else name


def resolve(families: Mapping[str, Container[str]], family: str, model: str) -> tuple[str, str] | None:
    """The family and the listed name."""
    if model in families[family]:
        return family, model
    if model.startswith('ft:'):
        return None
    bare = without_route(family, model)
    return (family, bare) if bare in families[family] else find_other(families, family, bare)


def find_other(families: Mapping[str, Container[str]], family: str, model: str) -> tuple[str, str] | None:
    if family == 'fireworks' and '/' not in model and FIREWORKS + model in families[family]:
        return family, FIREWORKS + model
    made = made_by(model) if family == 'gateway' else None
    # A snapshot may have a price of its own, so the maker is asked for it before it is cut.
    if made is not None and made[1] in families[made[0]]:
        return made
    snapshot = snapshot_of(family, model)
    if snapshot is not None:
        return (family, snapshot) if snapshot in families[family] else find_other(families, family, snapshot)
    return None if made is None else resolve(families, *made)
