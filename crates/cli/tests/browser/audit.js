// What a page must have for those who do not see it, and for those who see little. Gives back what is missing.
const faults = [];
const all = (what) => Array.from(document.querySelectorAll(what));
const name = (e) => `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""} “${(e.textContent || e.value || "").trim().slice(0, 40)}”`;
const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== "hidden";
const need = (good, words) => { if (!good) faults.push(words); };

need(document.documentElement.lang === "en", "no language");
need(document.title.trim().length > 3, "no title");
for (const one of ["h1", "main", "body > header", "body > footer"]) need(all(one).length === 1, `${all(one).length} of ${one}`);
let level = 0;
for (const h of all("h1, h2, h3, h4, h5, h6")) {
  const now = Number(h.tagName[1]);
  need(now <= level + 1, `${name(h)} after level ${level}`);
  need(h.textContent.trim().length > 0, "an empty heading");
  level = now;
}
const ids = all("[id]").map((e) => e.id);
need(new Set(ids).size === ids.length, `ids that are not unique: ${ids.filter((id, i) => ids.indexOf(id) !== i)}`);
for (const kind of ["aria-labelledby", "aria-describedby"]) {
  for (const e of all(`[${kind}]`)) {
    const leads = e.getAttribute(kind).trim().split(/\s+/).every((id) => document.getElementById(id));
    need(leads, `${name(e)}: ${kind} leads nowhere`);
  }
}
for (const e of all("a[href^='#']")) need(document.getElementById(e.hash.slice(1)), `${e.hash} leads nowhere`);
const spoken = (e) => (e.getAttribute("aria-label") || "").trim() || (e.labels && Array.from(e.labels, (l) => l.textContent).join("").trim()) || e.textContent.trim();
for (const e of all("input:not([type=hidden], [hidden]), textarea, select")) {
  const label = e.getAttribute("aria-label") || (e.labels.length > 0 && e.labels[0].textContent.trim());
  need(label, `${name(e)} ${e.name}: no label`);
}
for (const e of all("a, button, summary")) need(spoken(e), `${e.outerHTML.slice(0, 80)}: no words`);
for (const e of all("svg")) {
  need(e.getAttribute("aria-hidden") === "true" || (e.getAttribute("role") === "img" && e.querySelector("title")), `${e.outerHTML.slice(0, 80)}: neither hidden nor titled`);
}
for (const e of all("progress, [role=img], [role=region], [tabindex='0']")) {
  need(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.querySelector("title"), `${e.outerHTML.slice(0, 80)}: no name`);
}
for (const e of all("th")) need(e.scope, `${name(e)}: no scope`);
for (const e of all("fieldset")) need(e.querySelector("legend"), "a fieldset without a legend");
need(all("[tabindex]").every((e) => e.tabIndex <= 0), "an order of its own for the tabulator");
// The report is one file that needs no other: its style and script are in it, as its own policy says.
const alone = document.querySelector("meta[http-equiv='Content-Security-Policy']");
need(alone || all("[style], [onclick], style, script:not([src])").length === 0, "a style or script in the page itself");
for (const e of all("button:not(.plain), .button, select, input:not([type=hidden]):not([type=checkbox]):not([type=radio])").filter(seen)) {
  need(e.getBoundingClientRect().height >= 24, `${name(e)}: too low to be met with a finger`);
}
need(document.documentElement.scrollWidth <= document.documentElement.clientWidth, `${document.documentElement.scrollWidth - document.documentElement.clientWidth} pixels too wide`);

// Contrast as WCAG 2 defines it, of every piece of text on what lies under it.
const colour = (text) => {
  const parts = text.match(/[\d.]+/g).map(Number);
  return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
};
const under = (e) => {
  const layers = [];
  for (let at = e; at; at = at.parentElement) {
    const layer = colour(getComputedStyle(at).backgroundColor);
    layers.push(layer);
    if (layer.alpha === 1) break;
  }
  return layers.reverse().reduce((below, l) => l.rgb.map((c, i) => c * l.alpha + below[i] * (1 - l.alpha)), [255, 255, 255]);
};
const light = (rgb) => {
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const told = new Set();
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const e = walk.currentNode.parentElement;
  if (!walk.currentNode.textContent.trim() || e.closest("svg, option, :disabled") || !seen(e)) continue;
  const style = getComputedStyle(e);
  const [a, b] = [light(colour(style.color).rgb), light(under(e))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const words = `${name(e)}: contrast ${contrast.toFixed(2)}`;
  if (contrast < (large ? 3 : 4.5) && !told.has(words)) { told.add(words); faults.push(words); }
}
return faults;
