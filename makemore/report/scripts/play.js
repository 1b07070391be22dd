// The section "Every variant, live": type a prefix, and see what each variant expects next; draw names from all of them.
//
// Everything that is shown follows from `view` (prefix, temperature, seed), which is also in the address of the page, so
// a view can be sent to somebody. All text is set as text, never as markup.

function play(data, section) {
  const { symbols, variants } = loadVariants(data);
  const tokenOf = new Map(symbols.map((symbol, token) => [symbol, token]).slice(1));
  const LIKELIEST = 10; // symbols that are listed
  const NAMES = 5; // drawn from each variant
  const LONGEST = Math.max(40, 2 * data.longest); // characters of a drawn name
  const find = (selector) => section.querySelector(selector);
  const [prefix, temperature, seed] = ["prefix", "temperature", "seed"].map((name) => find(`[name=${name}]`));
  const cards = variants.map(makeCard);
  const openDetails = new Set(); // stay open when the prefix changes
  let drawing = 0; // the number of the latest drawing: an older one stops

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // How a symbol is shown: the end marker and spaces would otherwise be invisible or ambiguous.
  const shown = (token) => (token === 0 ? "end" : /\s/u.test(symbols[token]) ? "␣" : symbols[token]);

  function makeCard(variant) {
    const card = element("article", "variant");
    const title = element("h3", "", variant.variant);
    title.id = `play-${variant.variant}`;
    card.setAttribute("aria-labelledby", title.id);
    card.append(title);
    if (variant.missing) {
      card.append(element("p", "", `Not here: ${variant.missing}.`));
      find(".variants").append(card);
      return null;
    }
    const parts = { seen: element("p", "seen"), cost: element("p", "cost") };
    parts.likeliest = element("ol", "likeliest");
    parts.inside = element("div", "inside");
    parts.names = element("ul", "names");
    parts.names.setAttribute("aria-label", `names drawn from ${variant.variant}`);
    card.append(...Object.values(parts));
    find(".variants").append(card);
    return { variant, ...parts };
  }

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

  const say = (text) => (find("[role=status]").textContent = text);

  function show() {
    find(".value").textContent = Number(temperature.value).toFixed(1);
    rememberView();
    drawing += 1;
    for (const card of cards) card?.names.replaceChildren();
    const typed = tokens();
    if (!typed) return;
    const results = cards.map((card) => card && card.variant.run(typed));
    const next = results.map((result) => result && softmax(scale(result.logits.at(-1), 1 / temperature.value)));
    const largest = Math.max(...next.filter(Boolean).map((probabilities) => Math.max(...probabilities)));
    cards.forEach((card, i) => card && showCard(card, typed, results[i], next[i], largest));
  }

  // `next` are the probabilities of the next symbol; bars have the same scale in all cards, up to the `largest` of all.
  function showCard({ variant, seen, cost, likeliest, inside }, typed, result, next, largest) {
    const spent = typed.slice(1).reduce((sum, token, t) => sum - (logSoftmax(result.logits[t])[token] ?? 0), 0);
    cost.textContent = typed.length > 1 ? `the prefix costs ${spent.toFixed(2)} nats` : "what comes first?";
    seen.textContent = explain(variant, result, typed);
    const order = [...next.keys()].sort((a, b) => next[b] - next[a] || a - b);
    likeliest.replaceChildren(...order.slice(0, LIKELIEST).map((token) => bar(token, next[token], largest)));
    inside.replaceChildren(...(result.attention ? [attentionTable(result.attention, typed)] : []));
    if (result.states) inside.append(stateStrip(result.states.at(-1)));
  }

  // What the variant saw of the prefix.
  function explain(variant, { window, levels, states, attention }, typed) {
    const text = (count) => typed.slice(-count).map((token) => (token === 0 ? "." : shown(token))).join("");
    if (levels) return levels.at(-1) ? `answered by what followed ${text(levels.at(-1))}` : "answered by all symbols";
    if (states) return "sees the whole prefix, through its state";
    if (attention) return "attends to every symbol";
    if (window === undefined) return "sees nothing";
    return window >= typed.length ? "sees the whole prefix" : `sees ${text(window)}`;
  }

  // A line of the list: a symbol, which can be clicked to append it, and its probability.
  function bar(token, probability, largest) {
    const line = element("li");
    const percent = `${(100 * probability).toFixed(1)}%`;
    line.style.setProperty("--share", `${((100 * probability) / largest).toFixed(1)}%`);
    const symbol = token === 0 ? element("span", "symbol", shown(token)) : element("button", "symbol", shown(token));
    if (token !== 0) {
      symbol.type = "button";
      symbol.dataset.token = token;
      symbol.setAttribute("aria-label", `append ${shown(token)}`);
    }
    line.append(symbol, element("span", "percent", percent));
    return line;
  }

  // The attention of the last position: a row for each head, a column for each symbol.
  function attentionTable(attention, typed) {
    const table = element("table", "attention");
    table.append(element("caption", "", "attention of the last symbol, by block and head"));
    const seen = typed.slice(-attention[0][0].length);
    const header = element("tr");
    header.append(element("th", "", "head"), ...seen.map((token) => element("th", "", token === 0 ? "." : shown(token))));
    table.append(header);
    attention.forEach((heads, block) =>
      heads.forEach((positions, head) => {
        const line = element("tr");
        line.append(element("th", "", `${block + 1}.${head + 1}`));
        for (const weight of positions.at(-1)) {
          const cell = element("td", "", Math.round(100 * weight));
          cell.style.setProperty("--weight", weight.toFixed(3));
          line.append(cell);
        }
        table.append(line);
      }),
    );
    return folded(`attention of ${attention.length * attention[0].length} heads, in %`, table);
  }

  // The hidden state, a cell for each number: blue is negative, orange positive.
  function stateStrip(state) {
    const strip = element("div", "state");
    strip.setAttribute("role", "img");
    strip.setAttribute("aria-label", `the hidden state: ${state.length} numbers`);
    for (const value of state) {
      const cell = element("i", value < 0 ? "negative" : "positive");
      cell.style.setProperty("--weight", Math.min(1, Math.abs(value)).toFixed(2));
      strip.append(cell);
    }
    return folded(`the state: ${state.length} numbers`, strip);
  }

  function folded(summary, content) {
    const details = element("details");
    details.open = openDetails.has(summary);
    details.addEventListener("toggle", () => openDetails[details.open ? "add" : "delete"](summary));
    const scroll = element("div", "wide");
    scroll.tabIndex = 0;
    scroll.append(content);
    details.append(element("summary", "", summary), scroll);
    return details;
  }

  // Draws names from all variants, a symbol of each at a time, so that they can be watched. Each variant has its own
  // random numbers, with the same seed: the same view draws the same names.
  async function draw() {
    show();
    const typed = tokens();
    if (!typed) return;
    const mine = drawing;
    say(`drawing ${NAMES} names from each variant`);
    const drawers = cards.filter(Boolean).map(({ variant, names }) => drawNames(variant, names, typed));
    while (drawers.length) {
      for (const drawer of [...drawers]) if (drawer.next().done) drawers.splice(drawers.indexOf(drawer), 1);
      await new Promise(requestAnimationFrame);
      if (mine !== drawing) return;
    }
    say(`${NAMES} names from each variant, with seed ${seed.value} and temperature ${temperature.value}`);
  }

  function* drawNames(variant, list, typed) {
    const random = randomNumbers(Number(seed.value));
    for (let count = 0; count < NAMES; count++) {
      const line = element("li");
      const text = element("bdi");
      line.append(text);
      list.append(line);
      const name = [...typed];
      let token;
      do {
        text.textContent = `${name.slice(1).map((each) => symbols[each]).join("")}…`;
        token = drawn(nextProbabilities(variant, name, temperature.value), random());
        if (token !== 0) name.push(token);
        yield;
      } while (token !== 0 && name.length <= LONGEST);
      text.textContent = name.slice(1).map((each) => symbols[each]).join("") + (token === 0 ? "" : "…") || "(empty)";
    }
  }

  // The view in the address, after the #.
  function rememberView() {
    const view = new URLSearchParams({ prefix: prefix.value, temperature: temperature.value, seed: seed.value });
    history.replaceState(null, "", `#${view}`);
  }

  function recallView() {
    const view = new URLSearchParams(location.hash.slice(1));
    for (const input of [prefix, temperature, seed]) if (view.has(input.name)) input.value = view.get(input.name);
    if (!(Number(seed.value) >= 0)) seed.value = 1;
  }

  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    draw();
  });
  for (const input of [prefix, temperature, seed]) input.addEventListener("input", show);
  section.addEventListener("click", ({ target }) => {
    if (target.dataset.token === undefined) return;
    prefix.value += symbols[target.dataset.token];
    show();
    prefix.focus();
  });
  find("[name=copy]").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      say("the link to this view is in the clipboard");
    } catch {
      say("copy the address of this page: it is a link to this view");
    }
  });
  window.addEventListener("hashchange", () => {
    recallView();
    show();
  });
  recallView();
  show();
}
