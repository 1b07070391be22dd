// What the twins of the models are made of: weights, and a few operations on vectors, like
// makemore/arithmetic/functional.py without gradients.
//
// A weight is { data, shape }, row by row as in PyTorch. A vector is a Float32Array: what is stored in it is rounded.
// See exact.js.

const twins = {}; // by model: a function from { config, weights, size, longest, members } to a function from tokens to results

// The row of a matrix, such as the embedding of a token.
function row(matrix, index) {
  const width = matrix.shape[1];
  return matrix.data.subarray(index * width, (index + 1) * width);
}

// W x + b; `bias` is optional. The grid of a weight is that of all its rows, and is kept.
function linear(x, weight, bias) {
  weight.factor ??= factor(weight.data);
  const y = product(weight.factor, factor(x));
  return bias ? add(y, bias.data) : y;
}

// f of each number of `x`, or of each pair or triple of `x`, `y` and `z`.
function apply(f, x, y = x, z = x) {
  const result = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) result[i] = f(x[i], y[i], z[i]);
  return result;
}

// The sum of vectors, one after the other.
function add(...vectors) {
  const sum = vectors[0].slice();
  for (const vector of vectors.slice(1)) for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
  return sum;
}

// The weighted sum of vectors, one after the other; `weights` may be fewer.
function mix(weights, vectors) {
  const sum = new Float32Array(vectors[0].length);
  weights.forEach((weight, t) => {
    for (let i = 0; i < sum.length; i++) sum[i] += f32(weight * vectors[t][i]);
  });
  return sum;
}

const multiply = (x, y) => apply((a, b) => a * b, x, y);
const scale = (x, number) => apply((value) => value * number, x);

function concatenate(vectors) {
  const all = new Float32Array(vectors.reduce((length, vector) => length + vector.length, 0));
  let at = 0;
  for (const vector of vectors) {
    all.set(vector, at);
    at += vector.length;
  }
  return all;
}

// A vector in `count` equal parts.
function chunk(x, count) {
  const size = x.length / count;
  return Array.from({ length: count }, (_, part) => x.subarray(part * size, (part + 1) * size));
}

const GELU = [f32(0.044715), f32(2 * Math.sqrt(2 / Math.PI))];

const tanh = (x) => apply(tanh32, x);
const sigmoid = (x) => apply(sigmoid32, x);
const relu = (x) => apply((value) => Math.max(0, value), x);
const gelu = (x) =>
  apply((v) => v * sigmoid32(f32(f32(f32(f32(f32(v * v) * GELU[0]) + 1) * v) * GELU[1])), x);

// The inverse of the root of the mean square.
const inverseRoot = (x, epsilon) => f32(1 / sqrt32(f32(f32(total(multiply(x, x)) * f32(1 / x.length)) + epsilon)));

// To mean square 1.
const rmsNorm = (x) => scale(x, inverseRoot(x, 2 ** -23));

// To mean 0 and variance 1, then gain and bias.
function layerNorm(x, gain, bias) {
  const mean = f32(total(x) * f32(1 / x.length));
  const centred = apply((value) => value - mean, x);
  const inverse = inverseRoot(centred, f32(1e-5));
  return apply((value, g, b) => f32(f32(value * inverse) * g) + b, centred, gain.data, bias.data);
}

const largestOf = (x) => x.reduce((a, b) => Math.max(a, b));

// Logits to probabilities: float32.
function softmax(logits) {
  const largest = largestOf(logits);
  const powers = apply((value) => exp32(f32(value - largest)), logits);
  const sum = total(powers);
  return apply((power) => power / sum, powers);
}

// Logits to log-probabilities: float64. Minus infinity stays minus infinity.
function logSoftmax(logits) {
  const largest = largestOf(logits);
  const shifted = Float64Array.from(logits, (value) => value - largest);
  const sum = shifted.reduce((sum, value) => sum + onStep(exp64(value), POWER_STEP), 0);
  return shifted.map((value) => value - log64(sum));
}

// The tokens with `count` end markers before them: positions before the start of a name count as end markers.
const padded = (tokens, count) => [...Array(Math.max(0, count)).fill(0), ...tokens];
