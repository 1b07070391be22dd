"""check: all of params.yaml, before any work.

Each stage reads its own section; this one reads everything, so that a slip in the last variant is found in the first
seconds and not after the other variants have been trained.
"""

from pathlib import Path

from makemore.errors import UserError
from makemore.files import write_text
from makemore.models import parse_config
from makemore.params import Params
from stages import CHECKED


def run(params: Params) -> None:
    for key, path in (("path", params.data.path), ("dev_path", params.data.dev_path)):
        if not Path(path).is_file():
            raise UserError(f"params.yaml: data.{key}: there is no file {path!r}")
    for variant, values in params.variants.items():
        parse_config(variant, values)
    # Never another text: the stages behind this one wait for the check, but must not rerun for a change in params.yaml.
    write_text(CHECKED, "params.yaml is valid\n")
