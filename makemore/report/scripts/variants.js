// The variants in the page: decodes their weights, runs their twins, and draws names from them.

// `data` is what makemore/report/embedded.py writes. Returns { symbols, variants }; each variant that runs here has a
// function `run` from tokens, starting with the end marker 0, to what its twin returns.
function loadVariants(data) {
  const size = data.symbols.length;
  const variants = data.variants.map((each) => {
    if (each.missing) return each;
    const weights = Object.fromEntries(Object.entries(each.weights).map(([name, tensor]) => [name, decode(tensor)]));
    const run = twins[each.model]({ config: each.config, weights, size, longest: data.longest });
    return { ...each, run };
  });
  return { symbols: data.symbols, variants };
}

// A weight { data, shape } from its text.
function decode({ shape, kind, data, steps }) {
  const types = { i1: Int8Array, i2: Int16Array, i4: Int32Array, f4: Float32Array, f8: Float64Array };
  const values = new types[kind](bytes(data));
  if (!steps) return { shape, data: values };
  const stepOfRow = new Float32Array(bytes(steps));
  return { shape, data: Float32Array.from(values, (value, i) => value * stepOfRow[Math.floor(i / shape[1])]) };
}

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;

// The log-probability of each token after the first one, given those before it.
const logProbabilities = (variant, tokens) =>
  variant.run(tokens.slice(0, -1)).logits.map((logits, t) => logSoftmax(logits)[tokens[t + 1]]);

// The probabilities of the symbol that follows `tokens`.
function nextProbabilities(variant, tokens, temperature) {
  return atTemperature(variant.run(tokens).logits.at(-1), temperature);
}

// The probabilities that symbols are drawn with. At temperature 0, the likeliest one is certain.
function atTemperature(logits, temperature) {
  if (Number(temperature) > 0) return softmax(scale(logits, 1 / temperature));
  const likeliest = logits.indexOf(logits.reduce((largest, logit) => Math.max(largest, logit)));
  return logits.map((_, token) => Number(token === likeliest));
}

// A generator of random numbers in [0, 1) from a whole number: mulberry32, by Tommy Ettinger (public domain).
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// A token drawn with these probabilities, by a random number in [0, 1).
function drawn(probabilities, random) {
  let left = random;
  for (let token = 0; token < probabilities.length; token++) {
    left -= probabilities[token];
    if (left < 0) return token;
  }
  return probabilities.findLastIndex((probability) => probability > 0); // rounding may leave a little
}
