// Draws names from variants, a symbol at a time, so that they can be watched.

const NAMES = 5; // drawn from each variant
const calm = matchMedia("(prefers-reduced-motion: reduce)"); // then each name appears as a whole

// Draws the first names that `makemore sample` prints with the same settings (sampling.js), as lines of the list `names`.
function* drawNames({ variant, names }, symbols, typed, settings, count = NAMES) {
  const written = (tokens) => tokens.map((token) => (token === 0 ? "" : symbols[token])).join("");
  for (let number = 0; number < count; number++) {
    const line = element("li");
    const text = element("bdi");
    const invented = element("span", "invented-part", "…");
    text.append(element("span", "", written(typed)), invented);
    line.append(text);
    names.append(line);
    let tokens = typed;
    const show = () => {
      const ended = tokens.at(-1) === 0 && tokens.length > typed.length;
      invented.textContent = written(tokens.slice(typed.length)) + (ended ? "" : "…");
      if (!text.textContent) invented.textContent = "(empty)";
    };
    for (tokens of drawnName(variant, typed, settings, number)) {
      if (calm.matches) continue;
      show();
      yield;
    }
    show();
    yield;
  }
}

const nextFrame = () => new Promise(requestAnimationFrame);

// Runs generators side by side, one step of each between two pauses. Resolves to whether all of them have ended: it stops
// early when `isCurrent` says that nobody waits for them any more.
async function sideBySide(generators, isCurrent, pause = nextFrame) {
  const running = [...generators];
  while (running.length) {
    for (const each of [...running]) if (each.next().done) running.splice(running.indexOf(each), 1);
    await pause();
    if (!isCurrent()) return false;
  }
  return true;
}
