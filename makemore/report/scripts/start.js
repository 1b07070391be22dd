// Starts the page: the first screen is painted, names appear in it, and then everything else starts, which takes a moment.
// A link to a chapter needs the whole page at once.

function start() {
  if (location.hash) startEverything();
  else requestAnimationFrame(() => setTimeout(startEverything));
}

function startEverything() {
  const loaded = loadVariants(readData("data-play"));
  const form = document.querySelector("#first form");
  const view = makeView(form ? { prefix: form.querySelector("input").defaultValue } : {});
  if (form) invent(loaded, form, view);
  if (location.hash) startChapters(loaded, view);
  else setTimeout(startChapters, 0, loaded, view);
}

function startChapters(loaded, view) {
  const nav = document.querySelector("nav");
  showLabels();
  play(loaded, document.getElementById("play"), view);
  const lesson = document.getElementById("lesson");
  if (lesson) trainHere(readData("data-lesson"), lesson);
  const watchChapters = followChapters(nav, view);
  copyOnClick(nav.querySelector("[name=copy]"), nav.querySelector("[role=status]"));
  view.recall();
  watchChapters();
}
