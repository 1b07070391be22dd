"""The exceptions whose message is shown to the user, without a traceback, and how a command shows them."""

import os
import re
import sys
from collections.abc import Callable, Iterable

from makemore.core.memory import out_of_memory

_LONGEST_SHOWN = 60  # characters of a value in a message


class UserError(Exception):
    """Bad input. The message says what is wrong, where (file, line, key), and how to fix it."""


class FileError(UserError):
    """The system refused to read or write a file. Neither the input nor anything computed so far is wrong."""


class Interrupted(Exception):
    """The user or the system stopped the work. The message says how far it got and how to resume."""


def exit_status(work: Callable[[], int], name: str = "") -> int:
    """Runs `work`, a whole command, and returns its exit status; errors become lines on stderr.

    The status is 2 for bad input and for errors of the system (a full disk, no permission, no memory), 130 after an
    interruption, and 141, as after SIGPIPE, if the reader of the output went away (`makemore sample gpt | head`).
    `name` is shown if the command runs out of memory, to say which of many it was.
    """
    try:
        status = work()
        if sys.stdout is not None:
            sys.stdout.flush()  # here, because an error while Python exits would print a traceback
    except UserError as error:
        print("\n".join(f"error: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 2
    except (MemoryError, RuntimeError) as error:
        missing = out_of_memory(error)
        if missing is None:
            raise
        print(f"error: {name}{': ' if name else ''}{missing}", file=sys.stderr)
        return 2
    except (Interrupted, KeyboardInterrupt) as interruption:
        print(f"interrupted: {str(interruption) or 'run the same command again to resume'}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _discard_output()
        return 141
    except OSError as error:
        print(f"error: {error.filename or 'output'}: {error.strerror or error}", file=sys.stderr)
        _discard_output()
        return 2
    return status


def _discard_output() -> None:
    """If stdout cannot be flushed, redirects it to /dev/null: Python would try to flush again at exit."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def first_line(error: BaseException) -> str:
    """The first line of the message of a library's exception, or the exception's name if it has no message."""
    message = str(error.args[0] if isinstance(error, KeyError) and error.args else error)  # str(KeyError) is in quotes
    return next(iter(message.splitlines()), "") or type(error).__name__


def shown(value: object) -> str:
    """`value` for a message: its repr (one line, no control characters), truncated if it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print integers of thousands of digits
        text = f"<{type(value).__name__} too long to show>"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """For a message about a `word` that is none of `words`: "did you mean 'gpt'? ", or "" if none is similar."""
    from difflib import get_close_matches

    found = get_close_matches(word.lower(), list(words), n=1, cutoff=0.65)
    return f"did you mean {found[0]!r}? " if found else ""


def shown_key(key: object) -> str:
    """A key for a message: unchanged if it is a plain word or a number, otherwise as `shown`."""
    return str(key) if re.fullmatch(r"[\w-]{1,60}", str(key)) else shown(key)
