// Twin of makemore/models/ensemble.py: the weighted mean of the probabilities of its members, which run in this page too.
//
//     P(w | h) = a_1 P_1(w | h) + ... + a_K P_K(w | h), one member after the other
twins.ensemble = ({ config, weights, members }) => {
  const IMPOSSIBLE = -600; // log-probabilities below it count as 0
  const probabilities = (logits) =>
    Float64Array.from(logSoftmax(logits), (value) => (value > IMPOSSIBLE ? exp64(value) : 0));
  const names = Object.keys(config.members);

  return (tokens) => {
    const all = members.map((member) => member.run(tokens).logits.map(probabilities));
    const shortest = Math.min(...all.map((answer) => answer.length)); // the window of a member may have slid
    const answers = all.map((answer) => answer.slice(-shortest));
    const logits = answers[0].map((_, t) => {
      const mean = new Float64Array(answers[0][t].length);
      answers.forEach((answer, k) => answer[t].forEach((p, i) => (mean[i] += p * weights.weights.data[k])));
      return Float32Array.from(mean, log64);
    });
    const who = (answer, k) => ({ name: names[k], weight: weights.weights.data[k], next: answer.at(-1) });
    return { logits, asked: answers.map(who) };
  };
};
