// Twin of makemore/models/gpt.py: a decoder-only transformer with all its options.
const LOG_100 = 4.605170185988092;

twins.gpt = ({ config, weights: w, size, longest }) => {
  const headSize = config.n_embd / config.n_head;
  const rootOfSize = f32(1 / Math.sqrt(headSize));
  const norm = (x, name) => (config.norm === "rms" ? rmsNorm(x) : layerNorm(x, w[`${name}.weight`], w[`${name}.bias`]));
  const through = (x, name) => linear(x, w[`${name}.weight`], w[`${name}.bias`]);

  // The sum of the embeddings of the last symbol, the last pair, and so on, and of the position.
  const embed = (tokens, t) => {
    let code = 0;
    const vectors = [];
    for (let n = 0; n < config.ngram_embedding; n++) {
      code += size ** n * (t >= n ? tokens[t - n] : 0);
      vectors.push(row(w[`ngram_embeddings.${n}.weight`], code));
    }
    if (config.positions === "learned") vectors.push(row(w["position_embedding.weight"], t));
    return add(...vectors);
  };

  // Each pair (x[i], x[i + d/2]) rotated by position / 100^(2i/d) radians.
  const half = headSize / 2;
  const turns = Array.from({ length: half }, (_, i) => exp64(i * (-LOG_100 / half)) * (0.5 / Math.PI));
  const rotations = []; // by position: the cosine and the sine for each pair
  const rotate = (x, position) => {
    rotations[position] ??= turns.map((each) => cosSin(position * each).map(f32));
    const rotated = new Float32Array(headSize);
    rotations[position].forEach(([cosine, sine], i) => {
      const [a, b] = [x[i], x[i + half]];
      rotated[i] = f32(a * cosine) - f32(b * sine);
      rotated[i + half] = f32(a * sine) + f32(b * cosine);
    });
    return rotated;
  };

  // Queries and keys of a position, as factors, and values: for each head a vector.
  const queryKeyValue = (x, position, name) => {
    const [q, k, v] = chunk(through(x, `${name}.query_key_value`), 3).map((part) => chunk(part, config.n_head));
    const prepare = (vector) => {
      const normed = config.qk_norm ? rmsNorm(vector) : vector;
      return config.positions === "rotary" ? rotate(normed, position) : normed;
    };
    return { q: q.map(prepare).map(factor), k: k.map(prepare).map(factor), v };
  };

  // Each position attends to itself and those before it. Returns the outputs, and the weights by head and position.
  const attention = (inputs, name) => {
    const all = inputs.map((x, t) => queryKeyValue(x, t, name));
    const weights = Array.from({ length: config.n_head }, (_, head) =>
      all.map(({ q }, t) =>
        softmax(Float32Array.from(all.slice(0, t + 1), ({ k }) => product(k[head], q[head])[0] * rootOfSize)),
      ),
    );
    const values = Array.from({ length: config.n_head }, (_, head) => all.map(({ v }) => v[head]));
    const outputs = all.map((_, t) => {
      const mixed = weights.map((each, head) => mix(each[t], values[head]));
      return through(concatenate(mixed), `${name}.project`);
    });
    return [outputs, weights];
  };

  const mlp = (x, name) => {
    const y = through(x, `${name}.widen`);
    return through(config.activation === "gelu" ? gelu(y) : apply((v) => v * v, relu(y)), `${name}.project`);
  };

  const head = (x) =>
    config.tied_head
      ? linear(scale(x, w.head_scale.data[0]), w["ngram_embeddings.0.weight"])
      : linear(x, w["head.weight"]);

  return (tokens) => {
    const seen = tokens.slice(-longest - 1); // longer input: the window slides, as in sampling
    let x = seen.map((_, t) => embed(seen, t));
    const attended = []; // [block][head][position]: the weights of the positions up to this one
    for (let i = 0; i < config.n_layer; i++) {
      const normed = x.map((each) => norm(each, `blocks.${i}.norm_1`));
      const [communicated, weights] = attention(normed, `blocks.${i}.attention`);
      x = x.map((each, t) => add(each, communicated[t]));
      x = x.map((each) => add(each, mlp(norm(each, `blocks.${i}.norm_2`), `blocks.${i}.mlp`)));
      attended.push(weights);
    }
    return { logits: x.map((each) => head(norm(each, "norm"))), attention: attended, window: seen.length };
  };
};
