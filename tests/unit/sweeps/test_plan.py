"""The git trees from which experiments start, and which experiments have results."""

from pathlib import Path

import pytest
import yaml

from makemore.core.errors import UserError
from makemore.sweeps.grid import grid
from makemore.sweeps.plan import make_plan
from tests.unit.sweeps.conftest import PARAMS, Repository

TWO = [["variants.gpt.lr=0.02"], ["variants.gpt.lr=0.03"]]


def params_in(repository: Repository, tree: str) -> str:
    return repository.git("show", f"{tree}:params.yaml") + "\n"


def test_trees_are_the_working_tree_with_the_values(repository: Repository) -> None:
    Path("params.yaml").write_text(PARAMS.replace("steps: 10", "steps: 20"), encoding="utf-8")
    Path("new.txt").write_text("new", encoding="utf-8")
    Path("untracked.txt").write_text("untracked", encoding="utf-8")
    repository.git("add", "new.txt")
    before = (repository.git("status", "--porcelain"), Path(".git/index").read_bytes())
    plan = make_plan("rate", TWO)
    assert [experiment.name for experiment in plan.experiments] == ["rate-1", "rate-2"]
    assert str(plan.experiments[0]) == "rate-1 (variants.gpt.lr=0.02)"
    for experiment, value in zip(plan.experiments, ("0.02", "0.03"), strict=True):
        expected = PARAMS.replace("steps: 10", "steps: 20").replace("lr: 0.01", f"lr: {value}")
        assert params_in(repository, experiment.tree) == expected
        files = repository.git("ls-tree", "--name-only", experiment.tree).split()
        assert files == ["dvc.lock", "new.txt", "params.yaml"]
    assert (repository.git("status", "--porcelain"), Path(".git/index").read_bytes()) == before
    assert (plan.baseline, plan.done) == (repository.baseline, frozenset())


def test_value_with_spaces_arrives_unchanged(repository: Repository) -> None:
    values = grid(["variants.rnn.cell=choice('a  b','c=1','c: d')"])
    trees = [params_in(repository, experiment.tree) for experiment in make_plan("rate", values).experiments]
    assert [yaml.safe_load(tree)["variants"]["rnn"]["cell"] for tree in trees] == ["a  b", "c=1", "c: d"]


def test_experiments_with_results_are_done(repository: Repository) -> None:
    first, second = make_plan("rate", TWO).experiments
    repository.add_experiment("rate-1", first.tree, {"gpt": 2.0})
    assert make_plan("rate", TWO).done == {"rate-1"}
    assert make_plan("rate", [*TWO, ["variants.gpt.lr=0.04"]]).done == {"rate-1"}, "a sweep may grow at its end"
    repository.add_experiment("rate-2", second.tree, {"gpt": 2.0})
    assert make_plan("rate", TWO).done == {"rate-1", "rate-2"}
    repository.commit()
    assert make_plan("rate", TWO).done == frozenset(), "DVC keeps experiments apart by the commit they start from"


def test_name_with_other_values_or_code_is_refused(repository: Repository) -> None:
    repository.add_experiment("rate-1", make_plan("rate", TWO).experiments[0].tree, {"gpt": 2.0})
    with pytest.raises(
        UserError, match=r"^the name 'rate' is taken: rate-1 has other .* \(params.yaml differs\); choose"
    ):
        make_plan("rate", TWO[::-1])
    Path("code.py").write_text("x = 1\n", encoding="utf-8")
    repository.git("add", "code.py")
    with pytest.raises(UserError, match=r"\(code.py differs\).* `dvc exp remove rate-1`"):
        make_plan("rate", TWO)
    Path("dvc.lock").write_text("stages: {x: 1}\n", encoding="utf-8")
    repository.git("rm", "--quiet", "--cached", "code.py")
    assert make_plan("rate", TWO).done == {"rate-1"}, "results may differ"


@pytest.mark.parametrize("name", ["", "a/b", "-a", "a b", "..", "a.lock", "é", "a" * 61])
def test_bad_name_is_refused(repository: Repository, name: str) -> None:
    with pytest.raises(UserError, match="of the sweep must be 1 to 60 letters, digits, - and _"):
        make_plan(name, TWO)


@pytest.mark.parametrize("setting", ["variants.gpt.typo=1", "variants.typo.lr=1", "~typo", "=1"])
def test_unknown_key_is_one_line(repository: Repository, setting: str) -> None:
    with pytest.raises(UserError, match=r"cannot be set in params.yaml: .*(typo|'')") as caught:
        make_plan("rate", [[setting]])
    assert "\n" not in str(caught.value)


def test_sweep_needs_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="need a git repository with a commit"):
        make_plan("rate", TWO)
