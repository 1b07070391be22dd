// A card for each variant: what it expects after the prefix, what it saw, and the names drawn from it.

const LIKELIEST = 10; // symbols that are listed

// Returns { variant, names, show }, where `names` is the list for drawn names; null for a variant that is not here.
function makeCard(variant, symbols, list) {
  const card = element("article", "variant");
  const title = element("h3");
  const select = element("button", "select", variant.variant);
  title.id = `card-${variant.variant}`;
  card.setAttribute("aria-labelledby", title.id);
  card.append(title);
  list.append(card);
  if (variant.missing) {
    title.textContent = variant.variant;
    card.append(element("p", "", `Not here: ${variant.missing}.`));
    return null;
  }
  select.type = "button";
  select.dataset.variant = variant.variant;
  title.append(select);
  if (variant.rounded) card.append(element("p", "", "Here with 8-bit weights: close to the model, but not the same."));
  const [seen, cost] = [element("p", "seen"), element("p", "spent")];
  const [likeliest, inside, names] = [element("ol", "likeliest"), element("div", "inside"), element("ul", "names")];
  names.setAttribute("aria-label", `names drawn from ${variant.variant}`);
  card.append(seen, cost, likeliest, inside, names);
  const unfolded = new Set(); // summaries that stay open when the prefix changes

  // `next` are the probabilities of the next symbol; bars have the same scale in all cards, up to the `largest` of all.
  function show(typed, result, next, largest, isSelected) {
    card.classList.toggle("selected", isSelected);
    select.setAttribute("aria-pressed", String(isSelected));
    seen.textContent = explain(result, typed, symbols);
    showCost(typed, result, isSelected);
    const order = [...next.keys()].sort((a, b) => next[b] - next[a] || a - b);
    likeliest.replaceChildren(...order.slice(0, LIKELIEST).map((token) => bar(token, next[token], largest)));
    const parts = insides(result, typed, symbols);
    inside.replaceChildren(...parts.map(([summary, content]) => folded(summary, content, isSelected)));
  }

  function showCost(typed, result, isSelected) {
    if (result.logits.length < typed.length) {
      cost.textContent = "the prefix is longer than all names"; // the window slides, so its start has no price
      return;
    }
    const nats = typed.slice(1).map((token, t) => onStep(-logSoftmax(result.logits[t])[token], NLL_STEP));
    const total = nats.reduce((a, b) => a + b, 0).toFixed(2);
    cost.textContent = nats.length ? `the prefix costs ${total} nats` : "what comes first?";
    if (!isSelected || !nats.length) return;
    const strip = costStrip(typed.slice(1).map((token) => visible(symbols[token])), nats);
    strip.dir = "auto";
    cost.append(element("br"), strip);
  }

  // A line of the list: a symbol, which can be clicked to append it, and its probability.
  function bar(token, probability, largest) {
    const line = element("li");
    line.style.setProperty("--share", `${((100 * probability) / largest).toFixed(1)}%`);
    line.append(symbolButton(token, symbols), element("span", "percent", percent(probability)));
    return line;
  }

  function folded(summary, content, isSelected) {
    const details = element("details");
    details.open = isSelected || unfolded.has(summary);
    details.addEventListener("toggle", () => isSelected || unfolded[details.open ? "add" : "delete"](summary));
    const scroll = element("div", "wide");
    scroll.tabIndex = 0;
    scroll.append(content);
    details.append(element("summary", "", summary), scroll);
    return details;
  }

  return { variant, names, show };
}
