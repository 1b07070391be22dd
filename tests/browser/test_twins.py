"""The JavaScript twins compute the same bits as the models: in Chromium, for every variant and every option.

The weights are random instead of trained, which takes no time and is harder: nothing in them is small or regular.
"""

import math
import random
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from makemore.arithmetic import elementary, functional
from makemore.arithmetic import random as numbers
from makemore.combining import combined
from makemore.core.errors import UserError
from makemore.core.params import SampleParams
from makemore.corpus.corpus import Corpus
from makemore.corpus.split_names import SplitNames
from makemore.corpus.tokens import inputs_and_targets
from makemore.models import ensemble
from makemore.models.base.catalog import AnyModel, build, parse_config
from makemore.models.base.config import TrainingConfig
from makemore.report import embedded as module
from makemore.report.embedded import embedded, scripts
from makemore.sampling import sample
from tests.conftest import CONFIGS, MODERN, PARAMS, ROOT

NAMES = (ROOT / "datasets" / "names.txt").read_text(encoding="utf-8").split()[:2_000]
OPTIONS = {
    "count without smoothing": CONFIGS["count"] | {"smoothing": 0},
    "ngram without context": CONFIGS["ngram"] | {"order": 1},
    "mlp of more than 2^11 inputs": CONFIGS["mlp"] | {"block_size": 65, "n_embd": 33, "n_hidden": 8},
    "wavenet of threes": CONFIGS["wavenet"] | {"kernel_size": 3},
    "wavenet of one layer": CONFIGS["wavenet"] | {"kernel_size": 5, "n_layer": 1},
    "gpt, all modern parts": CONFIGS["gpt"] | MODERN,
    "gpt, rms and learned": CONFIGS["gpt"] | {"norm": "rms", "qk_norm": True, "activation": "relu2"},
    "gpt, tied and rotary": CONFIGS["gpt"] | {"tied_head": True, "positions": "rotary", "ngram_embedding": 2},
    "gpt of one head": CONFIGS["gpt"] | {"n_head": 1, "n_embd": 18, "positions": "rotary", "activation": "relu2"},
}
VARIANTS = PARAMS.variants | OPTIONS
VARIANTS["ensemble"] = {  # all kinds of caches, and a symbol that one member holds impossible
    "model": "ensemble",
    "members": {name: VARIANTS[name] for name in ("gpt-modern", "lstm", "ngram", "mlp", "count without smoothing")},
    "weights": "fitted",
}
PREFIX = "christopherjon"  # as long as a name of the corpus may be: its continuation slides the windows
SAMPLES: list[dict[str, Any]] = [
    {"seed": 1, "temperature": 0},
    {"seed": 0, "temperature": 0.5, "prefix": "mar"},
    {"seed": 2**31 - 1, "temperature": 1},
    {"seed": 2**32 - 1, "temperature": 2, "prefix": PREFIX},
    {"seed": 3, "temperature": 0.1, "top_k": 5},
    {"seed": 4, "temperature": 1.7, "top_k": 20, "top_p": 0.8, "prefix": "o"},
]
COMPUTE = """([data, names, prefixes, samples]) => Object.fromEntries(loadVariants(data).variants.map((variant) => {
    const finite = (value) => (value === -Infinity ? "-Infinity" : value);
    return [variant.variant, {
        names: names.map((name) => logProbabilities(variant, name).map(finite)),
        prefixes: prefixes.map((prefix) => [...logSoftmax(variant.run(prefix).logits.at(-1))].map(finite)),
        samples: samples.map(({ typed, ...settings }) =>
            [0, 1].map((number) => [...drawnName(variant, typed, settings, number)].at(-1).filter(Boolean))),
    }];
}))"""


class Question(NamedTuple):
    """What the page and Python are asked.

    names: 200 dev names, from end marker to end marker
    prefixes: 200 random prefixes, up to some that are longer than the longest name
    samples: how to draw names
    """

    names: list[list[int]]
    prefixes: list[list[int]]
    samples: list[SampleParams]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.of({"train": NAMES[:1_500], "dev": NAMES[1_500:], "test": []}, ".")


@pytest.fixture(scope="module")
def models(corpus: Corpus) -> dict[str, AnyModel]:
    """A model of each variant: counted, or with random weights of a trained scale."""
    numbers.manual_seed(1)
    found: dict[str, AnyModel] = {}
    for variant, values in VARIANTS.items():
        found[variant] = random_model(variant, values, corpus, found)
    return found


@torch.no_grad()
def random_model(variant: str, values: dict[str, Any], corpus: Corpus, models: dict[str, AnyModel]) -> AnyModel:
    config = parse_config(variant, values)
    model = build(config, corpus.vocabulary, corpus.longest).eval()
    if isinstance(config, ensemble.Config):
        return combined(config, {name: models[name] for name in config.members}, corpus)[0]
    if not isinstance(config, TrainingConfig):
        model.fit(corpus)
    for parameter in model.parameters() if isinstance(config, TrainingConfig) else ():
        if not parameter.any():  # those that start as zero
            parameter.normal_(std=1 / math.sqrt(parameter.shape[-1]))
    model.round_weights()
    return model


@pytest.fixture(scope="module")
def question(corpus: Corpus) -> Question:
    names = [[0, *corpus.vocabulary.encode(name), 0] for name in NAMES[1_500:1_700]]
    draw = random.Random(1)  # noqa: S311 (not a secret)
    symbols = range(1, len(corpus.vocabulary))
    prefixes = [[0, *draw.choices(symbols, k=draw.randint(0, corpus.longest + 5))] for _ in range(200)]
    defaults = PARAMS.sample.model_dump() | {"names": 2, "max_length": len(PREFIX) + 3}
    return Question(names, prefixes, [SampleParams(**defaults | given) for given in SAMPLES])


@pytest.fixture(scope="module")
def found(page: Page, models: dict[str, AnyModel], question: Question, corpus: Corpus) -> dict[str, dict[str, Any]]:
    """What the page computes, for each variant."""
    page.goto("about:blank")
    page.add_script_tag(content=scripts())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_CHARACTERS", 10**8)
        data = embedded(models, PARAMS.sample)
    samples = [
        params.model_dump() | {"typed": [0, *corpus.vocabulary.encode(params.prefix)]} for params in question.samples
    ]
    return page.evaluate(COMPUTE, [data, question.names, question.prefixes, samples])  # type: ignore[no-any-return]


@torch.inference_mode()
def log_probabilities(model: AnyModel, tokens: list[list[int]]) -> list[list[float]]:
    """Those of each symbol after the last one, for each row of `tokens`, as in sampling."""
    found = []
    for row in tokens:
        logits, _ = model.next_logits(torch.tensor([row]), [])
        found.append(functional.log_softmax(logits[0]).tolist())
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_names_are_as_likely_as_in_python(
    found: dict[str, Any], models: dict[str, AnyModel], variant: str, corpus: Corpus
) -> None:
    rows = SplitNames.of(NAMES[1_500:1_700], corpus.vocabulary).tensor()
    inputs, targets = inputs_and_targets(rows)
    with torch.inference_mode():
        of_all = functional.log_softmax(models[variant](inputs))  # in one batch
    expected = of_all.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    for values, row in zip(found[variant]["names"], expected.tolist(), strict=True):
        assert [float(value) for value in values] == row[: len(values)]


@pytest.mark.parametrize("variant", VARIANTS)
def test_next_symbols_are_as_likely_as_in_python(
    found: dict[str, Any], models: dict[str, AnyModel], question: Question, variant: str
) -> None:
    expected = log_probabilities(models[variant], question.prefixes)
    assert [[float(value) for value in row] for row in found[variant]["prefixes"]] == expected


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_names_are_drawn_as_in_python(
    found: dict[str, Any], models: dict[str, AnyModel], question: Question, variant: str
) -> None:
    for params, tokens in zip(question.samples, found[variant]["samples"], strict=True):
        names = ["".join(models[variant].vocabulary.symbols[token] for token in row) for row in tokens]
        assert names == sample(models[variant], params), params


def test_input_longer_than_the_corpus_has_is_read_step_by_step_too(
    found: dict[str, Any], models: dict[str, AnyModel], corpus: Corpus, question: Question
) -> None:
    """As sampling does it, with a cache (Model.next_logits)."""
    longest = max(range(len(question.prefixes)), key=lambda number: len(question.prefixes[number]))
    assert len(question.prefixes[longest]) > corpus.longest + 1
    for name in ("gpt", "gpt-modern", "bow", "lstm", "mlp", "wavenet"):
        cache: list[torch.Tensor] = []
        with torch.inference_mode():
            for token in question.prefixes[longest]:
                logits, cache = models[name].next_logits(torch.tensor([[token]]), cache)
        assert found[name]["prefixes"][longest] == functional.log_softmax(logits[0]).tolist(), name
    with pytest.raises(UserError):
        models["gpt"](SplitNames.of(["a" * (corpus.longest + 1)], corpus.vocabulary).tensor()[:, :-1])


def test_elementary_functions_and_random_numbers_are_those_of_python(page: Page) -> None:
    page.goto("about:blank")
    page.add_script_tag(content=scripts())
    draw = torch.Generator().manual_seed(1)
    x = torch.cat([torch.randn(2_000, generator=draw) * scale for scale in (0.01, 1, 10, 60)])
    below, above = -x.double().abs() * 10, torch.cat([x.double().abs(), torch.tensor([0.0, 1.0, 0.5, 2.0**-53])])
    turns = x.double().abs()
    found = page.evaluate(
        """([x, below, above, turns]) => [
            ...[exp32, tanh32, sigmoid32].map((f) => x.map(f)),
            below.map(exp64), above.slice(0, -4).map(log64), above.slice(-4).map(log64).map(String),
            turns.map((each) => cosSin(each)[0]), turns.map((each) => cosSin(each)[1]),
        ]""",
        [each.tolist() for each in (x, below, above, turns)],
    )
    expected = [elementary.exp(x), elementary.tanh(x), elementary.sigmoid(x), elementary.exp64(below)]
    expected += [*elementary.log64(above).split(len(x)), *elementary.cos_sin(turns)]
    for values, each in zip(found, expected, strict=True):
        assert [float(value) for value in values] == each.tolist()
    for seed in [(1, 0), (2**32 - 1, 7), (0, 10**6)]:
        integers, exponentials = page.evaluate(
            """(seed) => {
                const integers = randomIntegers(seed);
                return [Array.from({ length: 1300 }, integers), [...exponentials(integers, 500)]];
            }""",
            list(seed),
        )
        generator = numbers.Generator(*seed)
        assert integers == generator.raw(1300).tolist()
        assert exponentials == generator.exponential(500).tolist()


def test_every_float16_is_decoded(page: Page) -> None:
    page.goto("about:blank")
    page.add_script_tag(content=scripts())
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float32)
    halves = halves[np.isfinite(halves)]
    encoded = module._encoded(torch.from_numpy(halves))
    assert encoded["kind"] == "f2"
    assert page.evaluate("(tensor) => [...decode(tensor).data]", encoded) == halves.tolist()
