"""sample, score and complete: what they print, as text and as JSON. What they compute is tested with the API."""

import gzip
import io
import json
import math
import sys
from pathlib import Path

import pytest

import makemore as api
from makemore.cli.console import bar
from makemore.core.files import write_text
from makemore.core.layout import MODELS
from tests.unit.cli.conftest import Makemore

pytestmark = pytest.mark.usefixtures("project")


def stdin(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")


def test_sample_prints_the_names_of_the_api(makemore: Makemore) -> None:
    options = ["-n", "5", "--prefix", "e", "--temperature", "1.5", "--top-k", "4", "--top-p", "0.9", "--seed", "7"]
    names = api.load("gpt").sample(5, prefix="e", temperature=1.5, top_k=4, top_p=0.9, seed=7)
    assert makemore("sample", "gpt", *options) == (0, "".join(f"{name}\n" for name in names), "")
    status, output, _ = makemore("sample", "gpt", *options, "--json")
    assert (status, json.loads(output)) == (0, names)


def test_sample_takes_a_folder(makemore: Makemore) -> None:
    assert makemore("sample", f"./{MODELS}/gpt", "-n", "3") == makemore("sample", "gpt", "-n", "3")


def test_sample_leaves_out_known_names_and_repeats(makemore: Makemore) -> None:
    _, output, _ = makemore("sample", "count", "-n", "20", "--only-new", "--distinct")
    assert output.splitlines() == api.load("count").sample(20, only_new=True, distinct=True)


def test_names_before_an_error_are_printed(makemore: Makemore) -> None:
    status, output, error = makemore("sample", "count", "-n", "2", "--distinct", "--top-k", "1", "--max-length", "3")
    assert (status, output.count("\n")) == (2, 1)
    assert error == "error: only 1 of 200 sampled names are distinct; ask for fewer, or raise the temperature\n"


def test_score_prints_the_most_likely_name_first(makemore: Makemore) -> None:
    status, output, error = makemore("score", "gpt", "max", "emma", "zoe")
    assert (status, error) == (0, "")
    header, *rows = [line.split() for line in output.splitlines()]
    assert header == ["nats/symbol", "bits/char", "name"]
    nll = api.load("gpt").nll(["max", "emma", "zoe"]).sort_values()
    assert [row[2] for row in rows] == list(nll.index)
    for (nats, bits, _), expected in zip(rows, nll, strict=True):
        assert float(nats) == pytest.approx(expected, abs=1e-4)
        assert float(bits) == pytest.approx(expected / math.log(2), abs=1e-4)


def test_score_by_symbol(makemore: Makemore) -> None:
    status, output, error = makemore("score", "gpt", "--by-symbol", "emma")
    assert (status, error) == (0, "")
    costs = api.load("gpt").nll_by_symbol("emma")
    listed = [text for symbol, cost in costs.items() for text in (symbol, f"{cost:.2f}")]
    assert output.splitlines()[1].split()[2:] == listed
    _, output, _ = makemore("score", "gpt", "--by-symbol", "--json", "emma")
    (row,) = json.loads(output)
    assert row["symbols"] == [{"symbol": symbol, "nats": cost} for symbol, cost in costs.items()]
    assert row["nats_per_symbol"] == pytest.approx(costs.mean())


def test_colours_say_what_is_dear(makemore: Makemore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    _, output, _ = makemore("score", "count", "--by-symbol", "emzx")
    assert "\x1b[1;31mx" in output, "no name has zx"
    assert "\x1b[1;33m" in output


def test_score_reads_a_file_or_stdin(makemore: Makemore, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = makemore("score", "gpt", "emma", "zoe")
    write_text(Path("some.txt"), " emma\r\n\n\tzoe")
    assert makemore("score", "gpt", "--file", "some.txt") == expected
    monkeypatch.setattr(sys, "stdin", stdin(b"zoe\nemma\n"))
    assert makemore("score", "gpt") == expected


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (b" \n", [], "score: stdin has no names; see `makemore score --help`"),
        (b"", ["--file", "none.txt"], "none.txt: cannot be read (No such file or directory); check the path"),
        (b"", ["--file", "."], ".: cannot be read (Is a directory"),
        (b"", ["emma", "--file", "x"], "score: give names or --file, not both; see `makemore score --help`"),
        (b"", ["emma", "--tsv", "--json"], "score: --tsv goes with neither --json nor --by-symbol"),
    ],
)
def test_lists_that_cannot_be_scored_are_one_line(
    makemore: Makemore, monkeypatch: pytest.MonkeyPatch, content: bytes, arguments: list[str], message: str
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin(content))
    status, output, error = makemore("score", "gpt", *arguments)
    assert (status, output) == (2, "")
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1


def test_names_that_cannot_be_scored_are_rows(makemore: Makemore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad line costs nothing but its own score."""
    lines = [b"\xef\xbb\xbfmax", b"", b"zo\xeb", b"Zoe", b"\xe2\x80\x8eemma\t", b"a" * 30]
    Path("list.gz").write_bytes(gzip.compress(b"\r\n".join(lines)))
    status, output, error = makemore("score", "gpt", "--file", "list.gz", "--keep-order", "--json")
    assert (status, error) == (1, "3 of 5 names cannot be scored; their rows say why\n")
    rows = json.loads(output)
    assert [row["name"] for row in rows] == ["max", "zo\\xeb", "Zoe", "emma", "a" * 30]
    assert [row["nats_per_symbol"] for row in rows] == pytest.approx(
        [*api.load("gpt").nll("max"), None, None, *api.load("gpt").nll("emma"), None]
    )
    assert [row["reason"] for row in rows if row["nats_per_symbol"] is None] == [
        "list.gz:3: not UTF-8 (byte 0xeb)",
        "list.gz:4: 'Z' is not in the vocabulary",
        "list.gz:6: a name of 30 characters, but the model was trained on at most 8",
    ]
    monkeypatch.setattr(sys, "stdin", stdin(b"Zoe\nemma\n"))
    status, output, _ = makemore("score", "gpt", "-", "--tsv")
    header, emma, zoe = [line.split("\t") for line in output.splitlines()]
    assert status == 1
    assert header == ["nats_per_symbol", "bits_per_char", "name", "reason"]
    assert emma[2:] == ["emma", ""]
    assert float(emma[0]) == pytest.approx(rows[3]["nats_per_symbol"])
    assert float(emma[1]) == pytest.approx(rows[3]["bits_per_char"])
    assert zoe == ["", "", "Zoe", "stdin:1: 'Z' is not in the vocabulary"]
    status, output, _ = makemore("score", "gpt", "--by-symbol", "Zoe", "emma")
    assert (status, output.splitlines()[2]) == (1, "          -          -  Zoe  ('Z' is not in the vocabulary)")


def test_complete_lists_the_likeliest_symbols(makemore: Makemore) -> None:
    status, output, error = makemore("complete", "count", "em", "--top", "3")
    assert (status, error) == (0, "note: the model sees only the last character of the prefix\n")
    expected = api.load("count").next("em").head(3)
    rows = [line.split() for line in output.splitlines()]
    assert [(symbol, number) for symbol, number, *_ in rows] == [
        (symbol, f"{probability:.3f}") for symbol, probability in expected.items()
    ]
    assert rows[0][2] == "█" * 40
    _, output, _ = makemore("complete", "count", "em", "--top", "3", "--json")
    found = json.loads(output)
    assert found["prefix"] == "em"
    assert {each["symbol"]: each["probability"] for each in found["next"]} == dict(expected)


def test_bars_are_exact_to_an_eighth() -> None:
    assert [bar(fraction, 2) for fraction in (0, 1 / 16, 0.5, 9 / 16, 1)] == ["", "▏", "█", "█▏", "██"]


def test_infinite_losses_are_json(makemore: Makemore, project: Path) -> None:
    model = api.load("count").module
    model.config = model.config.model_copy(update={"smoothing": 0})
    api.TrainedModel(model, "count", "", api.load("count").defaults).save(project / "plain")
    _, output, _ = makemore("score", "./plain", "xx", "--json")
    assert json.loads(output)[0]["nats_per_symbol"] == "Infinity"
