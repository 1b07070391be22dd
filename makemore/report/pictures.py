"""A small picture of each model: how it gets from the symbols so far, `. e m m`, to the next one."""

from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

from makemore.report.descriptions import DESCRIPTIONS

TILES = (".", "e", "m", "m", "?")
STEP, SIDE = 40, 28  # from tile to tile, and the side of a tile, in pixels
TOP = 82  # of the tiles
MIDDLE = 34  # the height of what combines the symbols
WIDTH, HEIGHT = STEP * len(TILES), TOP + SIDE + 2
LAST = len(TILES) - 2  # the number of the last symbol that is known
GOAL = len(TILES) - 1


def picture(model: str) -> Markup:
    """The picture as an SVG element. A model without one of its own gets the tiles alone."""
    drawn = "".join([*_tiles(), *_DRAWN.get(model, list)()])
    sees = DESCRIPTIONS[model].sees if model in DESCRIPTIONS else "the symbols so far, and the next one"
    return Markup(  # noqa: S704 (nothing in it comes from outside)
        f'<svg class="picture" role="img" aria-label="{escape(sees)}" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" stroke="currentColor" stroke-width="1.5">{drawn}</svg>'
    )


def _x(tile: float) -> float:
    """The middle of a tile."""
    return STEP * tile + STEP / 2


def _tiles() -> Iterable[str]:
    for number, text in enumerate(TILES):
        dashes = ' stroke-dasharray="4 3"' if number == GOAL else ""
        x = _x(number)
        yield f'<rect x="{x - SIDE / 2:g}" y="{TOP}" width="{SIDE}" height="{SIDE}" rx="4"{dashes}/>'
        yield f'<text x="{x:g}" y="{TOP + 19}" text-anchor="middle" fill="currentColor" stroke="none">{text}</text>'


def _line(start: tuple[float, float], end: tuple[float, float], width: float = 1.5) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke-width="{width:g}"/>'


def _node(x: float, y: float) -> str:
    """Something learned."""
    return f'<circle class="node" cx="{x:g}" cy="{y:g}" r="8"/>'


def _table(x: float, y: float) -> str:
    """Something counted."""
    lines = "".join(f"M{x - 10:g} {y + d:g}h20M{x + d:g} {y - 10:g}v20" for d in (-10, -3.5, 3.5, 10))
    return f'<path d="{lines}"/>'


def _through(part: Callable[[float, float], str], seen: Iterable[int], widths: Iterable[float] = ()) -> list[str]:
    """Lines from the tiles `seen` to one part, and from there to the next symbol."""
    x, thickness = _x(LAST), iter(widths)
    lines = [_line((_x(tile), TOP), (x, MIDDLE + 10), next(thickness, 1.5)) for tile in seen]
    return [*lines, part(x, MIDDLE), _line((x + 10, MIDDLE), (_x(GOAL), TOP))]


def _average(x: float, y: float) -> str:
    text = f'<text x="{x:g}" y="{y - 14:g}" text-anchor="middle" fill="currentColor" stroke="none">average</text>'
    return text + _node(x, y)


def _tree() -> list[str]:
    pairs, top = [(_x(0.5), 56.0), (_x(2.5), 56.0)], (_x(1.5), 24.0)
    lines = [_line((_x(tile), TOP), pairs[tile // 2]) for tile in range(GOAL)]
    lines += [_line(pair, top) for pair in pairs]
    return [*lines, _line(top, (_x(GOAL), TOP)), *(_node(*place) for place in (*pairs, top))]


def _chain() -> list[str]:
    states = [(_x(tile), float(MIDDLE)) for tile in range(GOAL)]
    up = [_line((x, TOP), (x, y + 8)) for x, y in states]
    along = [_line((x - STEP + 8, y), (x - 8, y)) for x, y in states[1:]]
    return [*up, *along, *(_node(*state) for state in states), _line((_x(LAST) + 8, MIDDLE), (_x(GOAL), TOP))]


_DRAWN: dict[str, Callable[[], list[str]]] = {
    "count": lambda: _through(_table, [LAST]),
    "bigram": lambda: _through(_node, [LAST]),
    "ngram": lambda: _through(_table, range(1, GOAL)),
    "bow": lambda: _through(_average, range(GOAL)),
    "mlp": lambda: _through(_node, range(1, GOAL)),
    "wavenet": _tree,
    "rnn": _chain,
    "gpt": lambda: _through(_node, range(GOAL), widths=(1, 5, 0.5, 2.5)),
}
