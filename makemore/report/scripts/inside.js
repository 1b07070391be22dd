// What happens inside a variant: how much of the prefix it saw, its attention, its state, its members.

// What the variant saw of the prefix, in words.
function explain({ window, levels, states, attention, asked }, typed, symbols) {
  const last = (count) => typed.slice(-count).map((token) => (token === 0 ? symbols[0] : visible(symbols[token])));
  if (levels?.at(-1)) return `answered by what followed ${last(levels.at(-1)).join("")}`;
  if (levels) return "answered by all symbols";
  if (states) return "sees the whole prefix, through its state";
  if (attention) return "attends to every symbol";
  if (asked) return `asks ${asked.map(({ name }) => name).join(", ")}`;
  if (window === undefined) return "sees nothing";
  return window >= typed.length ? "sees the whole prefix" : `sees ${last(window).join("")}`;
}

// What can be unfolded: pairs of a summary and an element.
function insides({ attention, states, asked }, typed, symbols) {
  const found = [];
  if (asked) found.push([`who said what: ${asked.length} members`, askedTable(asked, symbols)]);
  if (attention) {
    const heads = attention.length * attention[0].length;
    found.push([`attention of ${heads} heads, in %`, attentionTable(attention, typed, symbols)]);
  }
  if (states) found.push([`the state: ${states.at(-1).length} numbers`, stateStrip(states.at(-1))]);
  return found;
}

// Cells of a table with shares of 1, in %, in the strength of their colour.
const shareCells = (shares) =>
  Array.from(shares, (share) => {
    const cell = element("td", "", Math.round(100 * share));
    cell.style.setProperty("--weight", share.toFixed(3));
    return cell;
  });

// The attention of the last position: a row for each head, a column for each symbol.
function attentionTable(attention, typed, symbols) {
  const table = element("table", "attention");
  table.append(element("caption", "", "attention of the last symbol, by block and head"));
  const seen = typed.slice(-attention[0][0].length);
  const header = element("tr");
  const names = seen.map((token) => (token === 0 ? symbols[0] : visible(symbols[token])));
  header.append(element("th", "", "head"), ...names.map((name) => element("th", "", name)));
  table.append(header);
  attention.forEach((heads, block) =>
    heads.forEach((positions, head) => {
      const line = element("tr");
      line.append(element("th", "", `${block + 1}.${head + 1}`), ...shareCells(positions.at(-1)));
      table.append(line);
    }),
  );
  return table;
}

// The members of an ensemble: a row for each with its weight, a column for each of the symbols that they find likeliest
// together, in %.
function askedTable(asked, symbols) {
  const mean = asked[0].next.map((_, token) => asked.reduce((sum, { weight, next }) => sum + weight * next[token], 0));
  const likeliest = byLikelihood(mean).slice(0, LIKELIEST);
  const table = element("table", "attention asked");
  table.append(element("caption", "", "what each member expects next, in %"));
  const header = element("tr");
  const titles = ["member", "weight", ...likeliest.map((token) => shownToken(token, symbols))];
  header.append(...titles.map((title) => element("th", "", title)));
  table.append(header);
  for (const { name, weight, next } of asked) {
    const line = element("tr");
    const shares = likeliest.map((token) => next[token]);
    line.append(element("th", "", name), element("th", "", Math.round(100 * weight)), ...shareCells(shares));
    table.append(line);
  }
  return table;
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
  return strip;
}
