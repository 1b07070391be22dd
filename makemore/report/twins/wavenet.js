// Twin of makemore/models/wavenet.py: gated causal convolutions, each layer combining kernel_size times as many symbols.
twins.wavenet = ({ config, weights: w }) => {
  const field = config.kernel_size ** config.n_layer; // what a prediction sees

  // The next layer's input and the skip, for the last positions of `x` that have enough past.
  const layer = (x, i) => {
    const name = (part) => `layers.${i}.${part}`;
    const dilation = config.kernel_size ** i;
    const reach = (config.kernel_size - 1) * dilation;
    const skips = [];
    const next = x.slice(reach).map((input, t) => {
      const taps = Array.from({ length: config.kernel_size }, (_, k) => x[t + k * dilation]);
      const both = linear(concatenate(taps), w[name("filter_and_gate.weight")], w[name("filter_and_gate.bias")]);
      const [content, gate] = chunk(both, 2);
      const z = multiply(tanh(content), sigmoid(gate));
      const out = linear(z, w[name("residual_and_skip.weight")], w[name("residual_and_skip.bias")]);
      const [residual, skip] = chunk(out, 2);
      skips.push(skip);
      return add(input, residual);
    });
    return [next, skips];
  };

  return (tokens) => {
    let x = padded(tokens, field - 1).map((token) => row(w["token_embedding.weight"], token));
    const skips = [];
    for (let i = 0; i < config.n_layer; i++) {
      const [next, skip] = layer(x, i);
      x = next;
      skips.push(skip.slice(-tokens.length));
    }
    const logits = tokens.map((_, t) => {
      const sum = add(...skips.map((skip) => skip[t]));
      return linear(relu(linear(relu(sum), w["mix.weight"], w["mix.bias"])), w["head.weight"]);
    });
    return { logits, window: field };
  };
};
