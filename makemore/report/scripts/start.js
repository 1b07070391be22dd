// Starts the page. Running all models takes a moment, so something is shown first; a link to a chapter needs the whole page.

function start() {
  if (location.hash) startEverything();
  else requestAnimationFrame(() => setTimeout(startEverything));
}

function startEverything() {
  const view = makeView();
  const nav = document.querySelector("nav");
  showLabels();
  play(readData("data-play"), document.getElementById("play"), view);
  const lesson = document.getElementById("lesson");
  if (lesson) trainHere(readData("data-lesson"), lesson);
  const watchChapters = followChapters(nav, view);
  copyOnClick(nav.querySelector("[name=copy]"), nav.querySelector("[role=status]"));
  view.recall();
  watchChapters();
}
