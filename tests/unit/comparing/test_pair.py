"""Two variants, name by name."""

import json

import pytest
import torch

from makemore.comparing.difference import as_json
from makemore.comparing.pair import compare_pair
from makemore.core.errors import UserError
from makemore.core.files import json_text
from makemore.core.layout import CORPUS, LOSSES
from makemore.corpus.corpus import Corpus
from makemore.statistics import names as names_module
from makemore.statistics.names import DistinctNames, write_losses
from tests.unit.comparing.conftest import VARIANTS, WORDS, Record


def write(variant: str, dev: torch.Tensor) -> None:
    """Writes other dev losses of a variant; its test losses are zero."""
    write_losses(LOSSES / f"{variant}.safetensors", {"dev": dev.float(), "test": torch.zeros(30)})


def text(first: str, second: str, count: int) -> str:
    return compare_pair(first, second, count).text()


@pytest.mark.usefixtures("record")
def test_the_worse_variant_is_named_with_an_interval() -> None:
    dev, test, *_ = text("bad", "good", 3).splitlines()
    assert dev.startswith("dev, 75 distinct names: bad 2.")
    assert "; bad is worse (+0.4" in dev
    assert "nats per symbol, 95% interval +0.3" in dev
    assert test.startswith("test, 30 distinct names: ")
    assert "; good is better (-0.4" in text("good", "bad", 3)


def test_sample_of_names_is_called_one(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "MOST_NAMES", 40)
    record()
    dev, test, *_ = text("bad", "good", 3).splitlines()
    assert dev.startswith("dev, a sample of 40 distinct names: bad 2.")
    assert test.startswith("test, 30 distinct names: ")


@pytest.mark.usefixtures("record")
def test_names_on_which_they_differ_most_come_first() -> None:
    names = DistinctNames.of(Corpus.load(CORPUS).names["dev"])
    words = names.decoded(Corpus.load(CORPUS).vocabulary)
    base = torch.full((75,), 5.0)
    changed = base.clone()
    for word, nll in {"aa": 9.0, "bb": 7.0, "cc": 5.5, "dd": 1.0}.items():
        changed[words.index(word)] = nll
    write("good", base)
    write("bad", changed)
    lines = text("good", "bad", 2).splitlines()
    start = lines.index("better for good:")
    assert [line.split() for line in lines[start + 1 :] if line] == [
        ["aa", "5.00", "9.00", "-4.00"],
        ["bb", "5.00", "7.00", "-2.00"],
        ["better", "for", "bad:"],
        ["dd", "5.00", "1.00", "+4.00"],
    ]
    assert set(WORDS) == set(words)


@pytest.mark.usefixtures("record")
def test_json_has_the_same_in_full_precision() -> None:
    pair = compare_pair("good", "bad", 1)
    found = json.loads(json_text(as_json(pair)))
    dev = found["splits"]["dev"]
    assert (found["variants"], dev["names"], dev["is_sample"]) == (["good", "bad"], 75, False)
    assert dev["nll"]["good"] - dev["nll"]["bad"] == pytest.approx(dev["difference"]["value"])
    assert dev["difference"]["low"] < dev["difference"]["value"] < dev["difference"]["high"] < 0
    assert dev["difference"]["verdict"] == "better"
    (name,) = found["better"]["good"]
    assert name["nll"]["good"] < name["nll"]["bad"]
    assert f"  {name['name']} " in pair.text()


@pytest.mark.usefixtures("record")
def test_json_of_undefined_differences() -> None:
    for variant in ("good", "bad"):
        write(variant, torch.full((75,), torch.inf))
    difference = json.loads(json_text(as_json(compare_pair("good", "bad", 1))))["splits"]["dev"]["difference"]
    assert (difference["value"], difference["verdict"]) == (None, "cannot tell")
    write("good", torch.ones(75))
    difference = json.loads(json_text(as_json(compare_pair("good", "bad", 1))))["splits"]["dev"]["difference"]
    assert (difference["value"], difference["verdict"]) == ("-Infinity", "better")


@pytest.mark.usefixtures("record")
def test_equal_variants_cannot_be_told_apart() -> None:
    write("good", torch.ones(75))
    write("same", torch.ones(75))
    said = text("good", "same", 5)
    assert "they cannot be told apart (+0.0000 nats per symbol, 95% interval +0.0000 to +0.0000)" in said
    assert "no name is better for good" in said
    assert "no name is better for same" in said


@pytest.mark.usefixtures("record")
def test_infinite_losses() -> None:
    write("good", torch.ones(75))
    write("bad", torch.full((75,), torch.inf))
    lines = text("good", "bad", 1).splitlines()
    assert lines[0].endswith("good is better (-inf nats per symbol, 95% interval -inf to -inf)")
    assert lines[-3].split()[1:] == ["1.00", "inf", "-inf"]


def test_few_names_are_not_enough(record: Record) -> None:
    record(words=WORDS[:5])
    assert "too few names to tell them apart" in text("good", "bad", 1)


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize(
    ("variants", "message"),
    [
        (
            ("good", "bda"),
            "the variant 'bda' is not evaluated here; did you mean 'bad'? evaluated variants: bad, good, same",
        ),
        (("..", "bad"), "the variant '..' is not evaluated here; evaluated variants: bad, good, same"),
        (("good", "good"), "compare 'good' with another variant, not with itself"),
    ],
)
def test_variant_that_cannot_be_compared(variants: tuple[str, str], message: str) -> None:
    with pytest.raises(UserError) as error:
        compare_pair(*variants, 1)
    assert str(error.value) == message
    assert len(VARIANTS) == 3
