// What all sections of the page share: elements, and how symbols and costs are shown. All text is set as text, never as
// markup.

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// The JSON in a <script> element.
const readData = (id) => JSON.parse(document.getElementById(id).textContent);

// A symbol that can be seen on its own, like makemore/report/symbols.py.
function visible(symbol) {
  if (/\s/u.test(symbol)) return "␣";
  if (/[\p{Cf}\uFE00-\uFE0F]/u.test(symbol)) {
    return `U+${symbol.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return /\p{M}/u.test(symbol) ? `◌${symbol}` : symbol;
}

// A token as text; the end marker has a name, because it could be taken for a full stop.
const shownToken = (token, symbols) => (token === 0 ? "end" : visible(symbols[token]));

// In which direction a text is written, like makemore/report/symbols.py.
const direction = (text) => (/^\P{L}*[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]/u.test(text) ? "rtl" : "ltr");

// A row of symbols with what each one costs, in nats, like the ones that makemore/report/templates/macros.html.j2 makes.
function costStrip(shown, nats) {
  const strip = element("span", "costs");
  shown.forEach((symbol, i) => {
    const cell = element("span", "cost");
    cell.style.setProperty("--weight", Math.min(1, nats[i] / 5).toFixed(2));
    const price = element("bdi", "price", Number.isFinite(nats[i]) ? nats[i].toFixed(2) : "∞");
    cell.append(element("span", "symbol", symbol), price);
    strip.append(cell);
  });
  return strip;
}

// A symbol that can be clicked to append it; the end marker cannot.
function symbolButton(token, symbols) {
  const symbol = element(token === 0 ? "span" : "button", "symbol", shownToken(token, symbols));
  if (token === 0) return symbol;
  symbol.type = "button";
  symbol.dataset.token = token;
  symbol.setAttribute("aria-label", `append ${visible(symbols[token])}`);
  return symbol;
}

// One decimal, or two digits of what is rare: one of 3,000 symbols may have 0.033%.
function percent(probability) {
  const value = 100 * probability;
  return `${value < 1 ? Number(value.toPrecision(2)) : value.toFixed(1)}%`;
}
