// Twin of makemore/models/mlp.py: the embeddings of the last few symbols, concatenated, through one hidden layer.
twins.mlp = ({ config, weights: w }) => (tokens) => {
  const inputs = padded(tokens, config.block_size - 1);
  const logits = tokens.map((_, t) => {
    const window = inputs.slice(t, t + config.block_size);
    const x = concatenate(window.map((token) => row(w["token_embedding.weight"], token)));
    const h = tanh(linear(x, w["hidden.weight"], w["hidden.bias"]));
    return linear(h, w["head.weight"], w["head.bias"]);
  });
  return { logits, window: config.block_size };
};
