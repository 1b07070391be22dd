"""exp, log, sqrt, tanh, sigmoid, cos and sin from single IEEE operations, which are the same everywhere.

The functions of libm, MKL and SLEEF differ in their last bits. Here each is an argument reduction, which is exact or
rounds once, and a polynomial or a fraction. Every operation is a separate kernel, so no compiler can fuse two of them.
"""

import torch
from torch import Tensor


def _constants(dtype: torch.dtype, *values: float) -> tuple[Tensor, ...]:
    """Numbers as tensors: an operation with a Python number would make a tensor of it each time."""
    return tuple(torch.tensor(values, dtype=dtype).unbind())


# e^x: 1 / ln 2, and ln 2 in two parts. The first has few bits, so k times it is exact.
_LOG2_E, _LN2_HIGH, _LN2_LOW, _ONE = _constants(torch.float32, 1.4426950408889634, 0.693359375, -2.12194440e-4, 1)
_EXP = _constants(
    torch.float32,
    *(1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1),
)
_LOG2_E_64, _LN2_HIGH_64, _LN2_LOW_64, _ONE_64, _TWO_64, _HALF_64 = _constants(
    torch.float64, 1.4426950408889634, 6.93145751953125e-1, 1.42860682030941723212e-6, 1, 2, 0.5
)
_EXP_64_P = _constants(torch.float64, 1.26177193074810590878e-4, 3.02994407707441961300e-2, 9.99999999999999999910e-1)
_EXP_64_Q = _constants(
    torch.float64, 3.00198505138664455042e-6, 2.52448340349684104192e-3, 2.27265548208155028766e-1, 2.0
)
_LOG_HIGH, _LOG_LOW = _constants(torch.float64, 6.93147180369123816490e-01, 1.90821492927058770002e-10)
_LOG = _constants(
    torch.float64,
    *(1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01),
    *(2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01),
)
_TANH_LARGEST = 7.90531110763549805
_TANH_P = _constants(
    torch.float32,
    *(-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08),
    *(1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03),
)
_TANH_Q = _constants(
    torch.float32, 1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03
)
_SIN = _constants(
    torch.float64,
    *(1.58969099521155010221e-10, -2.50507602534068634195e-08, 2.75573137070700676789e-06),
    *(-1.98412698298579493134e-04, 8.33333333332248946124e-03, -1.66666666666666324348e-01),
)
_COS = _constants(
    torch.float64,
    *(-1.13596475577881948265e-11, 2.08757232129817482790e-09, -2.75573143513906633035e-07),
    *(2.48015872894767294178e-05, -1.38888888888741095749e-03, 4.16666666666666019037e-02),
)
_QUARTER = 1.5707963267948966  # radians


def exp(x: Tensor) -> Tensor:
    """e^x of float32, within 1 ulp, for x from -87.5 to 88; beyond them, the value there.

    x = k ln 2 + r with |r| <= ln 2 / 2; e^r by the polynomial of Cephes' expf; 2^k by its bits.
    """
    x = x.clamp(-87.5, 88.0)
    k = (x * _LOG2_E).round_()
    r = x.sub_(k * _LN2_HIGH).sub_(k * _LN2_LOW)
    p = _polynomial(r, _EXP).mul_(r).mul_(r).add_(r).add_(_ONE)
    return p.mul_(k.to(torch.int32).add_(127).bitwise_left_shift_(23).view(torch.float32))


def exp64(x: Tensor) -> Tensor:
    """e^x of float64, within 2 ulp, for x from -708.5 to 0; beyond them, the value there.

    The fraction is that of Cephes' exp.
    """
    x = x.clamp(-708.5, 0.0)
    k = (x * _LOG2_E_64).round_()
    r = x.sub_(k * _LN2_HIGH_64).sub_(k * _LN2_LOW_64)
    square = r * r
    p = _polynomial(square, _EXP_64_P).mul_(r)
    q = _polynomial(square, _EXP_64_Q)
    fraction = p.div_(q.sub_(p)).mul_(_TWO_64).add_(_ONE_64)
    return fraction.mul_(k.to(torch.int64).add_(1023).bitwise_left_shift_(52).view(torch.float64))


def log64(x: Tensor) -> Tensor:
    """The natural logarithm of float64, within 1 ulp, for positive numbers; -inf for 0; NaN below, and for infinity.

    x = 2^k (1 + f) with sqrt(1/2) < 1 + f < sqrt(2); log(1 + f) by the polynomial of fdlibm, in s = f / (2 + f).
    """
    mantissa, k = torch.frexp(x)
    is_small = mantissa < 0.7071067811865476
    f = torch.where(is_small, mantissa + mantissa, mantissa).sub_(_ONE_64)
    k = (k - is_small.to(k.dtype)).double()
    s = f / (f + _TWO_64)
    z = s * s
    half_square = (f * f).mul_(_HALF_64)
    rest = _polynomial(z, _LOG).mul_(z).add_(half_square).mul_(s).add_(k * _LOG_LOW)
    result = (k * _LOG_HIGH).sub_(half_square.sub_(rest).sub_(f))
    return torch.where(x > 0, result, torch.where(x == 0, -torch.inf, torch.nan))


def log(x: Tensor) -> Tensor:
    """The natural logarithm of float32, rounded from that of float64."""
    return log64(x.double()).float()


def sqrt(x: Tensor) -> Tensor:
    """The root of float32, correctly rounded.

    torch's own is not on every CPU. That of float64 is within an ulp, and no root of a float32 is so close to the
    middle between two float32 that this ulp could matter.
    """
    return x.double().sqrt_().float()


def tanh(x: Tensor) -> Tensor:
    """tanh of float32, within 7 ulp, or 2^-142 if that is more: a fraction of polynomials (Eigen's); 1 beyond 7.9."""
    x = x.clamp(-_TANH_LARGEST, _TANH_LARGEST)
    square = x * x
    return _polynomial(square, _TANH_P).mul_(x).div_(_polynomial(square, _TANH_Q))


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + e^-x) of float32, within 3 ulp, for x from -88; below, the value there."""
    return exp(-x).add_(_ONE).reciprocal_()


def cos_sin(turns: Tensor) -> tuple[Tensor, Tensor]:
    """The cosine and the sine of angles in turns (1 is a full circle), float64, within 2^-52.

    The nearest quarter is taken off exactly; the rest, at most an eighth, goes into the polynomials of fdlibm.
    """
    quarters = (turns * 4.0).round_()
    angle = (turns * 4.0).sub_(quarters).mul_(_QUARTER)
    square = angle * angle
    sine = _polynomial(square, _SIN).mul_(square).mul_(angle).add_(angle)
    cosine = _polynomial(square, _COS).mul_(square).sub_(0.5).mul_(square).add_(1.0)
    is_odd = quarters.remainder(2.0) == 1.0
    cosine, sine = torch.where(is_odd, -sine, cosine), torch.where(is_odd, cosine, sine)
    half = torch.where(quarters.remainder(4.0) >= 2.0, -1.0, 1.0)
    return cosine.mul_(half), sine.mul_(half)


def _polynomial(x: Tensor, coefficients: tuple[Tensor, ...]) -> Tensor:
    """The value of a polynomial at `x` by Horner's rule; the coefficient of the highest power comes first."""
    first, second, *rest = coefficients
    value = (x * first).add_(second)
    for coefficient in rest:
        value.mul_(x).add_(coefficient)
    return value
