// The chapter "Two side by side": the same beginning through two variants, or two beginnings, and where they differ.
//
// The view has the variants (left, right) and the beginnings (prefix, other); without `other`, both have the same one.

const MARKED = 0.05; // a difference between two probabilities that is marked

// `loaded` is what loadVariants returns.
function compareSides(loaded, section, view) {
  const { symbols, variants, read } = loaded;
  const find = (selector) => section.querySelector(selector);
  const inputs = ["left", "right", "prefix", "other"].map((name) => find(`[name=${name}]`));
  const lists = section.querySelectorAll(".names");
  const say = (text) => (find("[role=status]").textContent = text);
  let drawing = 0; // the number of the latest drawing: an older one stops

  // Both sides as { variant, tokens, result, next }; null, with a message, if a beginning cannot be read.
  function sides(values) {
    const texts = [values.prefix, values.other || values.prefix];
    const found = texts.map((text, i) => {
      const name = values[["left", "right"][i]];
      const variant = variants.find((each) => each.run && each.variant === name) ?? variants.find((each) => each.run);
      return { variant, ...read(text) };
    });
    const problem = found.map((side) => side.problem).find(Boolean) ?? "";
    say(problem);
    if (problem) return null;
    for (const side of found) {
      side.result = side.variant.run(side.tokens);
      side.next = atTemperature(side.result.logits.at(-1), Number(values.temperature));
    }
    return found;
  }

  function show(values) {
    drawing += 1;
    for (const input of inputs) if (input.value !== values[input.name]) input.value = values[input.name];
    for (const list of lists) list.replaceChildren();
    const both = sides(values);
    if (!both) return;
    const title = ({ variant, tokens }) => (values.other ? `${variant.variant}: ${text(tokens)}` : variant.variant);
    const titles = both.map(title);
    section.querySelectorAll(".side").forEach((title, i) => (title.textContent = titles[i % 2]));
    const [left, right] = both;
    const same = !values.other && left.tokens.length <= Math.min(left.result.logits.length, right.result.logits.length);
    find(".symbols").replaceChildren(...(same && left.tokens.length > 1 ? [symbolTable(both)] : []));
    find(".next").replaceChildren(...nextLines(both));
    const agreed = Math.round(100 * overlap(left.next, right.next));
    find(".agreed").textContent = `What comes next: they agree on ${agreed}% of the probability.`;
  }

  const text = (tokens) => tokens.slice(1).map((token) => symbols[token]).join("");
  const overlap = (p, q) => p.reduce((sum, value, token) => sum + Math.min(value, q[token]), 0);

  // What each symbol costs on both sides, the difference, and how far both agreed on what would come.
  function symbolTable(both) {
    const tokens = both[0].tokens;
    const places = [...tokens.keys()].slice(0, -1);
    const costs = both.map(({ result }) => places.map((t) => -logSoftmax(result.logits[t])[tokens[t + 1]]));
    const shared = places.map((t) => overlap(...both.map(({ result }) => softmax(result.logits[t]))));
    const table = element("table", "cost-table");
    table.dir = direction(text(tokens));
    const line = (name, texts, style = () => {}) => {
      const row = element("tr");
      row.append(element("th", "", name), ...texts.map((each) => element("td", "", each)));
      row.firstChild.scope = "row";
      [...row.querySelectorAll("td")].forEach(style);
      table.append(row);
    };
    line("nats", places.map((t) => visible(symbols[tokens[t + 1]])));
    both.forEach(({ variant }, i) => line(variant.variant, costs[i].map(nats)));
    line("difference", places.map((t) => signed(costs[0][t] - costs[1][t])), (cell, t) => {
      const difference = costs[0][t] - costs[1][t];
      cell.className = difference < 0 ? "saved" : "paid";
      cell.style.setProperty("--weight", Math.min(1, Math.abs(difference) / 5 || 0).toFixed(2));
    });
    line("they agreed on", shared.map((share) => `${Math.round(100 * share)}%`));
    return table;
  }

  const nats = (cost) => (Number.isFinite(cost) ? cost.toFixed(2) : "∞");
  const signed = (value) => (Number.isNaN(value) ? "0.00" : `${value < 0 ? "−" : "+"}${nats(Math.abs(value))}`);

  // The likeliest next symbols of both sides, with two bars each.
  function nextLines([left, right]) {
    const most = left.next.map((p, token) => Math.max(p, right.next[token]));
    const largest = largestOf(most);
    return byLikelihood(most).slice(0, LIKELIEST).map((token) => {
      const apart = left.next[token] - right.next[token];
      const line = element("li", apart >= MARKED ? "more" : apart <= -MARKED ? "less" : "");
      line.append(symbolButton(token, symbols));
      for (const { next } of [left, right]) {
        const bar = element("span", "bar", percent(next[token]));
        bar.style.setProperty("--share", `${((100 * next[token]) / largest).toFixed(1)}%`);
        line.append(bar);
      }
      return line;
    });
  }

  async function draw() {
    show(view.values);
    const both = sides(view.values);
    if (!both) return;
    const mine = drawing;
    const settings = { ...loaded.sample, seed: Number(view.values.seed), temperature: Number(view.values.temperature) };
    const generators = both.map(({ variant, tokens }, i) =>
      drawNames({ variant, names: lists[i] }, symbols, tokens, settings),
    );
    if (!(await sideBySide(generators, () => mine === drawing))) return;
    [...lists[0].children].forEach((line, i) => markDifference(line, lists[1].children[i]));
    say(`${NAMES} names from each, with the same random numbers; what differs is marked`);
  }

  // Marks where two names part.
  function markDifference(...lines) {
    const [first, second] = lines.map((line) => [...line.textContent]);
    const parts = first.findIndex((character, i) => character !== second[i]);
    const at = parts < 0 ? first.length : parts;
    lines.forEach((line, i) => {
      const characters = i ? second : first;
      const name = element("bdi", "", characters.slice(0, at).join(""));
      name.append(element("mark", "", characters.slice(at).join("")));
      line.replaceChildren(name);
    });
  }

  for (const input of inputs) input.addEventListener("input", () => view.change({ [input.name]: input.value }));
  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    draw();
  });
  find(".next").addEventListener("click", ({ target }) => {
    const { token } = target.dataset;
    if (token === undefined) return;
    const { prefix, other } = view.values;
    view.change({ prefix: prefix + symbols[token], other: other && other + symbols[token] });
  });
  view.onChange(show);
}
