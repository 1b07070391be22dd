// The labels of charts: what the mark under the pointer shows. The same numbers are in the tables of the page.

function showLabels() {
  const label = element("div", "label");
  label.setAttribute("aria-hidden", "true");
  label.hidden = true;
  document.body.append(label);

  document.addEventListener("pointerover", ({ target }) => {
    const mark = target.closest?.("[data-label]");
    label.hidden = !mark;
    if (!mark) return;
    label.textContent = mark.dataset.label;
    const { left, right, bottom } = mark.getBoundingClientRect();
    const middle = (left + right - label.offsetWidth) / 2;
    label.style.left = `${Math.max(4, Math.min(middle, innerWidth - label.offsetWidth - 4))}px`;
    label.style.top = `${Math.min(bottom + 6, innerHeight - label.offsetHeight - 4)}px`;
  });
  const hide = () => (label.hidden = true);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  document.addEventListener("scroll", hide, true);
}
