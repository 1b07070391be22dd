// Twin of makemore/models/ngram.py: counts of what followed the last few symbols, with modified Kneser-Ney smoothing.
//
//     P(w | h) = (a(h w) - D(a(h w)) + g(h) P(w | h')) / a(h), from the empty context up to the longest known one
//
// `contexts` and `grams` are sorted codes: a context is (number of its shorter context) * size + (one older symbol), and
// an n-gram is (number of its context) * size + (what followed).
twins.ngram = ({ config, weights, size }) => {
  const { contexts, grams, counts, discounts } = weights;

  // P(w | h) of one context, from P(w | h') of the shorter one.
  const interpolate = (level, context, lower) => {
    const adjusted = Float64Array.from(lower, (_, symbol) => {
      const place = find(grams.data, context * size + symbol);
      return place < 0 ? 0 : counts.data[place];
    });
    const discount = row(discounts, level); // of counts of 0, 1, 2, and 3 and more
    const kinds = [0, 0, 0, 0]; // how many counts are 0, 1, 2, and 3 and more
    for (const count of adjusted) kinds[Math.min(count, 3)] += 1;
    const given = kinds[1] * discount[1] + kinds[2] * discount[2] + kinds[3] * discount[3];
    const sum = adjusted.reduce((a, b) => a + b);
    return adjusted.map((count, i) => (count - discount[Math.min(count, 3)] + given * lower[i]) / sum);
  };

  return (tokens) => {
    const levels = []; // how many symbols the longest known context had at each position
    const logits = tokens.map((_, position) => {
      const past = padded(tokens.slice(0, position + 1), config.order).reverse(); // the last symbol first
      let context = 0;
      let level = 0;
      let probabilities = interpolate(0, 0, new Float64Array(size).fill(1 / size));
      while (level < config.order - 1) {
        const place = find(contexts.data, context * size + past[level]);
        if (place < 0) break;
        context = place;
        level += 1;
        probabilities = interpolate(level, context, probabilities);
      }
      levels.push(level);
      return Float32Array.from(probabilities, log64);
    });
    return { logits, levels, window: config.order - 1 };
  };

  // The index of `code` in a sorted table; -1 if it is not in it.
  function find(table, code) {
    let [low, high] = [0, table.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (table[middle] < code) low = middle + 1;
      else high = middle;
    }
    return table[low] === code ? low : -1;
  }
};
