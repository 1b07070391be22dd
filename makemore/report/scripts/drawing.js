// Draws names from variants, a symbol at a time, so that they can be watched.

const NAMES = 5; // drawn from each variant

// Draws what `makemore sample` prints with the same settings { seed, temperature, top_k, top_p, max_length }: each name has
// random numbers of its own.
function* drawNames({ variant, names }, symbols, typed, settings) {
  const written = (tokens) => tokens.slice(1).map((token) => symbols[token]).join("");
  for (let count = 0; count < NAMES; count++) {
    const integers = randomIntegers([settings.seed, count]);
    const line = element("li");
    const text = element("bdi");
    line.append(text);
    names.append(line);
    const name = [...typed];
    let token;
    do {
      text.textContent = `${written(name)}…`;
      token = drawn(variant.run(name).logits.at(-1), settings, integers);
      if (token !== 0) name.push(token);
      yield;
    } while (token !== 0 && name.length <= settings.max_length);
    text.textContent = written(name) + (token === 0 ? "" : "…") || "(empty)";
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
