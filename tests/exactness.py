"""The proof that a computation cannot depend on the machine: a mode in which torch runs exact operations only.

    with ExactOnly():
        ...  # raises NotExact, with its name, at the first operation whose result a machine may choose

IEEE 754 fixes the result of single additions, products, quotients, comparisons and conversions; integers have no
rounding. Everything else depends on the order of a sum, or on somebody's approximation. `_TABLE` lists what passes, in
forward and in backward, each with the reason; what depends on the operands is checked on the operands themselves.

Three things are left open by IEEE 754 or by torch. They cannot be refused, because each is harmless where its result is
not looked at, so the mode chooses for the machine, and a computation must give the same bits for both `choice`s:

    the sign of a zero, where it is the largest of several numbers or the sum of several zeros
    the last bit of a root, which is correctly rounded in most libraries, but not in all
    what is in memory that nobody has written to

numpy and Python compute outside of the mode. tests/unit/arithmetic/test_libraries.py lists their functions.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

Check = Callable[[tuple[Any, ...], dict[str, Any], Any], str]
_FLOATS = (torch.float32, torch.float64)
_HOLDS = 53  # bits of a float64


class NotExact(AssertionError):
    """An operation whose result depends on the machine."""


# Checks: what is wrong with the operands (arguments, keywords, result), or "".


def _fine(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    return ""


def _single(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    """Of float32 and float64: the kernels of shorter numbers compute in others."""
    for each in _tensors(args, result):
        if each.dtype not in _FLOATS and (each.is_floating_point() or each.is_complex()):
            return f"of {each.dtype}"
    return ""


def _one_term(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    if result.is_floating_point() and (len(args) > 2 or kwargs.get("alpha", 1) != 1):
        return "with alpha: a product and a sum, which some machines round once and others twice"
    return _single(args, kwargs, result)


def _quotient(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    number, divisor = args[:2]
    if not result.is_floating_point():
        return ""
    if kwargs.get("rounding_mode"):
        return "with rounding_mode, of floats"
    is_number = not isinstance(divisor, Tensor) or (divisor.dim() == 0 and divisor.device != number.device)
    if is_number and abs(math.frexp(float(divisor))[0]) != 0.5:
        return "by a number: CUDA multiplies by its reciprocal; divide by a tensor on the same device"
    return _single(args, kwargs, result)


def _remainder(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    if not result.is_floating_point():
        return ""
    number, divisor = args
    whole = bool((number == number.round()).all() and (number.abs() < 2**_HOLDS).all())
    is_power = not isinstance(divisor, Tensor) and divisor > 0 and divisor == 2 ** (int(divisor).bit_length() - 1)
    return "" if whole and is_power else "of numbers that are not whole, or by one that is no power of two"


def _convert(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    source, target = (args[1], result) if len(args) > 1 and isinstance(args[1], Tensor) else (args[0], result)
    if not source.is_floating_point() or target.is_floating_point() or target.dtype == torch.bool:
        return ""
    limits = torch.iinfo(target.dtype)
    # The limits of int64 are no float64; 2^63 is, and it is out of range.
    within = (source.double() >= limits.min) & (source.double() < float(limits.max + 1))
    return "" if bool(within.all()) else f"of numbers that are not in the range of {target.dtype}"


def _finite(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    return "" if bool(args[0].isfinite().all()) else "of NaN or infinity"


def _whole(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    return "of floats" if any(each.is_floating_point() for each in _tensors(args)) else ""


def _shift(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    by = torch.as_tensor(args[1])
    if result.is_floating_point() or by.is_floating_point():
        return "of floats"
    return "" if bool(((by >= 0) & (by < torch.iinfo(result.dtype).bits)).all()) else "by more bits than there are"


def _whole_steps(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    numbers = [each for each in args if not isinstance(each, Tensor)]
    return "" if all(number == int(number) for number in numbers) else "in steps that are not whole"


def _root(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    if args[0].dtype != torch.float64:
        return "of float32, which is not correctly rounded on every machine"
    finite = args[0][args[0].isfinite()]
    return "" if torch.equal(finite.float().double(), finite) else "of numbers that are no float32"


def _order(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    if kwargs.get("stable"):
        return ""
    values = result[0] if isinstance(result, tuple) else args[0].sort(stable=True).values
    dim = kwargs.get("dim", args[1] if len(args) > 1 and not isinstance(args[1], bool) else -1)
    if values.is_floating_point() and values.isnan().any():
        return "of NaN, and not stable"
    return "of equal numbers, and not stable" if bool((values.diff(dim=dim) == 0).any()) else ""


def _written_once(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    """Of numbers that go to the same place, any may be the last. All must be equal."""
    _, dim, index, source = args
    wanted = source if isinstance(source, Tensor) else torch.full_like(result.gather(dim, index), source)
    there = result.gather(dim, index)
    cut = wanted[tuple(slice(size) for size in index.shape)]
    return "" if _same(there, cut) else "of different numbers to the same place"


def _put_once(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    _, indices, values, *accumulate = args
    if any(accumulate) or kwargs.get("accumulate"):
        return "that adds"
    there = torch.ops.aten.index.Tensor(result, indices)
    return "" if _same(there, values.expand_as(there)) else "of different numbers to the same place"


def _copied_once(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    _, dim, index, source = args
    return "" if _same(result.index_select(dim, index), source) else "of different numbers to the same place"


def _sum(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    if not result.is_floating_point():
        return ""
    if result.dtype != torch.float64:
        return f"of {result.dtype}"
    x = args[0].double()
    given = args[1] if len(args) > 1 and args[1] is not None else kwargs.get("dim") or range(x.dim())
    dims = tuple(range(x.dim())) if given == [] else (given,) if isinstance(given, int) else tuple(given)
    if not x.dim():
        return ""
    return _exact(x.abs().sum(dims, keepdim=True), lowest_bit(x).amin(dims, keepdim=True))


def _running_sum(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    if not result.is_floating_point():
        return ""
    return f"of {args[0].dtype}" if args[0].dtype != torch.float64 else _sum((args[0], args[1]), {}, result)


def _product(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    a, b = args
    if not result.is_floating_point():
        return ""
    if result.dtype != torch.float64:
        return f"of {result.dtype}"
    if not a.shape[-1]:
        return ""
    return _exact(a.abs() @ b.abs(), lowest_bit(a).amin(-1, keepdim=True) + lowest_bit(b).amin(-2, keepdim=True))


def _indexed_sum(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> str:
    """`args` is of before the sum, since the operation may change its first operand."""
    into, dim, index, source = args
    if not result.is_floating_point():
        return ""
    if result.dtype != torch.float64 or kwargs.get("alpha", 1) != 1:
        return f"of {result.dtype}, or with alpha"
    lowest = torch.cat([lowest_bit(into).flatten(), lowest_bit(source).flatten()]).amin()
    return _exact(into.abs().index_add(dim, index, source.abs()), lowest)


def _exact(total: Tensor, lowest: Tensor) -> str:
    """Whether terms that are multiples of 2^lowest, and whose absolute values have this total, add up without rounding.

    The total itself may have been rounded, but only if it is 2^53 steps or more, and then it stays there.
    """
    few = (lowest >= -1000) & (lowest + _HOLDS <= 1000)
    step = (lowest.clamp(-1000, 1000 - _HOLDS) + _HOLDS + 1023).long().bitwise_left_shift(52).view(torch.float64)
    return "" if bool(((total == 0) | (few & (total < step))).all()) else "whose terms are not on a grid: it rounds"


def lowest_bit(x: Tensor) -> Tensor:
    """For each number in `x`, the largest k such that it is a multiple of 2^k: int64. Large for 0, small for NaN."""
    mantissa, exponent = torch.frexp(x.double())
    whole = (torch.where(x.isfinite(), mantissa, 1.0) * 2.0**_HOLDS).long()
    zeros = torch.frexp((whole & -whole).double()).exponent - 1
    lowest = torch.where(x == 0, 2**20, exponent.long() - _HOLDS + zeros)
    return torch.where(x.isfinite(), lowest, -(2**20))


def _same(a: Tensor, b: Tensor) -> bool:
    return bool(((a == b) | (a.isnan() & b.isnan())).all())


def _tensors(*values: Any) -> Iterator[Tensor]:
    for each in values:
        if isinstance(each, Tensor):
            yield each
        elif isinstance(each, tuple | list):
            yield from _tensors(*each)


# What passes: names of operations, without the underscore of those in place; the reason; the check of the operands.
_SUMS = "sum cumsum mm bmm index_add"
_LARGEST = "amax amin aminmax max min maximum minimum clamp clamp_min clamp_max relu"
_EMPTY = "empty empty_like empty_strided new_empty new_empty_strided"
_TABLE: list[tuple[str, str, Check]] = [
    ("add sub rsub", "one IEEE addition", _one_term),
    ("mul", "one IEEE product", _single),
    ("div", "one IEEE quotient", _quotient),
    ("reciprocal", "one IEEE quotient", _single),
    ("neg abs", "a sign", _fine),
    ("round", "IEEE's roundToIntegralTiesToEven", _single),
    ("remainder", "of whole numbers by a power of two: bits", _remainder),
    ("sqrt", "of a float32, in float64: within an ulp, and the mode moves it by one", _root),
    ("_to_copy copy", "one IEEE conversion", _convert),
    ("frexp", "bits", _finite),
    ("bitwise_and bitwise_or bitwise_not", "bits", _whole),
    ("bitwise_left_shift __lshift__", "bits", _shift),
    ("floor_divide", "of integers", _whole),
    ("bincount", "counts integers", _whole),
    (_SUMS, "no partial sum rounds, in any order, fused or not; the mode chooses the sign of 0", _fine),
    ("sum", "see above", _sum),
    ("cumsum", "see above", _running_sum),
    ("mm bmm", "see above", _product),
    ("index_add", "see above", _indexed_sum),
    (_LARGEST, "comparisons; the mode chooses the sign of 0", _single),
    ("eq ne lt le gt ge equal isnan isinf isfinite searchsorted nonzero", "comparisons", _fine),
    ("all any is_nonzero logical_and logical_or logical_not", "truth", _fine),
    ("argmax argmin", "comparisons; torch promises the first of equal numbers", _fine),
    ("sort", "comparisons, if equal numbers keep their order", _order),
    ("_unique2 unique_consecutive", "of integers: comparisons", _whole),
    ("where masked_fill tril", "a choice", _fine),
    ("threshold_backward", "a comparison and a choice", _single),
    ("clone cat stack repeat constant_pad_nd flip lift_fresh _local_scalar_dense", "copies", _fine),
    ("index index_select gather embedding slice_backward select_backward", "copies", _fine),
    ("scatter", "copies, if those to the same place are equal", _written_once),
    ("index_put", "copies, if those to the same place are equal", _put_once),
    ("index_copy", "copies, if those to the same place are equal", _copied_once),
    ("view _unsafe_view _reshape_alias reshape alias detach numpy_T", "a view", _fine),
    ("permute transpose t expand squeeze unsqueeze as_strided unfold diagonal", "a view", _fine),
    ("slice select split split_with_sizes unbind", "a view", _fine),
    ("zeros zeros_like new_zeros zero ones ones_like new_ones", "a constant", _fine),
    ("full full_like new_full fill scalar_tensor", "a constant", _fine),
    ("arange", "whole steps", _whole_steps),
    (_EMPTY, "the mode writes to it", _fine),
]
ALLOWED = {name: check for names, _, check in _TABLE for name in names.split()}
_SIGN_OF_ZERO = {*_SUMS.split(), *_LARGEST.split()}
_LOOKS_BACK = {*_SUMS.split(), "sqrt", "remainder"}  # the check needs the first operand as it was
_REFUSED_OVERLOADS = {
    "max.dim",
    "min.dim",
    "max.dim_max",
    "min.dim_min",
}  # the place of the largest is any of equal ones


class ExactOnly(TorchDispatchMode):
    """Raises NotExact for every operation that is not in the table above, or whose operands are not as it says.

    choice: what the mode does where the machine may choose: zeros get this sign, roots move by an ulp in this direction
    """

    def __init__(self, choice: Literal[1, -1] = 1) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch gives it no types
        self._choice = choice
        self.seen: set[str] = set()  # the names of the operations

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here, and importing the compiler takes seconds

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = func._schema.name.removeprefix("aten::")
        name = name if name.startswith("__") else name.removesuffix("_")
        if func.namespace == "profiler":
            return func(*args, **kwargs)
        if name not in ALLOWED:
            if func._can_decompose() and not isinstance(composed := self._composed(func, args, kwargs), _NoParts):
                return composed
            raise NotExact(f"{func}: its result depends on the machine")
        if f"{name}.{func._overloadname}" in _REFUSED_OVERLOADS:
            raise NotExact(f"{func}: which of equal numbers it finds depends on the machine")
        check = ALLOWED[name]
        before = (args[0].clone(), *args[1:]) if name in _LOOKS_BACK and func._schema.is_mutable else args
        result = func(*args, **kwargs)
        if problem := check(before, kwargs, result):
            raise NotExact(f"{func} {problem}")
        self.seen.add(name)
        self._choose(name, result)
        return result

    def _composed(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What an operation computes that consists of others, which go through the mode one by one."""
        with self:
            result = func.decompose(*args, **kwargs)
        return _NoParts() if result is NotImplemented else result

    @torch.no_grad()
    def _choose(self, name: str, result: Any) -> None:
        if name in _SIGN_OF_ZERO:
            for each in _tensors(result):
                if each.is_floating_point():
                    each.masked_fill_(each == 0, self._choice * 0.0)
        elif name == "sqrt":
            to = torch.full_like(result, torch.inf * self._choice)
            result.copy_(torch.where((result > 0) & result.isfinite(), result.nextafter(to), result))
        elif name in _EMPTY.split():
            _spoil(result)


class _NoParts:
    """An operation has no parts."""


def _spoil(x: Tensor) -> None:
    x.fill_(torch.nan if x.is_floating_point() else torch.iinfo(x.dtype).min if x.dtype != torch.bool else True)
