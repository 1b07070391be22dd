"""check refuses paths of names that cannot work, before anything is computed."""

from pathlib import Path

import pytest

from makemore.core.errors import UserError
from stages import check
from tests.conftest import PARAMS


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.txt", "there is no file 'nowhere.txt'"),
        ("names/*.txt", "there is no file 'names/*.txt'; a pattern is not possible, only a file or a folder"),
    ],
)
def test_missing_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    params = PARAMS.model_copy(update={"data": PARAMS.data.model_copy(update={"path": path})})
    with pytest.raises(UserError) as error:
        check.run(params)
    assert str(error.value) == f"params.yaml: data.path: {message}"
