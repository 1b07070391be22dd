// Twin of makemore/models/bigram.py: the logits are a row of a learned matrix.
twins.bigram = ({ weights }) => (tokens) => ({
  logits: tokens.map((current) => row(weights.weights, current)),
  window: 1,
});
