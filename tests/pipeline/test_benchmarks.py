"""The benchmarks run, and their baselines compute the same as our code. No test checks how fast anything is."""

import os
import subprocess
import sys

import pytest
import torch

from benchmarks import baselines
from benchmarks.__main__ import BENCHMARKS
from benchmarks.harness import in_process, reference
from makemore.corpus.corpus import Corpus
from makemore.evaluation import likelihood
from makemore.models.base.catalog import parse_config
from makemore.training.fit import fit
from tests.conftest import CONFIGS, FEW_NAMES, ROOT


def test_lecture_loops_count_and_evaluate_like_our_code() -> None:
    corpus = Corpus.of({"train": FEW_NAMES, "dev": FEW_NAMES[:1], "test": []}, ".")
    token = {symbol: number for number, symbol in enumerate(corpus.vocabulary.symbols)}
    counts = baselines.count(FEW_NAMES, token)
    assert torch.equal(counts, corpus.bigrams.int())
    model, _ = fit(parse_config("count", CONFIGS["count"]), corpus, "count")
    nll = likelihood(model, corpus.names["train"]).mean()
    assert baselines.evaluate(FEW_NAMES, token, counts) == pytest.approx(nll)


def test_transcript_is_causal_and_has_the_size_of_makemore_py() -> None:
    torch.manual_seed(0)
    model = baselines.Transformer(baselines.ModelConfig(block_size=16, vocab_size=27))
    assert sum(p.numel() for p in model.parameters()) == 204_544  # makemore.py reports 0.20M, without the head
    tokens = torch.randint(27, (2, 16))
    changed = tokens.clone()
    changed[:, 8:] = (changed[:, 8:] + 1) % 27
    assert torch.allclose(model(tokens)[0][:, :8], model(changed)[0][:, :8], atol=1e-5)
    assert baselines.generate(model, tokens[:, :1], 15, do_sample=True).shape == (2, 16)


def test_transcript_computes_the_same_as_makemore_py() -> None:
    if not os.environ.get("MAKEMORE"):
        pytest.skip("MAKEMORE is not set to a checkout of karpathy/makemore")
    makemore, _ = reference()
    theirs = makemore.Transformer(makemore.ModelConfig(block_size=16, vocab_size=27))
    ours = baselines.Transformer(baselines.ModelConfig(block_size=16, vocab_size=27))
    for our, their in zip(ours.parameters(), theirs.parameters(), strict=True):
        our.data = their.data
    tokens = torch.randint(27, (4, 16))
    assert torch.allclose(ours(tokens, tokens)[0], theirs(tokens, tokens)[0], atol=1e-5)
    assert ours(tokens, tokens)[1].item() == pytest.approx(theirs(tokens, tokens)[1].item(), abs=1e-5)


def test_every_file_is_a_benchmark_or_shared_by_some() -> None:
    files = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    assert files - {"__init__", "__main__", "harness", "baselines", "many_names", "memory_limit"} == {*BENCHMARKS}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_page_quotes_every_benchmark(name: str) -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")  # `make times`
    assert f"`{name}`" in pages or f"python -m benchmarks {name}" in " ".join((pages + makefile).split())


@pytest.mark.parametrize("step", ["threads.step", "time_to_quality.reference_step"])
def test_a_step_is_measured_in_a_process_of_its_own(step: str) -> None:
    assert in_process(step, "native", OMP_NUM_THREADS="1") > 0


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["nothing"], {}, "unknown benchmark: nothing; choose from bigrams, sampling"),
        (["threads", "bigrams", "--here", "native"], {}, "--here takes exactly one NAME"),
        (["bigrams", "--here", "native"], {"MAKEMORE_NAMES": "/no/names"}, "error: MAKEMORE_NAMES: there is no file"),
        (["sampling", "--here", "native"], {"MAKEMORE": "/x"}, "error: MAKEMORE: there is no file '/x/makemore.py'"),
    ],
)
def test_user_errors_are_one_line(arguments: list[str], environment: dict[str, str], message: str) -> None:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
