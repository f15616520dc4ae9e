"""What new pins change: which models got another price, came or went."""

import re

from model_id import resolve
from packed import from_text, unpack

Catalog = dict


def read_catalog(source: str) -> Catalog:
    """The catalogue inside catalog-data.ts."""
    (text,) = re.findall(r"^export const packedCatalog(?:: string)? =\n  '(.*)'$", source, re.MULTILINE)
    (version,) = re.findall(r"^export const catalogVersion = '(.*)'$", source, re.MULTILINE)
    return {'version': version, 'families': unpack(from_text(text.replace("\\'", "'").replace('\\\\', '\\')))}


def to_changes(before: Catalog, after: Catalog, as_of: str) -> str:
    """Markdown. An id that is still found under another name has not gone."""
    changed, added, removed = [], [], []
    for family in sorted(before['families'].keys() | after['families'].keys()):
        old, new = before['families'].get(family, {}), after['families'].get(family, {})
        for model in sorted(old.keys() | new.keys()):
            one, other = rates_of(before, family, model, as_of), rates_of(after, family, model, as_of)
            if one is None and other is not None:
                added.append(f'- {family} `{model}`: {to_text(other)}')
            elif other is None and one is not None:
                removed.append(f'- {family} `{model}`: {to_text(one)}')
            elif one != other:
                changed.append(f'- {family} `{model}`: {to_text(one)} → {to_text(other)}')
    lines = ['# What changed', '', f'From `{before["version"]}` to `{after["version"]}`: rates in the order of the catalogue.', '']
    for title, each in (('Prices', changed), ('Added', added), ('Removed', removed)):
        lines += [f'## {title}: {len(each)}', '', *(each or ['None.']), '']
    return '\n'.join(lines).rstrip('\n') + '\n'


def rates_of(catalog: Catalog, family: str, model: str, as_of: str) -> list | None:
    """Today's standard rates."""
    families = catalog['families']
    found = resolve(families, family, model) if family in families else None
    if found is None:
        return None
    stored = families[found[0]][found[1]]
    if isinstance(stored, list):
        begun = [card for day, card in stored if day <= as_of]
        if not begun:
            return None
        stored = begun[-1]
    return stored['rates']


def to_text(rates: list) -> str:
    return ' / '.join('–' if rate is None else str(rate) for rate in rates)
