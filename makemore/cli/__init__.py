"""The command line, `makemore`: a thin layer over the Python API and the packages behind it (docs/cli.md).

main.py      runs a command; what it raises becomes one line and an exit status
parser.py    how commands are described: help with examples, errors in one line
console.py   colours on a terminal, plain text elsewhere, JSON on request

The other files are the commands, one group each. Start-up takes a fraction of a second, because each command imports
what it needs when it runs.
"""

from makemore.cli.main import main

__all__ = ["main"]
