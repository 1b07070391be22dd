// What the twins of the models are made of: weights, and a few operations on vectors.
//
// A weight is { data, shape }, row by row as in PyTorch. A vector is an array of numbers. All arithmetic is in double
// precision; the weights have 16 bits or more, see makemore/report/embedded.py.

"use strict";

const twins = {}; // by model: a function from { config, weights, size, longest } to a function from tokens to results

// The row of a matrix, such as the embedding of a token.
function row(matrix, index) {
  const width = matrix.shape[1];
  return matrix.data.subarray(index * width, (index + 1) * width);
}

// W x + b, like torch.nn.Linear; `bias` is optional.
function linear(x, weight, bias) {
  const [rows, columns] = weight.shape;
  const y = new Float64Array(rows);
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = bias ? bias.data[i] : 0;
    for (let j = 0; j < columns; j++, at++) sum += weight.data[at] * x[j];
    y[i] = sum;
  }
  return y;
}

// f of each number of `x`, or of each pair or triple of `x`, `y` and `z`.
function apply(f, x, y = x, z = x) {
  const result = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) result[i] = f(x[i], y[i], z[i]);
  return result;
}

function add(...vectors) {
  const sum = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
  return sum;
}

function dot(x, y) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

const multiply = (x, y) => apply((a, b) => a * b, x, y);
const scale = (x, factor) => apply((value) => value * factor, x);

function concatenate(vectors) {
  const all = new Float64Array(vectors.reduce((length, vector) => length + vector.length, 0));
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

const tanh = (x) => apply(Math.tanh, x);
const sigmoid = (x) => apply((value) => 1 / (1 + Math.exp(-value)), x);
const relu = (x) => apply((value) => Math.max(0, value), x);
const gelu = (x) =>
  apply((v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))), x);

// x / sqrt(mean(x ** 2)), with the epsilon of torch.nn.functional.rms_norm in float32.
const rmsNorm = (x) => scale(x, 1 / Math.sqrt(dot(x, x) / x.length + 2 ** -23));

// To mean 0 and variance 1, then gain and bias, like torch.nn.LayerNorm.
function layerNorm(x, gain, bias) {
  const mean = x.reduce((a, b) => a + b) / x.length;
  const centred = apply((value) => value - mean, x);
  const deviation = Math.sqrt(dot(centred, centred) / x.length + 1e-5);
  return apply((value, g, b) => (value / deviation) * g + b, centred, gain.data, bias.data);
}

// Logits to log-probabilities. Minus infinity stays minus infinity.
function logSoftmax(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const total = logits.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  return apply((value) => value - largest - Math.log(total), logits);
}

const softmax = (logits) => apply(Math.exp, logSoftmax(logits));

// The tokens with `count` end markers before them: positions before the start of a name count as end markers.
const padded = (tokens, count) => [...Array(Math.max(0, count)).fill(0), ...tokens];
