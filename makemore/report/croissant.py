"""What is known about the names beyond what they contain: datasets/croissant.json, in the format Croissant 1.1.

The format is that of mlcommons.org/croissant. The report reads what people need to know before they use a model. For a
corpus that the file does not describe, such as the user's own, nothing is known.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from makemore.core.errors import UserError, shown_key
from makemore.core.files import read_bytes
from makemore.core.layout import CROISSANT

SPDX = "https://spdx.org/licenses/"


class _Shape(BaseModel):
    """Base class: strict about types. The other keys of the format are ignored."""

    model_config = ConfigDict(strict=True, frozen=True)


class File(_Shape):
    """A file of the data set, by its path from the folder of croissant.json."""

    content_url: str = Field(alias="contentUrl")


class DataSet(_Shape):
    """The description of a data set.

    license: a URL
    biases: what is missing from the data, or occurs too often
    """

    name: str
    description: str
    license: str
    language: str | None = Field(None, alias="inLanguage")
    biases: str = Field("", alias="rai:dataBiases")
    distribution: list[File]

    @property
    def license_id(self) -> str:
        """The SPDX identifier of the licence; empty if the URL is not that of an SPDX licence."""
        return self.license.removeprefix(SPDX).removesuffix(".html") if self.license.startswith(SPDX) else ""


def described(path: Path) -> DataSet | None:
    """The data set that the file or folder of names at `path` is; None if croissant.json does not describe it.

    Raises UserError if croissant.json is missing or damaged.
    """
    if not CROISSANT.exists():
        raise UserError(f"{CROISSANT}: no such file; restore it from git")
    try:
        data = DataSet.model_validate_json(read_bytes(CROISSANT))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = "".join(f"{shown_key(key)}: " for key in problem["loc"])
        raise UserError(f"{CROISSANT}: {where}{problem['msg']}; correct it, or restore it from git") from None
    files = {(CROISSANT.parent / file.content_url).resolve() for file in data.distribution}
    return data if path.resolve() in files else None
