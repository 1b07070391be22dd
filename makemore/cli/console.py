"""Output: colours on a terminal, plain text elsewhere (NO_COLOR and FORCE_COLOR are respected), JSON on request."""

from typing import TYPE_CHECKING, Any

from makemore.core.files import json_text

if TYPE_CHECKING:  # importing rich takes longer than parsing the command line
    from rich.text import Text

_EIGHTHS = " ▏▎▍▌▋▊▉"


def show(line: "Text") -> None:
    """Prints a line. It is neither wrapped nor cut."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    if console.is_terminal:
        console.print(line)
    else:  # rich would end the program itself if the reader has gone away
        print(line.plain)


def show_json(value: Any) -> None:
    """Prints `value` as JSON; infinity is the string "Infinity"."""
    print(json_text(value))


def bar(fraction: float, width: int) -> str:
    """A bar of `fraction` (0 to 1) of `width` characters, exact to an eighth of one."""
    whole, eighths = divmod(round(fraction * width * 8), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()
