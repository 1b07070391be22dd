// Twin of makemore/models/count.py: a table of bigram counts, smoothed and normalised.
//
//     P(j | i) = (N[i, j] + s) / sum_k (N[i, k] + s); a row without any counts is uniform
twins.count = ({ config, weights, size }) => {
  const after = (current) => {
    const counts = row(weights.counts, current);
    const sum = counts.reduce((a, b) => a + b) + size * config.smoothing;
    return Float32Array.from(counts, (count) => log64(sum > 0 ? (count + config.smoothing) / sum : 1 / size));
  };
  return (tokens) => ({ logits: tokens.map(after), window: 1 });
};
