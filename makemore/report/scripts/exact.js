// Exact arithmetic, like makemore/arithmetic/grids.py and elementary.py: the page computes the same bits as Python.
//
// A number of JavaScript is a float64. Where Python computes in float32, `f32` rounds the result of each operation: for
// + - * / and roots of float32 numbers that gives what float32 arithmetic gives. Storing into a Float32Array does too.

"use strict";

const f32 = Math.fround;

const PRODUCT_BITS = 21;
const SUM_BITS = 22;
const LONGEST = 2 ** 11; // terms of an exact sum of products
const POWER_STEP = 2 ** -38; // of powers of e in a softmax
const NLL_STEP = 2 ** -28; // of losses in nats
const [SMALLEST, LARGEST] = [2 ** -100, 2 ** 100];

const pun = new Float64Array(1); // a float64, and the two words that it is made of: [low, high]
const words = new Uint32Array(pun.buffer);

// 2^k, from its bits.
function powerOfTwo(k) {
  words[0] = 0;
  words[1] = (k + 1023) << 20;
  return pun[0];
}

// The k for which `x`, which is positive, is 2^k times a number from 1/2 up to 1.
function exponentOf(x) {
  pun[0] = x;
  return ((words[1] >>> 20) & 2047) - 1022;
}

// What rounds the numbers of `x` to a grid of so many bits when it is added and taken off again.
function gridOf(x, bits) {
  let largest = SMALLEST;
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]));
  return 1.5 * powerOfTwo(exponentOf(Math.min(largest, LARGEST)) - bits + 23);
}

// A vector as a factor of products: float64, on a grid of 21 bits.
function factor(x) {
  const grid = gridOf(x, PRODUCT_BITS);
  const result = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) result[i] = f32(x[i] + grid) - grid;
  return result;
}

// The product of a matrix, row by row, and a vector, both as factors: float32. Sums are exact, so their order is free,
// and four rows at a time are faster than one. A product of more than 2^11 terms is the sum of exact pieces.
function product(matrix, x) {
  const [columns, rows] = [x.length, matrix.length / x.length];
  const sums = new Float64Array(rows);
  const start = (i) => Math.min(i, rows - 1) * columns;
  for (let from = 0; from < columns; from += LONGEST) {
    const to = Math.min(columns, from + LONGEST);
    for (let i = 0; i < rows; i += 4) {
      const a = start(i);
      const b = start(i + 1);
      const c = start(i + 2);
      const d = start(i + 3);
      let ofA = 0;
      let ofB = 0;
      let ofC = 0;
      let ofD = 0;
      for (let j = from; j < to; j++) {
        ofA += matrix[a + j] * x[j];
        ofB += matrix[b + j] * x[j];
        ofC += matrix[c + j] * x[j];
        ofD += matrix[d + j] * x[j];
      }
      sums[i] += ofA;
      if (i + 1 < rows) sums[i + 1] += ofB;
      if (i + 2 < rows) sums[i + 2] += ofC;
      if (i + 3 < rows) sums[i + 3] += ofD;
    }
  }
  return new Float32Array(sums);
}

// The sum of a vector on a grid of 22 bits: float32.
function total(x) {
  const grid = gridOf(x, SUM_BITS);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += f32(x[i] + grid) - grid;
  return f32(sum);
}

// The nearest multiple of `step`, a power of two.
function onStep(x, step) {
  const shift = 1.5 * 2 ** 52 * step;
  return x + shift - shift;
}

// The nearest whole number; the even one in the middle between two.
const rounded = (x) => onStep(x, 1);

const clamped = (x, low, high) => Math.min(Math.max(x, low), high);

// The value of a polynomial at `x`; the coefficient of the highest power comes first. In float64, and in float32.
function polynomial(x, coefficients) {
  let value = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) value = value * x + coefficients[i];
  return value;
}

function polynomial32(x, coefficients) {
  let value = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) value = f32(f32(value * x) + coefficients[i]);
  return value;
}

const LOG2_E = 1.4426950408889634;
const [LOG2_E_32, LN2_HIGH_32, LN2_LOW_32] = [f32(LOG2_E), f32(0.693359375), f32(-2.1219444e-4)];
const EXP_32 = Float32Array.of(
  ...[1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
);

// e^x of float32.
function exp32(x) {
  x = clamped(x, -87.5, 88);
  const k = rounded(f32(x * LOG2_E_32));
  const r = f32(f32(x - f32(k * LN2_HIGH_32)) - f32(k * LN2_LOW_32));
  const p = f32(f32(polynomial32(r, EXP_32) * r) * r);
  return f32(f32(f32(p + r) + 1) * powerOfTwo(k));
}

const [LN2_HIGH, LN2_LOW] = [6.93145751953125e-1, 1.42860682030941723212e-6];
const EXP_P = [1.26177193074810590878e-4, 3.029944077074419613e-2, 9.9999999999999999991e-1];
const EXP_Q = [3.00198505138664455042e-6, 2.52448340349684104192e-3, 2.27265548208155028766e-1, 2];

// e^x of float64, for x up to 0.
function exp64(x) {
  x = clamped(x, -708.5, 0);
  const k = rounded(x * LOG2_E);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  const p = polynomial(r * r, EXP_P) * r;
  const q = polynomial(r * r, EXP_Q);
  return ((p / (q - p)) * 2 + 1) * powerOfTwo(k);
}

const [LOG_HIGH, LOG_LOW] = [6.9314718036912381649e-1, 1.90821492927058770002e-10];
const LOG = [
  ...[1.479819860511658591e-1, 1.531383769920937332e-1, 1.818357216161805012e-1, 2.222219843214978396e-1],
  ...[2.857142874366239149e-1, 3.999999999940941908e-1, 6.66666666666673513e-1],
];

// The natural logarithm of float64.
function log64(x) {
  if (x === 0) return -Infinity;
  let k = exponentOf(x);
  let mantissa = x / powerOfTwo(k);
  if (mantissa < 0.7071067811865476) {
    mantissa *= 2;
    k -= 1;
  }
  const f = mantissa - 1;
  const s = f / (f + 2);
  const halfSquare = f * f * 0.5;
  const rest = (polynomial(s * s, LOG) * (s * s) + halfSquare) * s + k * LOG_LOW;
  return k * LOG_HIGH - (halfSquare - rest - f);
}

const sqrt32 = (x) => f32(Math.sqrt(x));
const sigmoid32 = (x) => f32(1 / f32(exp32(-x) + 1));

const TANH_LARGEST = f32(7.90531110763549805);
const TANH_P = Float32Array.of(
  ...[-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8],
  ...[1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3],
);
const TANH_Q = Float32Array.of(1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3);

// tanh of float32.
function tanh32(x) {
  x = clamped(x, -TANH_LARGEST, TANH_LARGEST);
  const square = f32(x * x);
  return f32(f32(polynomial32(square, TANH_P) * x) / polynomial32(square, TANH_Q));
}

const SIN = [
  ...[1.58969099521155010221e-10, -2.50507602534068634195e-8, 2.75573137070700676789e-6],
  ...[-1.98412698298579493134e-4, 8.33333333332248946124e-3, -1.66666666666666324348e-1],
];
const COS = [
  ...[-1.13596475577881948265e-11, 2.0875723212981748279e-9, -2.75573143513906633035e-7],
  ...[2.48015872894767294178e-5, -1.38888888888741095749e-3, 4.16666666666666019037e-2],
];

// The cosine and the sine of an angle in turns, which is not negative: float64.
function cosSin(turns) {
  const quarters = rounded(turns * 4);
  const angle = (turns * 4 - quarters) * 1.5707963267948966;
  const square = angle * angle;
  const sine = polynomial(square, SIN) * square * angle + angle;
  const cosine = (polynomial(square, COS) * square - 0.5) * square + 1;
  const [c, s] = quarters % 2 === 1 ? [-sine, cosine] : [cosine, sine];
  return quarters % 4 >= 2 ? [-c, -s] : [c, s];
}
