"""check: validates all of params.yaml before any work starts.

Every other stage ignores the keys of the other variants. This one reads everything, so that a mistake in the last
variant, or a GPU that this machine lacks, is found in the first seconds and not after the other variants have been
trained. What does not fit this corpus, or this machine's memory, is refused when its training starts.
"""

from pathlib import Path

from makemore.core.device import training_device
from makemore.core.errors import UserError
from makemore.core.files import files_in, reason, write_text
from makemore.core.layout import CHECKED
from makemore.core.params import Params
from makemore.models.base.catalog import parse_config


def run(params: Params) -> None:
    for key, path in (("path", params.data.path), ("dev_path", params.data.dev_path)):
        try:
            files_in(Path(path))  # opening them would make them dependencies of this stage
        except FileNotFoundError:
            hint = "; a pattern is not possible, only a file or a folder" if set(path) & set("*?[") else ""
            raise UserError(f"params.yaml: data.{key}: there is no file {path!r}{hint}") from None
        except OSError as error:
            raise UserError(f"params.yaml: data.{key}: {path!r} cannot be read: {reason(error)}") from None
    for variant, values in params.all_variants.items():
        parse_config(variant, values)
    training_device(params.compute)
    # Always the same text: later stages depend on this file only to wait for the check, not to rerun with params.yaml.
    write_text(CHECKED, "params.yaml is valid\n")
