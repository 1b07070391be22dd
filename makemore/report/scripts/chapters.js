// The chapters: the links to them, in the navigation and in the text, and the one that is being read, which is part of the view.

function followChapters(nav, view) {
  const links = new Map([...nav.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const visible = new Set(); // chapters at the reader's line, a third of the way down the window

  function mark(chapter) {
    for (const [name, link] of links) {
      if (name === chapter) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  function open(chapter) {
    mark(chapter);
    const section = links.has(chapter) && document.getElementById(chapter);
    if (!section) return;
    section.scrollIntoView();
    section.querySelector("h2").focus({ preventScroll: true });
  }

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) visible[isIntersecting ? "add" : "delete"](target.id);
      const [chapter = ""] = visible;
      mark(chapter);
      view.set({ chapter });
    },
    { rootMargin: "-33% 0px -66% 0px" },
  );

  document.addEventListener("click", (event) => {
    const chapter = event.target.closest?.("a")?.hash.slice(1);
    if (!links.has(chapter)) return;
    event.preventDefault();
    open(chapter);
    view.set({ chapter });
  });
  view.onRecall(({ chapter }) => open(chapter));
  return () => links.forEach((_, chapter) => observer.observe(document.getElementById(chapter)));
}
