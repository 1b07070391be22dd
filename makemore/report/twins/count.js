// Twin of makemore/models/count.py: a table of bigram counts, smoothed and normalised.
//
//     P(j | i) = (N[i, j] + s) / sum_k (N[i, k] + s); a row without any counts is uniform
twins.count = ({ config, weights, size }) => {
  const after = (current) => {
    const smoothed = apply((count) => count + config.smoothing, Float64Array.from(row(weights.counts, current)));
    const total = smoothed.reduce((a, b) => a + b);
    return apply((value) => Math.log(total > 0 ? value / total : 1 / size), smoothed);
  };
  return (tokens) => ({ logits: tokens.map(after), window: 1 });
};
