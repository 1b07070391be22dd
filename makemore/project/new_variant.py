"""Adds a variant to params.yaml: an entry that inherits from another one and lists what differs.

The entry is inserted as text. Reading the file and writing it again would move comments and spaces that people have
arranged; this way, all other lines stay as they are, except that the parent may get an anchor (`gpt:` becomes
`gpt: &gpt`). Before the file is written, the new text is parsed and compared with what was wanted.
"""

import re
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from makemore.core.errors import UserError, did_you_mean, shown
from makemore.core.files import read_text, write_text
from makemore.core.layout import PARAMS
from makemore.core.params import Params, load_params, parse_section
from makemore.core.yaml import parse_yaml
from makemore.models.base.catalog import parse_config


def new_variant(name: str, like: str, settings: dict[str, Any]) -> str:
    """Adds the variant `name`, which is `like` another one except for `settings`. Returns the entry as text.

    Raises UserError, and leaves params.yaml as it is, if the name is taken, if there is no variant `like`, and for
    settings that its model does not allow.
    """
    params = load_params()
    if name in params.all_variants:
        raise UserError(f"{PARAMS}: there is a variant {shown(name)} already")
    if like not in params.variants:
        hint = did_you_mean(like, params.variants)
        raise UserError(f"{PARAMS}: there is no variant {shown(like)}; {hint}choose from {', '.join(params.variants)}")
    wanted = params.model_dump()
    wanted["variants"][name] = params.variants[like] | settings
    parse_section(Params, wanted, str(PARAMS))  # the name
    parse_config(name, wanted["variants"][name])
    text, entry = with_entry(read_text(PARAMS), name, like, settings)
    if _parsed(text) != wanted:
        raise _by_hand()
    write_text(PARAMS, text)
    return entry


def with_entry(params: str, name: str, like: str, settings: dict[str, Any]) -> tuple[str, str]:
    """The text of params.yaml with a new entry at the end of its variants, and the entry.

    Raises UserError if the variants are written in another style.
    """
    lines = params.split("\n")
    where = _variants_of(lines)
    anchor = _anchor(lines, where, like)
    entry = [f"{where.indent}{name}:", f"{2 * where.indent}<<: *{anchor}"]
    entry += [f"{2 * where.indent}{key}: {_as_yaml(value)}" for key, value in settings.items()]
    return "\n".join([*lines[: where.end], "", *entry, *(lines[where.end :] or [""])]), "\n".join(entry)


def parse_settings(settings: list[str]) -> dict[str, Any]:
    """The values in "key=value", as YAML reads them. Raises UserError for anything else."""
    found = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not re.fullmatch(r"\w+", key):
            raise UserError(f"the setting {shown(setting)} is not like n_layer=4")
        try:
            found[key] = parse_yaml(value.encode())
        except ValueError as error:
            raise UserError(f"the setting {shown(setting)}: {error}") from None
    return found


def _parsed(text: str) -> dict[str, Any] | None:
    """The values in `text`; None if it is not a valid params.yaml."""
    try:
        return parse_section(Params, parse_yaml(text.encode()), str(PARAMS)).model_dump()
    except (ValueError, UserError):
        return None


class _Block:
    """The lines of the section `variants`: from `start`, its first entry, to before `end`; all entries are indented."""

    def __init__(self, start: int, end: int, indent: str) -> None:
        self.start, self.end, self.indent = start, end, indent


def _variants_of(lines: list[str]) -> _Block:
    start = next((number for number, line in enumerate(lines, 1) if re.match(r"variants:\s*(#|$)", line)), None)
    if start is None:
        raise _by_hand()
    end = last = start
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in " #"):
        end += 1
        last = end if lines[end - 1].startswith(" ") and lines[end - 1].strip() else last
    indents = [match[1] for line in lines[start:last] if (match := re.match(r"( +)[^\s#]", line))]
    if not indents:
        raise _by_hand()
    return _Block(start, last, min(indents, key=len))


def _anchor(lines: list[str], where: _Block, variant: str) -> str:
    """The anchor of a variant. If it has none, its line gets one."""
    pattern = re.compile(rf"({where.indent}{re.escape(variant)}:)(?: &([^\s,\[\]{{}}]+))?( *)(#.*)?")
    for number in range(where.start, where.end):
        if match := pattern.fullmatch(lines[number]):
            start, anchor, spaces, comment = match.groups(default="")
            if not anchor:
                spaces = spaces[len(variant) + 2 :] or " "  # a comment stays in its column if there is room
                lines[number] = f"{start} &{variant}{spaces}{comment}".rstrip()
            return anchor or variant
    raise _by_hand()


def _as_yaml(value: Any) -> str:
    """A value on one line."""
    stream = StringIO()
    yaml = YAML()
    yaml.width = 10_000
    yaml.dump(CommentedMap({"": value}), stream)
    return stream.getvalue().partition(":")[2].strip()


def _by_hand() -> UserError:
    return UserError(f"{PARAMS}: the variants are not one block of indented entries; add the variant by hand")
