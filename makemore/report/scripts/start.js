// Starts the page: the first screen is painted, names appear in it, and then everything else starts, which takes a moment.
// A link to a chapter needs the whole page at once.

function start() {
  if (location.hash) startEverything();
  else requestAnimationFrame(() => setTimeout(startEverything));
}

function startEverything() {
  const loaded = loadVariants(readData("data-play"));
  const form = document.querySelector("#first form");
  const view = makeView(firstView(form));
  if (form) invent(loaded, form, view);
  if (location.hash) startChapters(loaded, view);
  else setTimeout(startChapters, 0, loaded, view);
}

// What the page starts with: a beginning, and the two variants that are side by side.
function firstView(form) {
  if (!form) return {};
  const [left, right] = ["left", "right"].map((name) => document.querySelector(`#sides [name=${name}]`).dataset.first);
  return { prefix: form.querySelector("input").defaultValue, left, right };
}

function startChapters(loaded, view) {
  const nav = document.querySelector("nav");
  showLabels();
  play(loaded, document.getElementById("play"), view);
  const sides = document.getElementById("sides");
  if (sides) compareSides(loaded, sides, view);
  const lesson = document.getElementById("lesson");
  if (lesson) makeLesson(lesson)(readData("data-lesson"));
  learnOwn(loaded, document.getElementById("own"));
  const watchChapters = followChapters(nav, view);
  copyOnClick(nav.querySelector("[name=copy]"), nav.querySelector("[role=status]"));
  view.recall();
  watchChapters();
}
