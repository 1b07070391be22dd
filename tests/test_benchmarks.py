"""What the benchmarks compare with computes the same; how fast anything is, no test says."""

import os
import subprocess
import sys

import pytest
import torch

from benchmarks import tutorials
from benchmarks.__main__ import BENCHMARKS, PARTS
from benchmarks.harness import reference
from makemore.corpus import Corpus, bigram_counts
from makemore.evaluation import likelihood
from makemore.models import parse_config
from makemore.training import train
from tests.conftest import CONFIGS, ROOT, WORDS


def test_the_tutorials_loops_count_and_evaluate_as_we_do() -> None:
    corpus = Corpus.of({"train": WORDS, "dev": WORDS[:1], "test": []}, ".")
    token = {symbol: number for number, symbol in enumerate(corpus.vocabulary.symbols)}
    counts = tutorials.count(WORDS, token)
    assert torch.equal(counts, bigram_counts(corpus.rows["train"], len(token)).int())
    model, _ = train(parse_config("count", CONFIGS["count"]), corpus, "count")
    assert tutorials.evaluate(WORDS, token, counts) == pytest.approx(likelihood(model, corpus.rows["train"]).mean())


def test_the_transcript_of_the_reference_is_a_causal_transformer_of_its_size() -> None:
    torch.manual_seed(0)
    model = tutorials.Transformer(tutorials.ModelConfig(block_size=16, vocab_size=27))
    assert sum(p.numel() for p in model.parameters()) == 204_544  # makemore.py says 0.20M, and counts no head
    tokens = torch.randint(27, (2, 16))
    changed = tokens.clone()
    changed[:, 8:] = (changed[:, 8:] + 1) % 27
    assert torch.allclose(model(tokens)[0][:, :8], model(changed)[0][:, :8], atol=1e-5)
    assert tutorials.generate(model, tokens[:, :1], 15, do_sample=True).shape == (2, 16)


def test_the_transcript_computes_what_the_reference_computes() -> None:
    if "MAKEMORE" not in os.environ:
        pytest.skip("MAKEMORE does not name a checkout of karpathy/makemore")
    makemore, _ = reference()
    theirs = makemore.Transformer(makemore.ModelConfig(block_size=16, vocab_size=27))
    ours = tutorials.Transformer(tutorials.ModelConfig(block_size=16, vocab_size=27))
    for our, their in zip(ours.parameters(), theirs.parameters(), strict=True):
        our.data = their.data
    tokens = torch.randint(27, (4, 16))
    assert torch.allclose(ours(tokens, tokens)[0], theirs(tokens, tokens)[0], atol=1e-5)
    assert ours(tokens, tokens)[1].item() == pytest.approx(theirs(tokens, tokens)[1].item(), abs=1e-5)


def test_every_benchmark_is_a_file_and_every_file_a_benchmark() -> None:
    files = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    assert files - {"__init__", "__main__", "harness", "tutorials"} == {*BENCHMARKS, *PARTS}


@pytest.mark.parametrize("name", ["muon", "gpt_step"])
def test_a_benchmark_prints_figures(name: str) -> None:
    command = [sys.executable, "-m", "benchmarks", name, "--here", "native"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout.replace("|", " ").split()[-1]) > 0


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["nothing"], {}, "there is no nothing; there are bigrams, sampling"),
        (["muon", "bigrams", "--here", "native"], {}, "--here takes one NAME"),
        (["gpt_step", "--here", "native"], {"MAKEMORE_NAMES": "/no/names"}, "error: MAKEMORE_NAMES: there is no file"),
        (["reference_step", "--here", "native"], {"MAKEMORE": "/no"}, "error: MAKEMORE: there is no '/no/makemore.py'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments: list[str], environment: dict[str, str], message: str) -> None:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
