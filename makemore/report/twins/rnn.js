// Twin of makemore/models/rnn.py: a hidden state that is updated at each symbol by one of three cells.
twins.rnn = ({ config, weights: w }) => {
  // `x` is W x_t + b of all gates, `u` is U h_(t-1) of all gates; the state is [h], or [h, c] for the lstm.
  const cells = {
    rnn: (x, u) => [tanh(add(x, u))],
    gru: (x, u, [h]) => {
      const [xr, xz, xn] = chunk(x, 3);
      const [ur, uz, un] = chunk(u, 3);
      const [r, z] = [sigmoid(add(xr, ur)), sigmoid(add(xz, uz))];
      const n = tanh(add(xn, multiply(r, un)));
      return [apply((keep, candidate, old) => f32(f32(1 - keep) * candidate) + f32(keep * old), z, n, h)];
    },
    lstm: (x, u, [, c]) => {
      const [i, f, g, o] = chunk(add(x, u), 4);
      const memory = add(multiply(sigmoid(f), c), multiply(sigmoid(i), tanh(g)));
      return [multiply(sigmoid(o), tanh(memory)), memory];
    },
  };
  return (tokens) => {
    let state = [w["start.0"], w["start.1"]].filter(Boolean).map((start) => start.data);
    const states = []; // h at each position
    const logits = tokens.map((token) => {
      const x = linear(row(w["token_embedding.weight"], token), w["input.weight"], w["input.bias"]);
      state = cells[config.cell](x, linear(state[0], w["cell.recur.weight"]), state);
      states.push(state[0]);
      return linear(state[0], w["head.weight"]);
    });
    return { logits, states };
  };
};
