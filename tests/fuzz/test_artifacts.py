"""Any damage to a file that a stage wrote is refused in one line, or what the models say is still numbers."""

import json
import math
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core import layout
from makemore.core.artifacts import read_artifact
from makemore.core.curve import write_curve
from makemore.corpus.card import DataCard
from makemore.corpus.corpus import Corpus
from makemore.evaluation import score
from makemore.models.base import catalog
from makemore.report.charts.charts import charts
from makemore.report.dev_names import DevNames
from makemore.report.pages import report_html, report_markdown
from makemore.report.stage_outputs import Result
from makemore.report.story import Story
from makemore.sampling import sample
from makemore.training.fit import fit
from stages import evaluate, prepare
from stages import sample as sample_stage
from tests.conftest import CONFIGS, FEW_NAMES, PARAMS
from tests.fuzz import EXAMPLES
from tests.fuzz.lines import accepted

VARIANTS = ("count", "ngram", "mlp", "gpt")
SAMPLE = PARAMS.sample.model_copy(update={"names": 20})
LEAVES: list[Any] = [None, True, -1, 0, 10**15, 10**30, 1e308, "", "Infinity", "\x1b", "<!--<script>", "\ud800", [], {}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a few variants, made by the stages."""
    path = tmp_path_factory.mktemp("results")
    (path / "names.txt").write_text("\n".join(FEW_NAMES * 3), encoding="utf-8")
    (path / "dev.txt").write_text("\n".join(FEW_NAMES[:3]), encoding="utf-8")
    data = PARAMS.data.model_copy(update={"path": "names.txt", "dev_path": "dev.txt"})
    params = PARAMS.model_copy(update={"data": data, "sample": SAMPLE})
    with chdir(path):
        layout.CHECKED.parent.mkdir()
        layout.CHECKED.touch()
        prepare.run(params)
        corpus = Corpus.load(layout.CORPUS)
        for variant in VARIANTS:
            model, curve = fit(catalog.parse_config(variant, CONFIGS[variant]), corpus, variant)
            catalog.save(model, layout.MODELS / variant)
            write_curve(layout.MODELS / variant / layout.CURVE_FILE, curve)
            evaluate.run(params, variant)
            sample_stage.run(params, variant)
    return path


def read_everything() -> list[float]:
    """Reads all files as the stages and the command line do; returns scores."""
    corpus, card = Corpus.load(layout.CORPUS), read_artifact(layout.CORPUS / layout.CARD_FILE, DataCard)
    results = [Result.read(variant, layout.MODELS / variant, corpus.vocabulary) for variant in VARIANTS]
    story = Story.of(results, corpus, card, DevNames.read(list(VARIANTS), corpus))
    drawn = {name: json.dumps(chart.to_dict()) for name, chart in charts(story).items()}
    report_markdown(story, list(drawn)).encode()
    report_html(story, PARAMS, dict.fromkeys(VARIANTS, "0" * 32), drawn).encode()
    for result in results:
        sample(result.model, SAMPLE)
    return [nll for result in results for nll in score(result.model, FEW_NAMES)]


def edited(value: Any, draw: Callable[[Any], Any]) -> Any:
    """`value` with one of its parts, at any depth, removed or replaced."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(list(value) if isinstance(value, dict) else list(range(len(value)))))
        if draw(st.integers(0, 4)) == 0:
            value.pop(key)
        else:
            value[key] = edited(value[key], draw)
        return value
    return draw(st.sampled_from(LEAVES))


@st.composite
def damages(draw: Callable[[Any], Any]) -> Callable[[bytes, list[bytes]], bytes]:
    """A function from the content of a file, and those of all files, to other content."""
    kind = draw(st.sampled_from(["cut", "flip", "insert", "foreign", "json"]))
    share: float = draw(st.floats(0, 1, exclude_max=True))
    byte: int = draw(st.integers(1, 255))
    number: int = draw(st.integers(0, 99))

    def damage(content: bytes, others: list[bytes]) -> bytes:
        place = int(share * len(content))
        match kind:
            case "cut":
                return content[:place]
            case "flip":
                return content[:place] + bytes([content[place] ^ byte]) + content[place + 1 :]
            case "insert":
                return content[:place] + bytes([byte]) * number + content[place:]
            case "foreign":
                return others[number % len(others)]
        try:
            return json.dumps(edited(json.loads(content), draw)).encode()
        except ValueError:  # not a JSON file
            return content[::-1]

    return damage


@settings(max_examples=EXAMPLES)
@given(data=st.data(), damage=damages())
def test_damage_is_refused_or_harmless(
    folder: Path, data: st.DataObject, damage: Callable[[bytes, list[bytes]], bytes]
) -> None:
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in {".json", ".csv", ".safetensors"} or (path.suffix == ".txt" and path.parent.name == "samples")
    )
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    try:
        path.write_bytes(damage(content, [other.read_bytes() for other in files]))
        with chdir(folder):
            scores = accepted(read_everything)
        assert scores is None or not any(map(math.isnan, scores))
    finally:
        path.write_bytes(content)


def test_undamaged_files_are_accepted(folder: Path) -> None:
    with chdir(folder):
        assert len(read_everything()) == len(VARIANTS) * len(FEW_NAMES)
