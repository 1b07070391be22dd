// Twin of makemore/models/bow.py: the mean of all symbols so far, followed by a perceptron.
twins.bow = ({ weights: w, longest }) => (tokens) => {
  const seen = tokens.slice(-longest - 1); // longer input: the window slides, as in sampling
  const past = [];
  const logits = seen.map((token, t) => {
    let x = add(row(w["token_embedding.weight"], token), row(w["position_embedding.weight"], t));
    past.push(x);
    x = add(x, mix(new Float32Array(t + 1).fill(1 / (t + 1)), past)); // communicate: all past symbols, equally weighted
    const y = gelu(linear(x, w["widen.weight"], w["widen.bias"]));
    x = add(x, linear(y, w["project.weight"], w["project.bias"])); // compute: each position on its own
    return linear(x, w["head.weight"]);
  });
  return { logits, window: seen.length };
};
