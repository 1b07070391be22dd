"""`python -m makemore.cli` is the command `makemore`."""

import sys

from makemore.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
