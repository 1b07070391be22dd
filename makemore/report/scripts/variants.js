// The variants in the page: decodes their weights, and runs their twins.

// `data` is what makemore/report/embedded.py writes. Returns { symbols, variants, sample, read }: each variant that runs
// here has a function `run` from tokens, starting with the end marker 0, to what its twin returns. Its weights are decoded
// when it first runs.
function loadVariants(data) {
  const size = data.symbols.length;
  const loaded = new Map();
  const load = (each) => {
    if (each.missing) return each;
    const decoded = () => Object.entries(each.weights).map(([name, tensor]) => [name, decode(tensor)]);
    const make = () => {
      const members = each.members?.map((name) => loaded.get(name)); // of an ensemble: other variants of the page
      const weights = Object.fromEntries(decoded());
      return twins[each.model]({ config: each.config, weights, size, longest: data.longest, members });
    };
    let twin;
    return { ...each, run: last((tokens) => (twin ??= make())(tokens)) };
  };
  for (const each of data.variants) loaded.set(each.variant, load(each));
  return { symbols: data.symbols, variants: [...loaded.values()], sample: data.sample, read: reader(data.symbols) };
}

// `run`, which keeps its last result: an ensemble asks its members what the page has just asked them.
function last(run) {
  let [key, result] = [null, null];
  return (tokens) => {
    if (tokens.join() !== key) [key, result] = [tokens.join(), run(tokens)];
    return result;
  };
}

// A function from text to { tokens, problem }: its tokens after the end marker, or what is wrong with it. A letter that
// is no symbol is read as its small or capital form, if that is one.
function reader(symbols) {
  const tokenOf = new Map(symbols.map((symbol, token) => [symbol, token]).slice(1));
  const known = (character) =>
    [character, character.toLowerCase(), character.toUpperCase()].find((form) => tokenOf.has(form));
  return (text) => {
    const characters = [...text.normalize("NFC")];
    const unknown = characters.find((character) => known(character) === undefined);
    if (unknown !== undefined) return { tokens: null, problem: `“${unknown}” is not in the vocabulary` };
    return { tokens: [0, ...characters.map((character) => tokenOf.get(known(character)))], problem: "" };
  };
}

// A weight { data, shape } from its text.
function decode({ shape, kind, data, at, scale }) {
  const types = { i1: Int8Array, i2: Int16Array, i4: Int32Array, f2: Uint16Array, f4: Float32Array, f8: Float64Array };
  let values = new types[kind](bytes(data));
  if (at) {
    const places = new Int32Array(bytes(at));
    const all = new types[kind](shape.reduce((a, b) => a * b, 1));
    values.forEach((value, i) => (all[places[i]] = value));
    values = all;
  }
  if (scale) {
    const [scales, width] = [new Float32Array(bytes(scale)), shape[1]];
    return { shape, data: Float32Array.from(values, (value, i) => value * scales[Math.floor(i / width)]) };
  }
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
