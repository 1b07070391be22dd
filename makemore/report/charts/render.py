"""Draws charts as SVG in a separate process, `python -m makemore.report.charts.render`: specifications in, images out.

The renderer is a compiled library that can abort its process; the report stage then still ends with a message. One
process draws all charts, because starting it takes longer than drawing.
"""

import json
import subprocess
import sys
from typing import Any

from makemore.core.errors import UserError, shown


def svgs(specs: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The image of each Vega-Lite specification, as SVG.

    Raises UserError if the renderer fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", __name__], input=json.dumps(specs).encode(), capture_output=True, check=False
    )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise UserError(
            f"the charts cannot be drawn: the renderer ended with status {done.returncode} ({shown(''.join(last))}); "
            "look for unusual characters in data.path"
        )
    images: dict[str, str] = json.loads(done.stdout)
    return images


def _main() -> None:
    import vl_convert  # here, because only the separate process needs it

    specs = json.load(sys.stdin.buffer)
    json.dump({name: vl_convert.vegalite_to_svg(spec) for name, spec in specs.items()}, sys.stdout)


if __name__ == "__main__":
    _main()
