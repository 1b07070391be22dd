// The first screen: the best variant continues the beginning in the field, symbol by symbol, as soon as the page opens.

const FIRST_NAMES = 6;
const SYMBOL_MS = 45; // between two symbols

// `loaded` is what loadVariants returns.
function invent(loaded, form, view) {
  const variant = loaded.variants.find((each) => each.run);
  const field = form.querySelector("input");
  const names = form.querySelector(".names");
  const say = (text) => (form.querySelector("[role=status]").textContent = text);
  let drawn; // the view that the names are of: an older drawing stops

  async function draw({ prefix, temperature, seed }) {
    const mine = [prefix, temperature, seed].join("\n");
    if (mine === drawn) return;
    drawn = mine;
    if (field.value !== prefix) field.value = prefix;
    names.replaceChildren();
    const { tokens, problem } = loaded.read(prefix);
    say(problem);
    field.setAttribute("aria-invalid", String(Boolean(problem)));
    if (problem) return;
    const settings = { ...loaded.sample, temperature: Number(temperature), seed: Number(seed) };
    const drawing = drawNames({ variant, names }, loaded.symbols, tokens, settings, FIRST_NAMES);
    const done = await sideBySide([drawing], () => mine === drawn, () => new Promise((go) => setTimeout(go, SYMBOL_MS)));
    if (done) say(`Seed ${seed}.`);
  }

  field.addEventListener("input", () => view.change({ prefix: field.value }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    view.change({ seed: String((Number(view.values.seed) + 1) % 2 ** 32) });
  });
  view.onChange(draw);
  draw(view.values);
}
