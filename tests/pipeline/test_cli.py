"""The command `makemore`: its output, its exit status, and errors as one line.

The installed script imports the package from the working tree, and reads params.yaml and the models in the clone.
`makemore verify` and `makemore sweep` have their own tests (test_verify.py, test_sweep.py), and so
have the contents of a comparison (tests/unit/comparing).
"""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from makemore.core import layout
from makemore.core.params import SampleParams
from makemore.evaluation import score
from makemore.models.base import catalog
from makemore.sampling import sample
from makemore.verification.environment import environment
from tests.conftest import ROOT
from tests.pipeline.conftest import RECORDER
from tests.pipeline.project import ALL, Project
from tests.tracking.server import wait_for
from tests.warm import warm

TRAINED = f"trained variants: {', '.join(sorted(ALL))}"
EVALUATED = f"evaluated variants: {', '.join(sorted(ALL))}"
COMMANDS = (
    *("init", "repro", "verify", "sweep", "sample", "complete", "score", "variants", "new-variant", "data"),
    *("compare", "runs", "ui", "doctor", "environment", "completion"),
)


def run(project: Project, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Runs `makemore ARGUMENTS` in the clone, warm, with its two streams apart."""
    command = ["makemore", *arguments]
    environment = warm({**project.environment, **settings})
    nothing = subprocess.DEVNULL
    return subprocess.run(
        command, cwd=project.root, env=environment, stdin=nothing, capture_output=True, text=True, check=False
    )


def check_error(project: Project, *arguments: str, message: str, **settings: str) -> None:
    """Checks that a command fails with exactly this line and status 2."""
    done = run(project, *arguments, **settings)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {message}\n")


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A repository before its first `dvc repro`: only params.yaml."""
    shutil.copy(ROOT / layout.PARAMS, tmp_path)
    return Project(tmp_path)


def test_help_lists_all_commands(reproduced: Project) -> None:
    done = run(reproduced, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    listed = [re.match(r"    ([\w-]+)", line) for line in done.stdout.splitlines()]
    assert [line[1] for line in listed if line] == [*COMMANDS]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["draw", "gpt"], "there is no command 'draw'"),
        (["sample"], "the following arguments are required: MODEL"),
        (["sample", "gpt", "-n", "five"], "argument -n/--names: invalid int value: 'five'"),
        (["score"], "the following arguments are required: MODEL"),
        (["score", "gpt"], "score: stdin has no names"),
        (["complete", "gpt"], "the following arguments are required: PREFIX"),
        (["new-variant", "mine"], "the following arguments are required: --like"),
        (["repro", "--jobs", "two"], "argument --jobs: invalid int value: 'two'"),
        (["verify", "HEAD", "HEAD~1"], "unrecognized arguments: HEAD~1"),
        (["compare", "gpt"], "compare: name two variants, or a commit with --base"),
        (["compare", "gpt", "count", "--base", "HEAD"], "compare: name two variants, or a commit with --base"),
    ],
)
def test_bad_usage_is_explained(reproduced: Project, arguments: list[str], message: str) -> None:
    done = run(reproduced, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"error: {message}")
    assert "; see `makemore" in done.stderr


def test_sample_uses_params_by_default(reproduced: Project) -> None:
    """So it prints the names that the sample stage has written."""
    done = run(reproduced, "sample", "gpt")
    expected = (reproduced.root / "reports/samples/gpt.txt").read_text(encoding="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


def test_sample_options_reach_the_sampler(reproduced: Project) -> None:
    values = {
        "names": 20,
        "seed": 7,
        "batch_size": 3,
        "temperature": 1.5,
        "top_k": 4,
        "top_p": 0.9,
        "prefix": "ma",
        "max_length": 5,
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]
    done = run(reproduced, "sample", "gpt", *options)
    expected = sample(catalog.load(reproduced.root / "artifacts/models/gpt"), SampleParams.model_validate(values))
    assert (done.returncode, done.stdout.split("\n"), done.stderr) == (0, [*expected, ""], "")


def test_output_can_be_piped(reproduced: Project) -> None:
    output = reproduced.run("bash", "-o", "pipefail", "-c", "makemore sample count -n 7 --seed 3 | sort | wc -l")
    assert output.strip() == "7"


def test_score_prints_the_most_likely_name_first(reproduced: Project) -> None:
    names = ["xqz", "anna", "emma"]
    done = run(reproduced, "score", "gpt", *names)
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = [line.split() for line in done.stdout.splitlines()]
    assert header == ["nats/symbol", "bits/char", "name"]
    nlls = dict(zip(names, score(catalog.load(reproduced.root / "artifacts/models/gpt"), names), strict=True))
    assert [row[2] for row in rows] == sorted(names, key=nlls.__getitem__)
    for nats, bits, name in rows:
        assert float(nats) == pytest.approx(nlls[name], abs=1e-4)
        assert float(bits) == pytest.approx(nlls[name] / 0.693147, abs=1e-3)


def test_compare_two_variants(reproduced: Project) -> None:
    done = run(reproduced, "compare", "bigram", "uniform", "-n", "1")
    assert (done.returncode, done.stderr) == (0, "")
    dev, test, *names = done.stdout.splitlines()
    assert re.match(r"dev, 892 distinct names: bigram 2\.\d{4}, uniform 3\.2958; bigram is better \(-0\.", dev)
    assert test.startswith("test, ")
    assert names[0] == ""
    assert names[1].startswith("nats per dev name:       bigram      uniform   difference")


def test_compare_with_a_commit(project: Project) -> None:
    """DVC's cache has the losses of the commit, so the difference is paired."""
    project.edit(lambda values: values["variants"]["bigram"].update(steps=60))
    project.run("dvc", "repro", "evaluate@bigram")
    done = run(project, "compare", "--base", "HEAD")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"\| bigram \| 2\.\d+ \| 2\.\d+ \| -0\.\d+ \| -0\.\d+ to -0\.\d+ \| better \|", done.stdout)
    assert "- Unchanged: uniform, count, gpt" in done.stdout
    assert "Differences are paired" in done.stdout
    assert "| variants.bigram.steps | 30 | 60 |" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "gtp"], f"the variant 'gtp' is not trained here; did you mean 'gpt'? {TRAINED}"),
        (["score", "..", "anna"], f"the variant '..' is not trained here; {TRAINED}"),
        (
            ["sample", "gpt", "--temperature=-1"],
            "sample: temperature: input should be greater than or equal to 0, not -1.0",
        ),
        (["sample", "gpt", "--names=0"], "sample: names: input should be greater than or equal to 1, not 0"),
        (
            ["sample", "gpt", "--prefix=anna", "--max-length=4"],
            "sample: max_length: must be more than the length of prefix, not 4",
        ),
        (["sample", "count", "--prefix=né"], "'né': 'é' is not in the vocabulary (abcdefghijklmnopqrstuvwxyz)"),
        (["compare", "gpt", "gtp"], f"the variant 'gtp' is not evaluated here; did you mean 'gpt'? {EVALUATED}"),
        (["sweep", "rate"], "there is no sweep 'rate' here; `dvc exp list --all-commits` lists all experiments"),
        (["sweep", "a/b", "-S", "variants.gpt.lr=1"], "the name 'a/b' must be 1 to 60 letters, digits, - and _"),
        (
            ["sweep", "rate", "-S", "data.seed=2"],
            "data.seed: a sweep compares variants, which share everything else; use `dvc exp run -S data.seed=...`",
        ),
    ],
)
def test_bad_input_is_one_line(reproduced: Project, arguments: list[str], message: str) -> None:
    check_error(reproduced, *arguments, message=message)


def test_untrained_repository_says_what_to_do(empty: Project) -> None:
    for command in (["sample", "gpt"], ["score", "gpt", "anna"]):
        check_error(empty, *command, message="the variant 'gpt' is not trained here; `dvc repro` trains all variants")
    done = run(empty, "runs")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "no such file; run `dvc pull` or `dvc repro`" in done.stderr


def test_other_folder_says_where_to_run(tmp_path: Path) -> None:
    message = "params.yaml: no such file; run this in the root of the repository"
    for command in (["sample", "gpt"], ["score", "gpt", "anna"], ["runs"], ["sweep", "rate"]):
        check_error(Project(tmp_path), *command, message=message)


def test_runs_links_the_run_of_each_variant(reproduced: Project) -> None:
    done = run(reproduced, "runs")
    assert (done.returncode, done.stderr) == (0, "")
    header, *lines, last = done.stdout.splitlines()
    assert header.split() == ["variant", "dev", "NLL", "run", "link"]
    ids = {run.data.tags["variant"]: run.info.run_id for run in reproduced.runs()}
    assert [(line.split()[0], line.split()[2]) for line in lines] == [(variant, ids[variant]) for variant in ALL]
    assert last.startswith("all runs, best first: http://127.0.0.1:5000/#/experiments/")


def test_environment_is_json(reproduced: Project) -> None:
    done = run(reproduced, "environment")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == environment()


def test_ctrl_c_ends_sampling_with_one_line(reproduced: Project, tmp_path: Path) -> None:
    record = {"PYTHONPATH": str(RECORDER), "RECORD": str(tmp_path), "DVC_STAGE": "sample"}
    process = reproduced.start("makemore", "sample", "gpt", "--names=10000000", **record)
    opened = tmp_path / "sample"

    def has_read_the_weights() -> bool:
        assert process.poll() is None, process.communicate()[0]
        return opened.exists() and "gpt/weights.safetensors" in opened.read_text(encoding="utf-8")

    wait_for(has_read_the_weights)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate()
    assert process.returncode == 130
    assert output.count("interrupted: ") == 1, "among the names: the pipe was full"
    assert "Traceback" not in output
