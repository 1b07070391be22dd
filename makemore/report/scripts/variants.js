// The variants in the page: decodes their weights, and runs their twins.

// `data` is what makemore/report/embedded.py writes. Returns { symbols, variants }; each variant that runs here has a
// function `run` from tokens, starting with the end marker 0, to what its twin returns.
function loadVariants(data) {
  const size = data.symbols.length;
  const loaded = new Map();
  const load = (each) => {
    if (each.missing) return each;
    const weights = Object.fromEntries(Object.entries(each.weights).map(([name, tensor]) => [name, decode(tensor)]));
    const members = each.members?.map((name) => loaded.get(name)); // of an ensemble: other variants of the page
    const run = twins[each.model]({ config: each.config, weights, size, longest: data.longest, members });
    return { ...each, run: last(run) };
  };
  for (const isEnsemble of [false, true]) {
    for (const each of data.variants) if (Boolean(each.members) === isEnsemble) loaded.set(each.variant, load(each));
  }
  return { symbols: data.symbols, variants: data.variants.map((each) => loaded.get(each.variant)) };
}

// `run`, which keeps its last result: an ensemble asks its members what the page has just asked them.
function last(run) {
  let [key, result] = [null, null];
  return (tokens) => {
    if (tokens.join() !== key) [key, result] = [tokens.join(), run(tokens)];
    return result;
  };
}

// A weight { data, shape } from its text.
function decode({ shape, kind, data }) {
  const types = { i1: Int8Array, i2: Int16Array, i4: Int32Array, f2: Uint16Array, f4: Float32Array, f8: Float64Array };
  const values = new types[kind](bytes(data));
  return { shape, data: kind === "f2" ? fromFloat16(values) : values };
}

function bytes(text) {
  const characters = atob(text);
  const found = new Uint8Array(characters.length);
  for (let i = 0; i < found.length; i++) found[i] = characters.charCodeAt(i);
  return found.buffer;
}

// Float32 numbers from the bits of finite float16 numbers. Moved to where a float32 has its sign, exponent and
// fraction, they are a number that is 2^112 times too small.
function fromFloat16(halves) {
  const moved = new Uint32Array(halves.length);
  for (let i = 0; i < moved.length; i++) moved[i] = ((halves[i] & 0x8000) << 16) | ((halves[i] & 0x7fff) << 13);
  return new Float32Array(moved.buffer).map((value) => value * 2 ** 112);
}

// The log-probability of each token after the first one, given those before it.
const logProbabilities = (variant, tokens) =>
  variant.run(tokens.slice(0, -1)).logits.map((logits, t) => logSoftmax(logits)[tokens[t + 1]]);
