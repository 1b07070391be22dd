"""Parses YAML exactly as DVC does, after checking that it is no larger than a parameter file can reasonably be.

A few lines of YAML can expand to billions of values (aliases of aliases), and deep nesting overflows the stack of the
parser. The parser's event stream gives the depth and the number of values before anything is built, and takes neither
memory nor stack.
"""

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

from makemore.core.errors import shown

MOST_BYTES = 1_000_000  # the committed params.yaml has 7,000
MOST_VALUES = 100_000  # with every alias written out
DEEPEST = 50  # levels of nesting

# The parser's own errors, and others it raises: for month 13, an integer of 5,000 digits, `!!bool x`, `!!int ''`
_INVALID = (YAMLError, ValueError, LookupError, TypeError, AttributeError)


def parse_yaml(content: bytes) -> Any:
    """The value of a YAML 1.2 document (1e-3 is a number, `no` a string), with merge keys, in UTF-8.

    Raises ValueError, with a one-line message, if it is invalid or exceeds a limit.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES:,} bytes")
    try:
        text = content.decode()
        problem = _excess(text)
        values = None if problem else YAML(typ="safe").load(text)
    except _INVALID as error:
        if re.search(rb"^<{7} ", content, re.MULTILINE):
            raise ValueError("has a merge conflict; resolve it: lines from <<<<<<< to >>>>>>>") from None
        raise ValueError(f"not valid YAML: {' '.join(str(error).split())[:300]}") from None
    if problem:
        raise ValueError(problem)
    return values


def flat_values(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The values in nested mappings as text, by their dotted keys, such as variants.gpt.lr."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat_values(inner, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, str(value)


def _excess(text: str) -> str:
    """Which limit the YAML in `text` exceeds; empty if none."""
    sizes: dict[str, int] = {}  # the number of values behind each anchor
    open_collections: list[tuple[str | None, int]] = []  # the anchor, and the number of values before it
    values = 0
    for event in YAML(typ="safe").parse(text):
        if isinstance(event, CollectionStartEvent):
            open_collections.append((event.anchor, values))
            values += 1
        elif isinstance(event, CollectionEndEvent):
            anchor, before = open_collections.pop()
            sizes[anchor or ""] = values - before
        elif isinstance(event, ScalarEvent):
            values += 1
            sizes[event.anchor or ""] = 1
        elif isinstance(event, AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_collections):
                return f"the alias {shown(event.anchor)} refers to a value that contains it"
            values += sizes.get(event.anchor, 0)
        if len(open_collections) > DEEPEST:
            return f"nested more than {DEEPEST} levels deep"
        if values > MOST_VALUES:
            return f"more than {MOST_VALUES:,} values, counting each alias as a copy"
    return ""
