"""The proof that results do not depend on the machine: every model, under the mode of tests/exactness.py.

Training, calibration, rounding, evaluation and sampling run three times: twice under the mode, which lets pass only
exact operations and makes the choices that are left to a machine in both ways, and once without it. The bytes must be
the same.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from makemore.arithmetic import functional as F
from makemore.arithmetic import random
from makemore.arithmetic.grids import LONGEST, factor, product, rows_on_grid, total
from makemore.core.params import SampleParams
from makemore.corpus.corpus import Corpus
from makemore.evaluation import Extremes, likelihood, score_symbols, summary
from makemore.models import gpt
from makemore.models.base.catalog import AnyModel
from makemore.models.base.config import Teaching
from makemore.sampling import next_probabilities, sample
from makemore.training.calibration import calibrate
from makemore.training.fit import fit
from makemore.training.teaching import lessons, sampling_of
from tests.conftest import CONFIGS, MODERN, PARAMS
from tests.exactness import ExactOnly, NotExact, lowest_bit
from tests.fitting import fit_any

FEW_STEPS = {"steps": 4, "warmup_steps": 2, "eval_every": 3}
VARIANTS: dict[str, dict[str, Any]] = {
    **{name: config | FEW_STEPS if "steps" in config else config for name, config in CONFIGS.items()},
    "bigram": CONFIGS["bigram"] | {"steps": 5, "eval_every": 2},
    "count, not smoothed": CONFIGS["count"] | {"smoothing": 0},
    "rnn, rnn": CONFIGS["rnn"] | FEW_STEPS | {"cell": "rnn"},
    "rnn, lstm": CONFIGS["rnn"] | FEW_STEPS | {"cell": "lstm"},
    "mlp, muon": CONFIGS["mlp"] | FEW_STEPS | {"optimizer": "muon"},
    "gpt, modern": CONFIGS["gpt"] | MODERN | FEW_STEPS | {"smoothing": 0.4},
}
SAMPLES: dict[str, dict[str, Any]] = {
    "usual": {},
    "one stream": {"batch_size": 1, "names": 2},
    "coldest": {"temperature": 0.0},
    "restricted": {"temperature": 0.7, "top_k": 5, "top_p": 0.8, "prefix": "a"},
}


def sampling(**changes: Any) -> SampleParams:
    return PARAMS.sample.model_copy(update={"names": 6, "batch_size": 4, "max_length": 10} | changes)


def results(config: dict[str, Any], corpus: Corpus, shards: int = 1) -> dict[str, bytes]:
    """The bytes of everything that is computed about a variant, by what it is."""
    model, curve = fit_any("a variant", config, corpus, shards)
    found: dict[str, Any] = {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}
    extremes = Extremes(corpus.vocabulary, 3)
    of_split = {split: likelihood(model, names, extremes.add) for split, names in corpus.names.items()}
    found |= {"curve": curve, "extremes": extremes.found(), "symbols": score_symbols(model, ["emma", "zo"])}
    found |= {f"loss on {split}": (summary(each), each.by_position()) for split, each in of_split.items()}
    found |= {f"names, {kind}": sample(model, sampling(**changes)) for kind, changes in SAMPLES.items()}
    found["next symbol"] = next_probabilities(model, "em").numpy().tobytes()
    return {name: repr(value).encode() for name, value in found.items()}


@pytest.mark.parametrize("variant", VARIANTS)
def test_variant_is_exact(variant: str, corpus: Corpus) -> None:
    expected = results(VARIANTS[variant], corpus)
    for choice in (1, -1):
        with ExactOnly(choice):
            assert results(VARIANTS[variant], corpus) == expected


@pytest.mark.parametrize("shards", [2])
def test_shards_are_exact(shards: int, corpus: Corpus) -> None:
    with ExactOnly() as mode:
        found = results(VARIANTS["gpt, modern"], corpus, shards)
    assert found == results(VARIANTS["gpt, modern"], corpus, shards)
    assert {"mm", "bmm", "index_add", "sum", "sqrt"} <= mode.seen


def test_student_is_exact(fitted: Callable[..., AnyModel], corpus: Corpus) -> None:
    teacher, config = fitted("ensemble"), gpt.Config.model_validate(VARIANTS["gpt"])

    def trained() -> list[bytes]:
        teaching = Teaching(teacher="ensemble", sampled_names=9, sampled_share=0.5)
        found = lessons(teacher, corpus, teaching, sample(teacher, sampling_of(teacher, teaching, seed=1)))
        model, _ = fit(config, corpus, "student", lessons=found)
        return [tensor.numpy().tobytes() for tensor in (found.answers, *model.state_dict().values())]

    expected = trained()
    for choice in (1, -1):
        with ExactOnly(choice):
            assert trained() == expected


def test_temperature_is_exact(fitted: Callable[..., AnyModel], corpus: Corpus) -> None:
    model, again = fitted("mlp"), fitted("mlp")
    with ExactOnly(-1):
        temperature = calibrate(model, corpus.names["dev"])
    assert temperature == calibrate(again, corpus.names["dev"])


@pytest.mark.parametrize("terms", [LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST])
def test_products_and_sums_of_any_length_are_exact(terms: int) -> None:
    a, b = torch.randn(3, terms) * 1e10, torch.randn(terms, 2) / 1e10
    a[0] = a[0].abs().amax()  # the worst case: all terms are the largest, and none has a bit to spare
    with ExactOnly():
        product(factor(a), factor(b))
        total(a, (0, 1))
        rows_on_grid(a, 22).sum(-1, dtype=torch.float64)


def test_initial_weights_and_dropout_are_exact() -> None:
    with ExactOnly():
        random.manual_seed(1)
        values = torch.cat([random.normal((5, 7)).flatten(), random.uniform((35,), 0.3), random.keep((35,), 0.3, CPU)])
    random.manual_seed(1)
    again = torch.cat([random.normal((5, 7)).flatten(), random.uniform((35,), 0.3), random.keep((35,), 0.3, CPU)])
    assert torch.equal(values, again)


# What the mode refuses, in forward and in backward.

CPU = torch.device("cpu")
X = torch.linspace(-1, 2, 12).view(3, 4)
DOUBLES = X.double() / 3
W = nn.Parameter(torch.ones(4) / 3)
REFUSED: dict[str, Callable[[], object]] = {
    "aten.sum": X.sum,
    "aten.mean": X.mean,
    "aten.sum.dim_IntList": lambda: DOUBLES.sum(0),
    "aten.cumsum": lambda: DOUBLES.cumsum(0),
    "aten.mm.default of": lambda: X @ X.T,
    "aten.mm.default whose": lambda: DOUBLES @ DOUBLES.T,
    "aten.bmm": lambda: X[None] @ X.T[None],
    "aten.index_add.default of": lambda: X.index_add(0, torch.tensor([0, 0]), X[:2]),
    "aten.index_add.default whose": lambda: DOUBLES.index_add(0, torch.tensor([0, 0]), DOUBLES[:2]),
    "aten.index_put": lambda: X.clone().index_put_((torch.tensor([0, 0]),), X[:2], accumulate=True),
    "aten.index_put_.default of": lambda: X.clone().index_put_((torch.tensor([0, 0]),), X[:2]),
    "aten.scatter": lambda: X.scatter(0, torch.zeros(2, 4, dtype=torch.int64), X[:2]),
    "aten.add": lambda: X.add(X, alpha=0.3),
    "aten.sub": lambda: X.sub(X, alpha=2),
    "aten.addcmul": lambda: X.addcmul(X, X),
    "aten.addcdiv": lambda: X.addcdiv(X, X),
    "aten.addmm": lambda: torch.addmm(X[:, :3], X, X.T),
    "aten.lerp": lambda: X.lerp(X, 0.3),
    "aten.div": lambda: X / 3,
    "aten.remainder": lambda: X.remainder(0.3),
    "aten.pow": lambda: X**2,
    "aten.exp": X.exp,
    "aten.log": X.log,
    "aten.tanh": X.tanh,
    "aten.sigmoid": X.sigmoid,
    "aten.sqrt.default of": lambda: X.abs().sqrt(),
    "aten.sqrt.default of numbers": lambda: DOUBLES.abs().sqrt(),
    "aten.rsqrt": lambda: X.abs().rsqrt(),
    "aten._softmax": lambda: X.softmax(-1),
    "aten._log_softmax": lambda: X.log_softmax(-1),
    "aten.gelu": lambda: nn.functional.gelu(X),
    "aten.native_layer_norm": lambda: nn.functional.layer_norm(X, (4,)),
    "aten.pow.Tensor_Scalar": lambda: nn.functional.rms_norm(X, (4,)),
    "aten.linalg_vector_norm": X.norm,
    "aten.rand": lambda: torch.rand(3),
    "aten.randn": lambda: torch.randn(3),
    "aten.multinomial": lambda: X.abs().multinomial(1),
    "aten.bernoulli": lambda: nn.functional.dropout(W * 1.0, 0.5),
    "aten.topk": lambda: X.topk(2),
    "aten.sort": lambda: torch.ones(3).sort(),
    "aten.max.dim": lambda: X.max(0),
    "aten._to_copy.default of numbers": lambda: torch.tensor([3e9]).to(torch.int32),
    "aten._to_copy.default of num": lambda: torch.tensor([torch.nan]).long(),
    "aten.mul.Tensor of torch.bfloat16": lambda: X.bfloat16() * X.bfloat16(),
    "aten.sum.dim": lambda: (X * W)[0].expand(3, 4).mul(W.expand(3, 4)).backward(X),
    "aten.embedding_dense_backward": lambda: nn.functional.embedding(torch.tensor([0, 0]), W[None]).backward(X[:2]),
    "aten.sum.dim_": lambda: (X * W).backward(X),
}


@pytest.fixture(autouse=True)
def _no_gradients_are_left() -> Iterator[None]:
    yield
    W.grad = None


@pytest.mark.parametrize("name", REFUSED)
def test_mode_refuses(name: str) -> None:
    with pytest.raises(NotExact, match=name.replace(".", r"\.")), ExactOnly():
        REFUSED[name]()


@pytest.mark.parametrize("of", [torch.optim.AdamW, torch.optim.SGD])
def test_mode_refuses_fused_optimisers(of: Callable[..., torch.optim.Optimizer]) -> None:
    optimiser = of([W], lr=0.1, fused=True)
    W.grad = torch.ones(4)
    with pytest.raises(NotExact, match=r"_fused_|_foreach_"), ExactOnly():
        optimiser.step()


def test_mode_refuses_a_layer_of_torch() -> None:
    layer = nn.Linear(4, 4)
    with pytest.raises(NotExact, match=r"aten\.addmm"), ExactOnly():
        layer(X)


def test_arguments_of_refused_operations_are_found_in_the_backward_pass() -> None:
    y = F.tanh(W) * 2.0
    with ExactOnly():
        y.backward(torch.ones(4))
    with pytest.raises(NotExact, match="tanh_backward"), ExactOnly():
        _tanh_of_torch(W).backward(torch.ones(4))


def _tanh_of_torch(x: Tensor) -> Tensor:
    """Computed outside of any mode, so that only its gradient is inside."""
    with torch.utils._python_dispatch._disable_current_modes():
        return torch.tanh(x)


def test_mode_chooses_zeros_roots_and_memory_that_nobody_has_written_to() -> None:
    signs, roots = [], []
    for choice in (1, -1):
        with ExactOnly(choice):
            signs.append(
                [each.item() for each in (torch.zeros(2).amax(), torch.relu(X[0, 0]), torch.zeros(3).double().sum())]
            )
            roots.append(torch.tensor([2.0, 4.0, 0.0]).double().sqrt())
            assert torch.empty(3).isnan().all()
    assert [[str(each) for each in some] for some in signs] == [["0.0"] * 3, ["-0.0"] * 3]
    assert ((roots[0] > roots[1]) == torch.tensor([True, True, False])).all()
    assert torch.equal(roots[0].float(), roots[1].float())


def test_lowest_bits() -> None:
    x = torch.tensor([1.0, 3.0, 0.75, -6.0, 2.0**-149, 1 + 2.0**-23, 0.0], dtype=torch.float64)
    assert lowest_bit(x)[:-1].tolist() == [0, 0, -2, 1, -149, -23]
    assert lowest_bit(x)[-1] > 2000
    assert lowest_bit(torch.tensor([2.0**-1074, torch.nan, torch.inf], dtype=torch.float64))[0] == -1074


@pytest.mark.parametrize("bits", [52, 53, 54])
def test_sums_of_more_than_53_bits_are_refused(bits: int) -> None:
    """One more than the largest sum that is exact in any order."""
    terms = torch.tensor([2.0 ** (bits - 1), 1.0, 2.0 ** (bits - 1) - 2], dtype=torch.float64)
    allowed: AbstractContextManager[object] = nullcontext() if bits < 54 else pytest.raises(NotExact, match="sum")
    with allowed, ExactOnly():
        terms.sum()
