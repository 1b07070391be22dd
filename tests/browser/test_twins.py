"""The JavaScript twins compute what the models compute: in Chromium, for every variant in params.yaml and every option.

The weights are random instead of trained, which takes no time and is harder: nothing in them is small or regular.
"""

import math
import random
from typing import Any

import pytest
import torch
from playwright.sync_api import Page

from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.corpus.split_names import SplitNames
from makemore.models.base.catalog import AnyModel, build, parse_config
from makemore.models.base.config import TrainingConfig
from makemore.report import embedded as module
from makemore.report.embedded import embedded, scripts
from tests.conftest import CONFIGS, MODERN, PARAMS, ROOT

TOLERANCE = 1e-3  # of a log-probability
NAMES = (ROOT / "datasets" / "names.txt").read_text(encoding="utf-8").split()[:2_000]
OPTIONS = {
    "count without smoothing": CONFIGS["count"] | {"smoothing": 0},
    "ngram without context": CONFIGS["ngram"] | {"order": 1},
    "wavenet of threes": CONFIGS["wavenet"] | {"kernel_size": 3},
    "gpt, all modern parts": CONFIGS["gpt"] | MODERN,
    "gpt, rms and learned": CONFIGS["gpt"] | {"norm": "rms", "qk_norm": True, "activation": "relu2"},
    "gpt, tied and rotary": CONFIGS["gpt"] | {"tied_head": True, "positions": "rotary", "ngram_embedding": 2},
}
VARIANTS = PARAMS.variants | OPTIONS
COMPUTE = """([data, names, prefixes]) => Object.fromEntries(loadVariants(data).variants.map((variant) => {
    const last = (prefix) => [...logSoftmax(variant.run(prefix).logits.at(-1))];
    const finite = (value) => (value === -Infinity ? "-Infinity" : value);
    return [variant.variant, {
        names: names.map((name) => logProbabilities(variant, name).map(finite)),
        prefixes: prefixes.map((prefix) => last(prefix).map(finite)),
    }];
}))"""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.of({"train": NAMES[:1_500], "dev": NAMES[1_500:], "test": []}, ".")


@pytest.fixture(scope="module")
def models(corpus: Corpus) -> dict[str, AnyModel]:
    """A model of each variant: counted, or with random weights of a trained scale."""
    torch.manual_seed(1)
    return {variant: random_model(variant, values, corpus) for variant, values in VARIANTS.items()}


@torch.no_grad()
def random_model(variant: str, values: dict[str, Any], corpus: Corpus) -> AnyModel:
    config = parse_config(variant, values)
    model = build(config, corpus.vocabulary, corpus.longest).eval()
    if not isinstance(config, TrainingConfig):
        model.fit(corpus)
    for parameter in model.parameters() if isinstance(config, TrainingConfig) else ():
        if not parameter.any():  # those that start as zero
            parameter.normal_(std=1 / math.sqrt(parameter.shape[-1]))
    return model


@pytest.fixture(scope="module")
def tokens(corpus: Corpus) -> tuple[list[list[int]], list[list[int]]]:
    """200 dev names, from end marker to end marker, and 200 random prefixes of all lengths up to the longest name."""
    names = [[0, *corpus.vocabulary.encode(name), 0] for name in NAMES[1_500:1_700]]
    draw = random.Random(1)  # noqa: S311 (not a secret)
    symbols = range(1, len(corpus.vocabulary))
    return names, [[0, *draw.choices(symbols, k=draw.randint(0, corpus.longest))] for _ in range(200)]


@pytest.fixture(scope="module")
def found(
    page: Page, models: dict[str, AnyModel], tokens: tuple[list[list[int]], list[list[int]]]
) -> dict[str, dict[str, list[list[float]]]]:
    """What the page computes: for each variant the log-probabilities of the symbols of names, and after prefixes."""
    page.goto("about:blank")
    page.add_script_tag(content=scripts())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_CHARACTERS", 10**8)
        data = embedded(models)
    results = page.evaluate(COMPUTE, [data, *tokens])
    return {
        variant: {kind: [[float(value) for value in row] for row in rows] for kind, rows in each.items()}
        for variant, each in results.items()
    }


@torch.no_grad()
def log_probabilities(model: AnyModel, row: list[int]) -> torch.Tensor:
    """Those of every symbol after each of the tokens: float64 (time, vocab_size)."""
    logits: torch.Tensor = model(torch.tensor([row]))[0].double()
    return logits.log_softmax(dim=-1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_names_are_as_likely_as_in_python(
    found: dict[str, Any], models: dict[str, AnyModel], tokens: tuple[list[list[int]], list[list[int]]], variant: str
) -> None:
    for name, values in zip(tokens[0], found[variant]["names"], strict=True):
        expected = log_probabilities(models[variant], name[:-1]).gather(1, torch.tensor(name[1:]).unsqueeze(1))[:, 0]
        assert values == pytest.approx(expected.tolist(), abs=TOLERANCE)
        assert sum(values) == pytest.approx(expected.sum().item(), abs=TOLERANCE)


@pytest.mark.parametrize("variant", VARIANTS)
def test_next_symbols_are_as_likely_as_in_python_and_in_the_same_order(
    found: dict[str, Any], models: dict[str, AnyModel], tokens: tuple[list[list[int]], list[list[int]]], variant: str
) -> None:
    for prefix, values in zip(tokens[1], found[variant]["prefixes"], strict=True):
        expected = log_probabilities(models[variant], prefix)[-1].tolist()
        assert values == pytest.approx(expected, abs=TOLERANCE)
        likeliest = sorted(range(len(values)), key=lambda token: -values[token])[:10]
        by_rank = sorted(expected, reverse=True)
        for rank, token in enumerate(likeliest):  # as likely as Python's at this rank: the same symbol, or a tie
            assert expected[token] == pytest.approx(by_rank[rank], abs=2 * TOLERANCE)


def test_longer_input_than_the_corpus_has_slides_the_window(
    page: Page, corpus: Corpus, models: dict[str, AnyModel]
) -> None:
    """As in sampling (Model.next_logits); the RNNs read on."""
    chosen = {name: models[name] for name in ("gpt", "gpt-modern", "bow", "lstm", "mlp")}
    long = (corpus.vocabulary.encode("abcde") * 9)[: corpus.longest + 9]
    page.goto("about:blank")
    page.add_script_tag(content=scripts())
    last = page.evaluate(
        "([data, tokens]) => loadVariants(data).variants.map((v) => [...logSoftmax(v.run(tokens).logits.at(-1))])",
        [embedded(chosen), [0, *long]],
    )
    for model, values in zip(chosen.values(), last, strict=True):
        cache: list[torch.Tensor] = []
        with torch.no_grad():
            for token in (0, *long):
                logits, cache = model.next_logits(torch.tensor([[token]]), cache)
        assert values == pytest.approx(logits[0].double().log_softmax(dim=-1).tolist(), abs=TOLERANCE)
    with pytest.raises(UserError):
        models["gpt"](SplitNames.of(["a" * (corpus.longest + 1)], corpus.vocabulary).tensor()[:, :-1])


def test_draws_follow_the_probabilities(page: Page) -> None:
    page.goto("about:blank")
    page.add_script_tag(content=scripts())
    counts = page.evaluate(
        """() => {
            const [random, counts] = [randomNumbers(1), [0, 0, 0, 0]];
            for (let i = 0; i < 40000; i++) counts[drawn([0.5, 0, 0.2, 0.3], random())] += 1;
            return [...counts, drawn([0.5, 0.5, 0], 0.99999999999), drawn([0.3, 0.3, 0.3999999999], 1 - 1e-16)];
        }"""
    )
    assert page.evaluate("atTemperature([1, 3, 2, 3], '0')") == [0, 1, 0, 0]
    assert page.evaluate("atTemperature([0, 0], '2')") == [0.5, 0.5]
    assert counts[:4] == [
        pytest.approx(20_000, rel=0.03),
        0,
        pytest.approx(8_000, rel=0.05),
        pytest.approx(12_000, rel=0.04),
    ]
    assert counts[4:] == [1, 2]
