// Keeps what moves alive: the panel of a run follows its events, the list of runs is renewed.
// Without this script every page is whole; it only has to be loaded again by hand.
"use strict";

const panel = document.querySelector("#panel[data-events]");
if (panel) {
  let waiting = false;
  const renew = async () => {
    if (waiting) return;
    waiting = true;
    await new Promise((done) => setTimeout(done, 600));
    waiting = false;
    const answer = await fetch(panel.dataset.panel);
    if (!answer.ok) return;
    const open = panel.querySelectorAll("details");
    const was = Array.from(open, (d) => d.open);
    panel.innerHTML = await answer.text();
    panel.querySelectorAll("details").forEach((d, i) => { d.open = was[i] || false; });
  };
  const source = new EventSource(panel.dataset.events);
  const kinds = ["stage", "loaded", "divided", "parameters", "estimate", "training", "trained", "judged", "decided", "warning"];
  for (const kind of kinds) source.addEventListener(kind, renew);
  source.addEventListener("state", () => { source.close(); location.reload(); });
}

const list = document.querySelector("#list[data-reload]");
if (list) {
  const again = async () => {
    const answer = await fetch(location.href);
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector(".list tbody");
      const marked = new Set(Array.from(list.querySelectorAll("input:checked"), (i) => i.value));
      if (next && !list.contains(document.activeElement)) {
        list.querySelector("tbody").replaceWith(document.importNode(next, true));
        list.querySelectorAll("input").forEach((i) => { i.checked = marked.has(i.value); });
      }
      if (!page.querySelector("#list[data-reload]")) return;
    }
    setTimeout(again, Number(list.dataset.reload));
  };
  setTimeout(again, Number(list.dataset.reload));
}
