// Twin of makemore/models/uniform.py: every symbol is equally likely.
twins.uniform = ({ size }) => (tokens) => ({ logits: tokens.map(() => new Float32Array(size)) });
