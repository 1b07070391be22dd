// The chapter in which all variants run: type a prefix, see what each variant expects next, draw names from all of them.
//
// Everything that is shown follows from the view (view.js): prefix, temperature, seed, and the selected variant.

// `loaded` is what loadVariants returns.
function play(loaded, section, view) {
  const { symbols, variants } = loaded;
  const find = (selector) => section.querySelector(selector);
  const inputs = ["prefix", "temperature", "seed"].map((name) => find(`[name=${name}]`));
  const [prefix, temperature, seed] = inputs;
  const cards = variants.map((variant) => makeCard(variant, symbols, find(".variants"))).filter(Boolean);
  let drawing = 0; // the number of the latest drawing: an older one stops

  const say = (text) => (find("[role=status]").textContent = text);

  // The tokens of the prefix, from the end marker on; null, with a message, if it has a character that is not a symbol.
  function tokens() {
    const { tokens, problem } = loaded.read(prefix.value);
    prefix.setCustomValidity(problem);
    prefix.setAttribute("aria-invalid", String(Boolean(problem)));
    say(problem);
    return tokens;
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

  async function draw() {
    show();
    const typed = tokens();
    if (!typed) return;
    const mine = drawing;
    say(`drawing ${NAMES} names from each variant`);
    const settings = { ...loaded.sample, seed: Number(seed.value), temperature: Number(temperature.value) };
    const generators = cards.map((card) => drawNames(card, symbols, typed, settings));
    if (await sideBySide(generators, () => mine === drawing)) {
      say(`${NAMES} names from each variant, with seed ${seed.value} and temperature ${temperature.value}`);
    }
  }

  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    draw();
  });
  for (const input of inputs) input.addEventListener("input", () => view.change({ [input.name]: input.value }));
  section.addEventListener("click", ({ target }) => {
    const { token, variant } = target.dataset;
    if (token !== undefined) {
      prefix.value += symbols[token];
      view.change({ prefix: prefix.value });
      prefix.focus();
    } else if (variant !== undefined) {
      view.change({ variant: variant === view.values.variant ? "" : variant });
    }
  });
  view.onChange((values) => {
    for (const input of inputs) if (input.value !== values[input.name]) input.value = values[input.name];
    if (!(Number(seed.value) >= 0)) seed.value = FIRST_VIEW.seed;
    for (const input of inputs) values[input.name] = input.value; // what a browser has made of a mistyped value
    show();
  });
}
