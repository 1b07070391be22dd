"""`makemore.load(variant, rev=...)`: the model of a commit, from DVC's cache."""

import shutil

import pytest
import torch

import makemore
from makemore.core.errors import UserError
from tests.pipeline.project import Project


def test_model_of_a_commit_while_the_folder_has_another(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    expected = makemore.load("gpt")
    shutil.copy("artifacts/models/gpt/weights.safetensors", "weights")
    project.edit(lambda values: values["variants"]["gpt"].update(steps=10))
    project.run("dvc", "repro", "train@gpt")
    changed, committed = makemore.load("gpt"), makemore.load("gpt", rev="HEAD")
    assert committed.source == "artifacts/models/gpt at HEAD"
    assert not all(map(torch.equal, changed.module.state_dict().values(), expected.module.state_dict().values()))
    assert all(map(torch.equal, committed.module.state_dict().values(), expected.module.state_dict().values()))
    assert committed.sample(9, only_new=True, distinct=True) == expected.sample(9, only_new=True, distinct=True)
    assert len(committed.curve) == len(expected.curve)


@pytest.mark.parametrize(
    ("variant", "rev", "message"),
    [
        ("gpt", "no-such-branch", "dvc: "),
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
