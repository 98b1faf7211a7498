// Keeps what moves alive: the panel of a run follows its events, the list of runs is renewed, the form of a
// new run shows what it will take. Without this script every page is whole; it only has to be loaded again.
"use strict";

const parse = (text) => new DOMParser().parseFromString(text, "text/html");

const page = async (address) => {
  const answer = await fetch(address);
  // Led to the sign-in: the key has ended.
  if (answer.redirected) location.reload();
  return answer.ok ? parse(await answer.text()) : null;
};

// Replaces an element by a newer one; what is open in it stays open, and the focus where it was.
const swap = (old, next) => {
  const all = (e, what) => Array.from(e.querySelectorAll(what));
  const stops = "summary, a, button, input, select, textarea, [tabindex]";
  const at = all(old, stops).indexOf(document.activeElement);
  const open = all(old, "details").map((d) => d.open);
  const fresh = document.importNode(next, true);
  all(fresh, "details").forEach((d, i) => { d.open = open[i] || d.open; });
  old.replaceWith(fresh);
  if (at >= 0 && all(fresh, stops)[at]) all(fresh, stops)[at].focus({ preventScroll: true });
};

const panel = document.querySelector("#panel[data-events]");
if (panel) {
  const say = document.querySelector("#say");
  const shown = new Map();
  let waiting = false;
  const renew = async () => {
    if (waiting) return;
    waiting = true;
    await new Promise((done) => setTimeout(done, 500));
    waiting = false;
    const fresh = await page(panel.dataset.panel).catch(() => null);
    if (!fresh) return;
    let last = null;
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const name = part.dataset.part;
      const old = panel.querySelector(`[data-part="${name}"]`);
      if (!old) {
        const added = document.importNode(part, true);
        if (last) last.after(added); else panel.prepend(added);
      } else if (shown.get(name) !== part.outerHTML) {
        swap(old, part);
      }
      shown.set(name, part.outerHTML);
      last = panel.querySelector(`[data-part="${name}"]`);
    }
    for (const old of panel.querySelectorAll("[data-part]")) {
      if (!fresh.querySelector(`[data-part="${old.dataset.part}"]`)) old.remove();
    }
    const head = fresh.querySelector("#head");
    const badge = document.querySelector("h1 .badge");
    if (head && badge && badge.textContent !== head.textContent) swap(badge, head.firstElementChild);
    if (head) document.title = head.dataset.title;
    const words = panel.querySelector(".say strong");
    if (words && say.textContent !== words.textContent) say.textContent = words.textContent;
  };
  const source = new EventSource(panel.dataset.events);
  const kinds = ["stage", "loaded", "divided", "parameters", "estimate", "training", "trained", "judged", "decided", "warning"];
  for (const kind of kinds) source.addEventListener(kind, renew);
  source.addEventListener("state", () => { source.close(); location.reload(); });
  // Waiting for a worker and sampling make no events.
  setInterval(renew, 3000);
}

const list = document.querySelector("#list[data-reload]");
if (list) {
  const shown = new Map();
  const again = async () => {
    const fresh = await page(location.href).catch(() => null);
    const rows = fresh ? Array.from(fresh.querySelectorAll(".runs tbody tr")) : [];
    const body = list.querySelector("tbody");
    for (const row of rows) {
      const old = document.getElementById(row.id);
      if (!old) {
        // New ones stand at the top.
        body.prepend(document.importNode(row, true));
      } else if (shown.get(row.id) !== row.outerHTML) {
        const box = old.querySelector("input");
        const marked = box && box.checked;
        swap(old, row);
        if (marked) document.getElementById(row.id).querySelector("input").checked = true;
      }
      shown.set(row.id, row.outerHTML);
    }
    if (fresh && !fresh.querySelector("#list[data-reload]")) return;
    setTimeout(again, Number(list.dataset.reload));
  };
  setTimeout(again, Number(list.dataset.reload));
}

// Rows that are being drawn: the list is renewed until none is; why the newest could not be drawn comes to its field.
const drawn = document.querySelector("#samples[data-reload]");
if (drawn) {
  const say = document.querySelector("#samples-say");
  let [shown, told] = ["", drawn.dataset.say];
  const again = async () => {
    const fresh = await page(drawn.dataset.reload).catch(() => null);
    const next = fresh && fresh.querySelector("#samples");
    if (next && next.outerHTML !== shown) {
      swap(document.querySelector("#samples"), next);
      shown = next.outerHTML;
      if (next.dataset.say !== told) say.textContent = told = next.dataset.say;
    }
    if (!next || next.dataset.reload) return setTimeout(again, 1000);
    const form = document.querySelector("#more-form");
    const filled = () => form.contains(document.activeElement) && document.activeElement.tagName !== "BUTTON";
    const whole = "unmet" in next.dataset && !filled() ? await page(location.pathname).catch(() => null) : null;
    const refused = whole && whole.querySelector("#more-form");
    if (refused) swap(form, refused);
  };
  setTimeout(again, 700);
}

const ask = document.querySelector("form[data-form]");
if (ask) {
  // Not `dataset`: a field of that name stands in its way.
  const address = ask.getAttribute("data-form");
  let turn = 0;
  const renew = async () => {
    const mine = ++turn;
    const query = new URLSearchParams(new FormData(ask));
    const fresh = await page(`${address}?${query}`).catch(() => null);
    if (!fresh || mine !== turn) return;
    for (const id of ["estimate", "parameters"]) {
      const [old, next] = [document.getElementById(id), fresh.getElementById(id)];
      if (old && next && (id === "estimate" || !old.contains(document.activeElement))) swap(old, next);
    }
  };
  ask.addEventListener("change", renew);
  ask.querySelector(".renew").hidden = true;
}

// A field that is filled in wrongly says in its own words what it takes.
addEventListener("invalid", (event) => {
  const field = event.target;
  if (field.title && field.validity.patternMismatch) field.setCustomValidity(field.title);
}, true);
addEventListener("input", (event) => {
  if (event.target.setCustomValidity) event.target.setCustomValidity("");
}, true);

// A comparison takes two runs or more.
const compare = document.querySelector("#compare");
if (compare) {
  const form = compare.form;
  const count = () => { compare.disabled = form.querySelectorAll("input[name=runs]:checked").length < 2; };
  form.addEventListener("change", count);
  addEventListener("pageshow", count);
  count();
}

// What was changed and not saved is not left behind without a question.
const kept = document.querySelector("form[data-keep]");
if (kept) {
  const state = () => new URLSearchParams(new FormData(kept)).toString();
  const before = state();
  let sent = kept.hasAttribute("data-changed");
  const note = kept.querySelector("[data-note]");
  kept.addEventListener("change", () => { if (note) note.hidden = state() === before; });
  kept.addEventListener("submit", () => { sent = true; });
  addEventListener("beforeunload", (event) => {
    if (!sent && state() !== before) event.preventDefault();
  });
}

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button");
    button.textContent = form.dataset.busy;
    button.setAttribute("aria-busy", "true");
  });
}
