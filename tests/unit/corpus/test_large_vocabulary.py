"""Thousands of symbols: what each stage needs stays far below a table of all pairs."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given

from makemore.core.errors import UserError
from makemore.core.files import write_json
from makemore.core.layout import BIGRAMS_FILE
from makemore.corpus import bigrams as counting
from makemore.corpus.bigrams import LARGEST_TABLE_SYMBOLS, bigram_table, count_bigrams, load_bigrams, save_bigrams
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import encode_names
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base.catalog import build, parse_config
from tests.conftest import CONFIGS, PARAMS, ROOT
from tests.unit.corpus.strategies import NAMES

IDEOGRAPHS = [chr(0x4E00 + number) for number in range(20_000)]


def peak_memory(folder: Path, *arguments: str) -> float:
    """The gigabytes that `python -m stages` with these arguments needs at most, in `folder`."""
    code = (
        "import resource, subprocess, sys; subprocess.run([sys.executable, '-m', 'stages', *sys.argv[1:]], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6)"
    )
    command = [sys.executable, "-c", code, *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_prepare_of_20_000_characters_stays_below_half_a_gigabyte(tmp_path: Path) -> None:
    text = "".join(f"{first}{second}\n" for first, second in zip(IDEOGRAPHS[::2], IDEOGRAPHS[1::2], strict=True))
    (tmp_path / "cjk.txt").write_text(text, encoding="utf-8")
    (tmp_path / "none.txt").touch()
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts/checked.txt").touch()
    values = PARAMS.model_dump()
    values["data"] |= {"path": "cjk.txt", "dev_path": "none.txt"}
    write_json(tmp_path / "params.yaml", values)  # JSON is YAML
    assert peak_memory(tmp_path, "prepare") < 0.5
    corpus = Corpus.load(tmp_path / "artifacts/corpus")
    assert len(corpus.vocabulary) == 20_001
    assert (tmp_path / "artifacts/corpus" / BIGRAMS_FILE).stat().st_size < 10**6


@given(NAMES)
def test_counts_of_bytes_in_a_table_and_by_sorting_are_the_same(names: list[str]) -> None:
    vocabulary = Vocabulary.of(names, ".")
    tokens, size = encode_names(names, vocabulary).tokens, len(vocabulary)
    of_bytes, small = count_bigrams(tokens, size), count_bigrams(tokens.astype(np.uint16), size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_SMALL_TABLE_SYMBOLS", 0)
        large = count_bigrams(tokens.astype(np.uint32), size)
    assert of_bytes.pairs() == small.pairs() == large.pairs()
    table = bigram_table(large, size).flatten()
    assert np.array_equal(large.codes, table.nonzero()[0])
    assert np.array_equal(large.counts, table[large.codes])


@pytest.mark.parametrize(("largest", "keys"), [(5_000, {"train"}), (3, {"train.bigrams", "train.counts"})])
def test_counts_are_stored_as_a_table_if_it_is_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int, keys: set[str]
) -> None:
    monkeypatch.setattr(counting, "LARGEST_TABLE_SYMBOLS", largest)
    path, bigrams = tmp_path / BIGRAMS_FILE, count_bigrams(np.array([1, 2, 0, 3, 0], np.uint8), 4)
    save_bigrams(path, bigrams, 4)
    assert safetensors.numpy.load_file(path).keys() == keys
    assert load_bigrams(path, 4).pairs() == bigrams.pairs() == [(1, 1), (3, 1), (6, 1), (8, 1), (12, 1)]


@pytest.mark.parametrize("model", ["count", "bigram"])
def test_models_with_a_table_of_all_pairs_refuse_a_large_vocabulary(model: str) -> None:
    vocabulary = Vocabulary((".", *IDEOGRAPHS[:LARGEST_TABLE_SYMBOLS]))
    with pytest.raises(UserError, match=r"at most 5,000 symbols, but the corpus has 5,001"):
        build(parse_config(model, CONFIGS[model]), vocabulary, longest=2)
