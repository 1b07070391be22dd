"""Shows the progress: a line for each stage that has ended and, on a terminal, a live line for each that is running."""

import sys
import time
from typing import Any

from tqdm import tqdm


class Display:
    """The lines about stages. Finished stages are on stdout; the live lines are on stderr, if that is a terminal.

    width: of the longest name of a stage
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._live: dict[str, tuple[tqdm[Any], float]] = {}

    def begin(self, stage: str) -> None:
        """Shows a live line for a stage that has started."""
        line: tqdm[Any] = tqdm(
            bar_format="{desc}", desc=self._text(stage, "0 s"), leave=False, disable=None, file=sys.stderr
        )
        self._live[stage] = line, time.monotonic()

    def refresh(self) -> None:
        """Updates the seconds in the live lines."""
        for stage, (line, started) in self._live.items():
            line.set_description_str(self._text(stage, f"{time.monotonic() - started:.0f} s"))

    def end(self, stage: str, outcome: str, said: str = "") -> None:
        """Replaces the live line of a stage, if there is one, by what has become of it, and what it said at the end."""
        if stage in self._live:
            line, started = self._live.pop(stage)
            line.close()
            if outcome != "unchanged":
                outcome += (
                    f" {'after' if outcome in {'stopped', 'failed'} else 'in'} {time.monotonic() - started:.0f} s"
                )
        self.say(self._text(stage, outcome + (f" ({said})" if said else "")))

    def say(self, line: str) -> None:
        """Prints a line above the live ones."""
        tqdm.write(line, file=sys.stdout)
        sys.stdout.flush()

    def _text(self, stage: str, text: str) -> str:
        return f"{stage:{self._width}}  {text}"
