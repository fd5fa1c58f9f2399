// What a person who does not see, or does not use a mouse, would stumble over: controls without a name, tables without
// headings, texts of too little contrast, ids that are there twice, words that are cut off, a dialog that is scrolled.
(() => {
  const found = [];
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  for (const e of document.querySelectorAll("button, input, textarea, [role]")) {
    const label = e.labels?.[0]?.textContent;
    const name =
      e.getAttribute("aria-label") ||
      document.getElementById(e.getAttribute("aria-labelledby"))?.textContent ||
      label ||
      e.textContent;
    if (seen(e) && !name.trim()) found.push("no name: " + e.outerHTML.slice(0, 120));
  }
  for (const e of document.querySelectorAll("table")) {
    if (!e.querySelector("th[scope]")) found.push("no headings: " + e.outerHTML.slice(0, 90));
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  ids.forEach((id, i) => ids.indexOf(id) < i && found.push("twice: " + id));
  const parse = (c) => {
    const m = c.match(/[\d.]+/g).map(Number);
    return { rgb: m.slice(0, 3), a: m[3] ?? 1 };
  };
  const light = ({ rgb }) => {
    const [r, g, b] = rgb.map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.a > 0.9) return c;
    }
    return parse("rgb(255,255,255)");
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const told = new Set();
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.textContent.trim() || !seen(e) || e.closest(".unseen, script, .skip")) continue;
    const a = light(parse(getComputedStyle(e).color)),
      b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const what = e.tagName + "." + e.className + " in " + e.closest("[id]")?.id;
    if (ratio < 4.5 && !told.has(what)) {
      told.add(what);
      found.push("contrast " + ratio.toFixed(2) + ": " + what + " " + n.textContent.trim().slice(0, 40));
    }
  }
  if (document.querySelector("dialog[open]")?.scrollTop > 0) found.push("a dialog does not begin at its top");
  const wider = document.documentElement.scrollWidth - innerWidth;
  if (wider > 0) found.push("wider than the screen by " + wider);
  for (const e of document.querySelectorAll("button, h1, h2, #clock, #sentence, #legend li")) {
    if (seen(e) && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).textOverflow !== "ellipsis") {
      found.push("cut: " + e.textContent.trim().slice(0, 40));
    }
  }
  for (const e of document.querySelectorAll(".scroll td")) {
    if (!getComputedStyle(e).fontFamily.includes("mono")) {
      found.push("columns do not line up: " + e.outerHTML.slice(0, 90));
      break;
    }
  }
  return found.join("\n");
})();
