// Sampling, like makemore/sampling.py: the same seed draws the same names.

// The probabilities of symbols at a temperature; at 0, the first of the likeliest ones is certain.
function atTemperature(logits, temperature, topK = null) {
  if (temperature > 0) return softmax(keepTopK(apply((logit) => logit / f32(temperature), logits), topK));
  const likeliest = logits.indexOf(largestOf(logits));
  return logits.map((_, token) => Number(token === likeliest));
}

// The symbol that follows, drawn with the settings { temperature, top_k, top_p } and random integers (random.js).
function drawn(logits, { temperature, top_k, top_p }, integers) {
  const probabilities = keepTopP(atTemperature(logits, temperature, top_k), top_p);
  const quotients = apply((p, noise) => p / noise, probabilities, exponentials(integers, logits.length));
  return quotients.indexOf(largestOf(quotients));
}

// Draws the name with this number, with the settings of `drawn` and { seed, max_length }. Yields the tokens so far,
// after each symbol; the last one of a name that has ended is the end marker 0.
function* drawnName(variant, typed, settings, number) {
  const integers = randomIntegers([settings.seed, number]);
  const tokens = [...typed];
  do {
    tokens.push(drawn(variant.run(tokens).logits.at(-1), settings, integers));
    yield tokens;
  } while (tokens.at(-1) !== 0 && tokens.length <= settings.max_length);
}

// The tokens, the likeliest first.
const byLikelihood = (values) => [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);

// All logits but the k largest become minus infinity; none if k is 0 or null.
function keepTopK(logits, k) {
  if (!k || k >= logits.length) return logits;
  const kept = new Set(byLikelihood(logits).slice(0, k));
  return logits.map((logit, token) => (kept.has(token) ? logit : -Infinity));
}

// All probabilities but the fewest that are `p` together become 0; none if `p` is null.
function keepTopP(probabilities, p) {
  if (p === null || p >= 1) return probabilities;
  const kept = new Float32Array(probabilities.length);
  let before = 0; // the probability of all that are more likely
  for (const token of byLikelihood(probabilities)) {
    if (before >= p) break;
    kept[token] = probabilities[token];
    before += onStep(probabilities[token], POWER_STEP);
  }
  return kept;
}
