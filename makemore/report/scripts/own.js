// The chapter "Your own names": counts and the neural bigram are fitted to a list that is pasted or dropped, in the page.

const MOST_COUNTED = 4000; // different symbols: the number of pairs is quadratic
const MOST_LEARNED = 200;
const MOST_DRAWN = 40; // symbols in a heat map
const SMOOTHING = 0.1; // added to every count
const [FEWEST, KEPT_ASIDE, MOST_KEPT] = [100, 10, 100]; // of so many names, every tenth is not learned from, up to so many
const STEPS = 300; // of training, before it pauses
const PAUSE_MS = 400; // after a keystroke

// The names in a text, one in each line, in the form in which the pipeline stores them.
function namesIn(text, longest) {
  const lines = text.normalize("NFC").split(/\r\n|\r|\n/u).map((line) => line.trim()).filter(Boolean);
  const names = [...new Set(lines)].filter((name) => [...name].length <= longest);
  return { names, left: lines.length - names.length };
}

// Which symbols names are made of, and how often each pair occurs: { symbols, read, counts }, row by row.
function countPairs(names) {
  const symbols = [".", ...[...new Set(names.join(""))].sort()];
  const [size, read] = [symbols.length, reader(symbols)];
  const counts = new Int32Array(size ** 2);
  for (const name of names) {
    const tokens = [...read(name).tokens, 0];
    for (let t = 1; t < tokens.length; t++) counts[tokens[t - 1] * size + tokens[t]] += 1;
  }
  return { symbols, read, counts };
}

// How often each symbol is the first of a pair.
const rowSums = ({ symbols, counts }) => chunk(counts, symbols.length).map((row) => row.reduce((a, b) => a + b));

// The models that are fitted here, as variants: like those of loadVariants.
const counter = ({ symbols, counts }) => fitted("count", { smoothing: SMOOTHING }, "counts", counts, symbols.length);
const learner = ({ symbols }, weights) => fitted("bigram", {}, "weights", weights, symbols.length);
const fitted = (model, config, name, data, size) => ({
  run: twins[model]({ config, weights: { [name]: { data, shape: [size, size] } }, size }),
});

// The mean cost of names in nats per symbol; NaN if one of them cannot be read.
function meanCost(variant, read, names) {
  let [nats, symbols] = [0, 0];
  for (const name of names) {
    const { tokens } = read(name);
    if (!tokens) return NaN;
    for (const cost of logProbabilities(variant, [...tokens, 0])) nats -= cost;
    symbols += tokens.length;
  }
  return nats / symbols;
}

// What the lesson needs to train a bigram (lesson.js). The step size is one at which no row of pairs can diverge.
function lessonOf({ symbols, counts }, count) {
  const random = randomIntegers([1]);
  const all = counts.reduce((a, b) => a + b);
  const rows = rowSums({ symbols, counts });
  const logs = symbols.flatMap((_, token) => [...logSoftmax(count.run([token]).logits[0])]);
  const loss = logs.reduce((sum, log, at) => sum - (counts[at] && counts[at] * log), 0) / all;
  const weights = Array.from(counts, () => random() / 2 ** 31 - 1);
  const lr = (4 * all) / Math.max(...rows);
  return { symbols, counts: [...counts], weights, count_variant: "counting", count_nll: loss, lr, l2: 0.01 };
}

// The most frequent symbols as the first of a pair, in their order.
function mostFrequent(weights) {
  return byLikelihood(weights).slice(0, MOST_DRAWN).sort((a, b) => a - b);
}

// `loaded` is what loadVariants returns.
function learnOwn(loaded, section) {
  const find = (selector) => section.querySelector(selector);
  const [ours, theirs] = section.querySelectorAll("canvas.pairs");
  const lists = section.querySelectorAll(".names"); // counting and the network: of the list, and of this page
  const train = makeLesson(find(".trainer"), showLearned);
  const bundled = ["count", "bigram"].map((model) => loaded.variants.find((each) => each.run && each.model === model));
  const settings = { ...loaded.sample, temperature: 1, seed: 1 };
  let list = null; // what has been counted
  let waiting;

  function learn(text) {
    const { names, left } = namesIn(text, settings.max_length);
    const different = new Set(names.join("")).size;
    const many = different > MOST_COUNTED && `more than ${MOST_COUNTED} different characters are too many here`;
    const problem = names.length < 2 ? "two names are needed" : many;
    find("[role=status]").textContent = text.trim() && (problem || summary(names, different, left));
    find(".learned").hidden = Boolean(problem);
    if (problem) return;
    const aside = names.length < FEWEST ? [] : names.filter((_, i) => i % KEPT_ASIDE === 0).slice(0, MOST_KEPT);
    const learned = names.filter((name) => !aside.includes(name));
    list = countPairs(learned);
    const count = counter(list);
    drawTable(ours, list.symbols, count, rowSums(list));
    write(0, count, list);
    lists[1].replaceChildren();
    find(".trainer").hidden = list.symbols.length > MOST_LEARNED;
    if (!find(".trainer").hidden) train(lessonOf(list, count), STEPS);
    find(".kept").textContent = "";
    if (aside.length) setTimeout(compare, 0, aside, count, list);
  }

  const summary = (names, different, left) =>
    `${names.length} distinct names, made of ${different} different characters` +
    (left ? `; ${left} lines left out: repeated or too long` : "");

  // What names that nobody has learned from cost, counted here and under the best variant of this page.
  function compare(aside, count, mine) {
    if (mine !== list) return;
    const best = loaded.variants.find((each) => each.run);
    const [here, there] = [meanCost(count, list.read, aside), meanCost(best, loaded.read, aside)];
    const own = Number.isNaN(here) ? "" : `A symbol of them costs counting ${here.toFixed(2)} nats. `;
    const other = Number.isNaN(there)
      ? `${best.variant} cannot read them: they have characters that are not in the names of this page.`
      : `${best.variant}, which has never seen your list: ${there.toFixed(2)} nats.`;
    find(".kept").textContent = `${aside.length} of your names were kept aside. ${own}${other}`;
  }

  function write(place, variant, { symbols }) {
    lists[place].replaceChildren();
    for (const _ of drawNames({ variant, names: lists[place] }, symbols, [0], settings)) continue;
  }

  // Called at every picture of the training.
  function showLearned(trainer) {
    if (trainer.steps % 20 < 4) write(1, learner(list, trainer.weights), list);
  }

  function drawTable(canvas, symbols, variant, weights) {
    const shown = mostFrequent(weights);
    const table = shown.map((token) => softmax(variant.run([0, token]).logits.at(-1)));
    drawMap(canvas, shown.length, (i, j) => table[i][shown[j]], shown.map((token) => shownToken(token, symbols)));
  }

  function showBundled() {
    const [count, bigram] = bundled;
    if (count) {
      const first = softmax(count.run([0]).logits[0]);
      drawTable(theirs, loaded.symbols, count, first.map((p, token) => (token ? p : 1)));
    }
    theirs.closest("figure").hidden = !count;
    [count, bigram].forEach((variant, i) => variant && write(2 + i, variant, loaded));
  }

  function changed(text) {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      learn(text);
      if (!lists[2].firstChild && !lists[3].firstChild) showBundled();
    }, PAUSE_MS);
  }

  const area = find("textarea");
  const take = async (file) => file && changed((area.value = await file.text()));
  area.addEventListener("input", () => changed(area.value));
  find("[name=file]").addEventListener("change", ({ target }) => take(target.files[0]));
  section.addEventListener("dragover", (event) => event.preventDefault());
  section.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}
