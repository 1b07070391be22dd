"""`makemore.load(variant, rev=...)`: the model of a commit, from DVC's cache."""

import shutil

import pytest
import torch

import makemore
from makemore.core.errors import UserError
from tests.pipeline.project import Project


def test_model_of_a_commit_while_the_folder_has_none(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a cache that several clones share."""
    monkeypatch.chdir(project.root)
    expected = makemore.load("gpt")
    names = expected.sample(9, only_new=True, distinct=True)
    shutil.rmtree("artifacts")
    shutil.move(".dvc/cache", "../shared")
    project.run("dvc", "config", "--local", "cache.dir", "../shared")
    committed = makemore.load("gpt", rev="HEAD")
    assert committed.source == "artifacts/models/gpt at HEAD"
    assert all(map(torch.equal, committed.module.state_dict().values(), expected.module.state_dict().values()))
    assert committed.sample(9, only_new=True, distinct=True) == names
    assert len(committed.curve) == len(expected.curve)


@pytest.mark.parametrize(
    ("variant", "rev", "message"),
    [
        ("gpt", "no-such-branch", "load: 'no-such-branch' is not a commit of this repository; if another clone has it"),
        ("gpt", "HEAD~1", "artifacts/models/gpt/config.json at 'HEAD~1': neither in DVC's cache nor in its remote"),
        ("gtp", "HEAD", "artifacts/models/gtp/config.json at 'HEAD': neither in DVC's cache nor in its remote"),
    ],
)
def test_what_is_not_there_is_one_line(
    reproduced: Project, monkeypatch: pytest.MonkeyPatch, variant: str, rev: str, message: str
) -> None:
    monkeypatch.chdir(reproduced.root)
    with pytest.raises(UserError) as error:
        makemore.load(variant, rev=rev)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
