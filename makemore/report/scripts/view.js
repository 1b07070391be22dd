// The view: what somebody looks at, in the address of the page after the #, so that it can be sent.
//
// Its values are text. Those that are as in the beginning are left out. #play alone means the chapter `play`.

const FIRST_VIEW = { chapter: "", variant: "", prefix: "", temperature: "1", seed: "1", left: "", right: "", other: "" };

// `first` are values with which this page starts in place of those above.
function makeView(first = {}) {
  const firstView = { ...FIRST_VIEW, ...first };
  const values = { ...firstView };
  const listeners = { recalled: [], changed: [] };

  function set(changes) {
    Object.assign(values, changes);
    const changed = Object.entries(values).filter(([name, value]) => value !== firstView[name]);
    const [page] = location.href.split("#");
    history.replaceState(null, "", changed.length ? `${page}#${new URLSearchParams(changed)}` : page);
  }

  // Sets values, and tells everybody who shows them.
  function change(changes) {
    set(changes);
    for (const listener of listeners.changed) listener(values);
  }

  // Takes the values from the address, and tells everybody who listens.
  function recall() {
    const hash = location.hash.slice(1);
    const found = new URLSearchParams(hash.includes("=") ? hash : { chapter: hash });
    for (const name of Object.keys(values)) values[name] = found.get(name) ?? firstView[name];
    for (const listener of [...listeners.changed, ...listeners.recalled]) listener(values);
  }

  window.addEventListener("hashchange", recall);
  const [onChange, onRecall] = [listeners.changed, listeners.recalled].map((list) => (listener) => list.push(listener));
  return { values, set, change, recall, onChange, onRecall };
}

// The button copies the address; `status` says so.
function copyOnClick(button, status) {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      status.textContent = "The link to this view is in the clipboard.";
    } catch {
      status.textContent = "Copy the address of this page: it is a link to this view.";
    }
  });
}
