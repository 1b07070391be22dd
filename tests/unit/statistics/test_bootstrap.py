"""The bootstrap: against a literal one, against the closed form, and its coverage of the truth."""

import hashlib
import math

import numpy as np
import pytest

from makemore.statistics.bootstrap import (
    DRAWS,
    DRAWS_AT_A_TIME,
    MOST_UNITS,
    QUANTUM,
    SEED,
    Bootstrap,
    Floats,
    Integers,
    _below,
    interval,
)


def population(names: int, seed: int) -> tuple[Floats, Integers]:
    """The NLL and the symbols of made-up names, correlated as in real ones: longer names have larger NLLs."""
    random = np.random.default_rng(seed)
    symbols = random.integers(3, 13, names)
    return random.gamma(4.0, 0.5, names) * symbols + random.exponential(2.0, names), symbols


def test_draws_are_those_of_a_literal_bootstrap() -> None:
    """Name by name and in exact arithmetic; the losses differ by the rounding to QUANTUM only."""
    nll, symbols = population(30, seed=1)
    generator, losses = np.random.Philox(key=[SEED, 0]), list[float]()
    for draw in range(DRAWS):
        if draw % DRAWS_AT_A_TIME == 0:
            numbers = iter(_below(30, DRAWS_AT_A_TIME * 30, generator).tolist())
        drawn = [next(numbers) for _ in range(30)]
        losses.append(math.fsum(nll[name] for name in drawn) / sum(int(symbols[name]) for name in drawn))
    found = Bootstrap(symbols).draw(nll[:, None])[:, 0]
    assert found == pytest.approx(losses, abs=QUANTUM)
    ordered = sorted(losses)
    assert interval(found) == pytest.approx((ordered[DRAWS // 40], ordered[-1 - DRAWS // 40]), abs=QUANTUM)


def test_numbers_below_a_limit_are_uniform_and_those_of_philox() -> None:
    found = _below(7, 70_001, np.random.Philox(key=[SEED, 0]))
    assert found.min() == 0
    assert found.max() == 6
    assert np.bincount(found) == pytest.approx(np.full(7, 10_000), rel=0.04)
    raw = int(np.random.Philox(key=[SEED, 0]).random_raw())
    assert found[:2].tolist() == [((raw & 0xFFFFFFFF) * 7) >> 32, ((raw >> 32) * 7) >> 32]


@pytest.mark.parametrize("names", [MOST_UNITS // 2, 10 * MOST_UNITS])
def test_standard_error_is_that_of_the_closed_form(names: int) -> None:
    """The delta method for a ratio; with 20,000 names, groups of names are drawn."""
    nll, symbols = population(names, seed=2)
    loss = nll.sum() / symbols.sum()
    error = math.sqrt(((nll - loss * symbols) ** 2).sum()) / symbols.sum()
    drawn = Bootstrap(symbols).draw(nll[:, None])[:, 0]
    assert drawn.std() == pytest.approx(error, rel=0.05)
    low, high = interval(drawn)
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.06)
    assert (low + high) / 2 == pytest.approx(loss, abs=0.1 * error)
    assert Bootstrap(symbols).mean(nll[:, None])[0] == pytest.approx(loss, abs=QUANTUM)


def test_copies_of_a_name_are_drawn_together() -> None:
    """If every name occurs four times, the interval stays as it is, and does not become half as wide."""
    nll, symbols = population(100, seed=5)
    once, four_times = (interval(Bootstrap(n * symbols).draw(n * nll[:, None])[:, 0]) for n in (1, 4))
    assert once == pytest.approx(four_times, abs=QUANTUM)


def test_all_variants_are_measured_on_the_same_draws() -> None:
    nll, symbols = population(100, seed=6)
    drawn = Bootstrap(symbols).draw(np.stack([nll, nll + 0.5 * symbols], axis=1))
    assert drawn[:, 1] - drawn[:, 0] == pytest.approx(np.full(DRAWS, 0.5), abs=QUANTUM)


def test_infinite_losses() -> None:
    """One impossible name among 100 is in 1 - 0.99 ** 100 of the draws: 63%."""
    nll, symbols = population(100, seed=7)
    impossible = nll.copy()
    impossible[17] = math.inf
    bootstrap = Bootstrap(symbols)
    drawn = bootstrap.draw(np.stack([nll, impossible], axis=1))
    assert np.isfinite(drawn[:, 0]).all()
    assert np.isinf(drawn[:, 1]).mean() == pytest.approx(0.634, abs=0.03)
    assert interval(drawn[:, 1]).high == math.inf
    assert interval(drawn[:, 1]).low < math.inf
    assert bootstrap.mean(impossible[:, None])[0] == math.inf


def test_difference_of_infinite_losses_could_be_anything() -> None:
    assert interval(np.full(DRAWS, math.nan)) == (-math.inf, math.inf)
    assert interval(np.array([math.nan] + [1.0] * (DRAWS - 1))) == (1.0, 1.0)


def test_draws_are_the_same_bytes_on_every_machine() -> None:
    """Sums are exact, so it does not matter in which order BLAS adds them, which depends on the CPU."""
    nll, symbols = np.arange(1, 3_001) / 64, np.arange(3_000) % 11 + 2
    drawn = Bootstrap(symbols).draw(np.stack([nll, nll[::-1]], axis=1))
    assert hashlib.sha256(drawn.tobytes()).hexdigest()[:16] == "0040a49c1c1f1d12"


def test_sums_do_not_depend_on_the_order_of_addition() -> None:
    nll, symbols = population(500, seed=8)
    order = np.random.default_rng(9).permutation(500)
    bootstrap = Bootstrap(symbols)
    units = bootstrap._units(nll[:, None])
    assert (units == np.rint(units)).all()
    weights = np.random.default_rng(10).integers(0, 5, (50, 500)).astype(np.float64)
    assert (weights @ units == weights[:, order] @ units[order]).all()
    literal = [
        [sum(int(w) * int(u) for w, u in zip(row, column, strict=True)) for column in units.T] for row in weights
    ]
    assert (weights @ units).tolist() == literal
