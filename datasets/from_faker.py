"""Writes names.txt, the embedded corpus: the given names of Faker's English-language person providers.

    python datasets/from_faker.py        (needs the development requirements, which pin Faker)

Faker (https://github.com/joke2k/faker, MIT licence) has lists of real given names for each locale. This script takes
the lists of every locale whose code starts with `en`, converts the names to lower case, keeps those made only of the
letters a-z, deduplicates and sorts them, and writes one per line. A developer runs it once per Faker version; the
pipeline never imports it. A test checks that names.txt is what this script writes.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from faker.providers import person

NAMES = Path(__file__).with_name("names.txt")
LISTS = ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary")
ONLY_A_TO_Z = re.compile("[a-z]+")


def given_names() -> Iterator[str]:
    """Every given name of every English-language locale, as Faker spells it, including repeats."""
    for locale in pkgutil.iter_modules(person.__path__):
        if locale.name.startswith("en"):
            provider = importlib.import_module(f"{person.__name__}.{locale.name}").Provider
            for name in LISTS:
                yield from getattr(provider, name, ())


def corpus() -> str:
    """The text of names.txt: distinct a-z names in lower case, sorted, one per line."""
    names = {name.lower() for name in given_names()}
    return "".join(f"{name}\n" for name in sorted(names) if ONLY_A_TO_Z.fullmatch(name))


if __name__ == "__main__":
    NAMES.write_text(corpus(), encoding="utf-8", newline="\n")
