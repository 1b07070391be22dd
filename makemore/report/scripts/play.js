// The chapter in which all variants run: type a prefix, see what each variant expects next, draw names from all of them.
//
// Everything that is shown follows from the view (view.js): prefix, temperature, seed, and the selected variant.

function play(data, section, view) {
  const { symbols, variants } = loadVariants(data);
  const tokenOf = new Map(symbols.map((symbol, token) => [symbol, token]).slice(1));
  const find = (selector) => section.querySelector(selector);
  const inputs = ["prefix", "temperature", "seed"].map((name) => find(`[name=${name}]`));
  const [prefix, temperature, seed] = inputs;
  const cards = variants.map((variant) => makeCard(variant, symbols, find(".variants"))).filter(Boolean);
  let drawing = 0; // the number of the latest drawing: an older one stops

  const say = (text) => (find("[role=status]").textContent = text);

  // The tokens of the prefix, from the end marker on; null, with a message, if it has a character that is not a symbol.
  function tokens() {
    const characters = [...prefix.value.normalize("NFC")];
    const unknown = characters.find((character) => !tokenOf.has(character));
    const problem = unknown === undefined ? "" : `“${unknown}” is not in the vocabulary`;
    prefix.setCustomValidity(problem);
    prefix.setAttribute("aria-invalid", String(Boolean(problem)));
    say(problem);
    return problem ? null : [0, ...characters.map((character) => tokenOf.get(character))];
  }

  function show() {
    find(".value").textContent = Number(temperature.value).toFixed(1);
    drawing += 1;
    for (const card of cards) card.names.replaceChildren();
    const typed = tokens();
    if (!typed) return;
    const results = cards.map((card) => card.variant.run(typed));
    const next = results.map((result) => atTemperature(result.logits.at(-1), Number(temperature.value)));
    const largest = Math.max(...next.map((probabilities) => Math.max(...probabilities)));
    cards.forEach((card, i) =>
      card.show(typed, results[i], next[i], largest, card.variant.variant === view.values.variant),
    );
  }

  function change(changes) {
    view.set(changes);
    show();
  }

  async function draw() {
    show();
    const typed = tokens();
    if (!typed) return;
    const mine = drawing;
    say(`drawing ${NAMES} names from each variant`);
    const settings = { ...data.sample, seed: Number(seed.value), temperature: Number(temperature.value) };
    const generators = cards.map((card) => drawNames(card, symbols, typed, settings));
    if (await sideBySide(generators, () => mine === drawing)) {
      say(`${NAMES} names from each variant, with seed ${seed.value} and temperature ${temperature.value}`);
    }
  }

  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    draw();
  });
  for (const input of inputs) input.addEventListener("input", () => change({ [input.name]: input.value }));
  section.addEventListener("click", ({ target }) => {
    const { token, variant } = target.dataset;
    if (token !== undefined) {
      prefix.value += symbols[token];
      change({ prefix: prefix.value });
      prefix.focus();
    } else if (variant !== undefined) {
      change({ variant: variant === view.values.variant ? "" : variant });
    }
  });
  view.onRecall((values) => {
    for (const input of inputs) input.value = values[input.name];
    if (!(Number(seed.value) >= 0)) seed.value = FIRST_VIEW.seed;
    for (const input of inputs) values[input.name] = input.value; // what a browser has made of a mistyped value
    show();
  });
}
