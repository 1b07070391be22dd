"""Draws the small picture of a model: how it gets from the symbols so far, `. e m m`, to the next one."""

from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

TILES = (".", "e", "m", "m", "?")
STEP, SIDE = 40, 28  # from tile to tile, and the side of a tile, in pixels
TOP = 82  # of the tiles
MIDDLE = 34  # the height of what combines the symbols
WIDTH, HEIGHT = STEP * len(TILES), TOP + SIDE + 2
GOAL = len(TILES) - 1  # the number of the tile that is predicted
ALL, FEW, ONE = range(GOAL), range(1, GOAL), range(GOAL - 1, GOAL)  # the tiles that a model sees: the last ones


def drawn(parts: Iterable[str], sees: str) -> Markup:
    """The tiles and `parts`, which connect them, as an SVG element that is described by `sees`."""
    inside = "".join([*_tiles(), *parts])
    return Markup(  # noqa: S704 (nothing in it comes from outside)
        f'<svg class="picture" role="img" aria-label="{escape(sees)}" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" stroke="currentColor" stroke-width="1.5">{inside}</svg>'
    )


def _x(tile: float) -> float:
    """The middle of a tile."""
    return STEP * tile + STEP / 2


def _tiles() -> Iterable[str]:
    for number, text in enumerate(TILES):
        dashes = ' stroke-dasharray="4 3"' if number == GOAL else ""
        x = _x(number)
        yield f'<rect x="{x - SIDE / 2:g}" y="{TOP}" width="{SIDE}" height="{SIDE}" rx="4"{dashes}/>'
        yield _text(x, TOP + 19, text)


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="middle" fill="currentColor" stroke="none">{text}</text>'


def _line(start: tuple[float, float], end: tuple[float, float], width: float = 1.5) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke-width="{width:g}"/>'


def learned(x: float, y: float) -> str:
    """Something learned: a circle."""
    return f'<circle class="node" cx="{x:g}" cy="{y:g}" r="8"/>'


def counted(x: float, y: float) -> str:
    """Something counted: a grid."""
    lines = "".join(f"M{x - 10:g} {y + d:g}h20M{x + d:g} {y - 10:g}v20" for d in (-10, -3.5, 3.5, 10))
    return f'<path d="{lines}"/>'


def average(x: float, y: float) -> str:
    """A circle with a word above it."""
    return _text(x, y - 14, "average") + learned(x, y)


def through(part: Callable[[float, float], str], seen: range, widths: Iterable[float] = ()) -> list[str]:
    """Lines from the tiles `seen` to one part, and from there to the next symbol."""
    x, thickness = _x(GOAL - 1), iter(widths)
    lines = [_line((_x(tile), TOP), (x, MIDDLE + 10), next(thickness, 1.5)) for tile in seen]
    return [*lines, part(x, MIDDLE), _line((x + 10, MIDDLE), (_x(GOAL), TOP))]


def tree() -> list[str]:
    """Two pairs of symbols, and the pair of pairs."""
    pairs, top = [(_x(0.5), 56.0), (_x(2.5), 56.0)], (_x(1.5), 24.0)
    lines = [_line((_x(tile), TOP), pairs[tile // 2]) for tile in ALL]
    lines += [_line(pair, top) for pair in pairs]
    return [*lines, _line(top, (_x(GOAL), TOP)), *(learned(*place) for place in (*pairs, top))]


def several() -> list[str]:
    """Three parts that see symbols and answer, one of them counted, and what joins their answers."""
    kinds, places, joint = (counted, learned, learned), [(_x(tile), 52.0) for tile in (0.5, 1.75, 3)], (_x(3.25), 14.0)
    lines = [_line((_x(number + seen), TOP), place) for number, place in enumerate(places) for seen in (0, 1)]
    lines += [_line(place, joint) for place in places]
    parts = (kind(*place) for kind, place in zip((*kinds, learned), (*places, joint), strict=True))
    return [*lines, _line(joint, (_x(GOAL), TOP)), *parts]


def chain() -> list[str]:
    """A state above each symbol, each one from the state before it and the symbol."""
    states = [(_x(tile), float(MIDDLE)) for tile in ALL]
    up = [_line((x, TOP), (x, y + 8)) for x, y in states]
    along = [_line((x - STEP + 8, y), (x - 8, y)) for x, y in states[1:]]
    return [*up, *along, *(learned(*state) for state in states), _line((_x(GOAL - 1) + 8, MIDDLE), (_x(GOAL), TOP))]
