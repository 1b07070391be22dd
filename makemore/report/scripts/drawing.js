// Draws names from variants, a symbol at a time, so that they can be watched.

const NAMES = 5; // drawn from each variant

// Draws what `makemore sample` prints with the same settings (sampling.js).
function* drawNames({ variant, names }, symbols, typed, settings) {
  const written = (tokens) => tokens.map((token) => (token === 0 ? "" : symbols[token])).join("");
  for (let number = 0; number < NAMES; number++) {
    const line = element("li");
    const text = element("bdi", "", `${written(typed)}…`);
    line.append(text);
    names.append(line);
    for (const tokens of drawnName(variant, typed, settings, number)) {
      text.textContent = written(tokens) + (tokens.at(-1) === 0 ? "" : "…") || "(empty)";
      yield;
    }
  }
}

// Runs generators side by side, one step of each per frame. Resolves to whether all of them have ended: it stops early
// when `isCurrent` says that nobody waits for them any more.
async function sideBySide(generators, isCurrent) {
  const running = [...generators];
  while (running.length) {
    for (const each of [...running]) if (each.next().done) running.splice(running.indexOf(each), 1);
    await new Promise(requestAnimationFrame);
    if (!isCurrent()) return false;
  }
  return true;
}
