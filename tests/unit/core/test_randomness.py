"""Derived seeds are different, fit torch's generator, and never change."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.randomness import derive_seed

PURPOSES = st.lists(st.integers(0, 2**40) | st.sampled_from(["order", "dropout"]), max_size=3)


def first_number(seed: int) -> int:
    generator = torch.Generator().manual_seed(seed)
    return int(torch.randint(2**62, (1,), generator=generator))


def test_torch_ignores_the_upper_half_of_a_seed() -> None:
    """The reason for this module. If torch mends it, this test says so."""
    assert first_number(1) == first_number(2**32 + 1)


@given(seed=st.integers(0, 2**32 - 1), purpose=PURPOSES)
def test_derived_seed_fits_the_generator(seed: int, purpose: list[str | int]) -> None:
    assert 0 <= derive_seed(seed, *purpose) < 2**32


def test_seeds_purposes_and_numbers_make_a_difference() -> None:
    found = [
        derive_seed(seed, purpose, step) for seed in range(9) for purpose in ("order", "dropout") for step in range(99)
    ]
    assert len(set(found)) == len(found)
    assert len({first_number(seed) for seed in found}) == len(found)


def test_seed_is_the_same_on_every_machine() -> None:
    assert derive_seed(1, "dropout", 7) == 4086802054
