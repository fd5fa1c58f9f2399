// What happens, in words: the sentence of the step, the way through the selected thing, the bytes that were moved.
import { chain, describe } from "./links.js";
import { element } from "./ask.js";

const $ = (id) => document.getElementById(id);

export function sentence(r) {
  return r.at === 0 ? "Nothing has run yet." : r.stepTexts[r.at - 1];
}

export function narrate(r, kin, selected, level) {
  const n = r.at === 0 ? 0 : r.statementAt(r.at - 1),
    s = r.statements[n],
    t = r.at;
  const done = s && t === s.end;
  $("statement").replaceChildren(
    s && t > 0 ? `${n + 1}. ${done ? s.answer.split("\n")[0] : s.text}` : r.head.join("   "),
    ...(s && t > 0 ? [element("em", { textContent: done ? "   " + effects(s) : "   under way" })] : []),
  );
  const kind = r.kind(t);
  $("sentence").textContent = done && level === 1 && s.error ? `It cannot run: ${s.error}` : sentence(r);
  $("linux").replaceChildren(
    ...(kind
      ? [
          `process ${r.stepPids[t - 1]} · `,
          element("code", { textContent: kind.name }),
          ...(kind.linux.startsWith("none") ? [] : [" · in Linux ", element("code", { textContent: kind.linux })]),
          ` · ${(r.stepTimes[t - 1] / 1000).toFixed(1)} µs`,
        ]
      : ["Press → to run the first statement; ? shows the keys."]),
  );
  $("chain").replaceChildren(
    ...(selected
      ? [element("b", { textContent: "selected: " }), chain(r, selected, kin) || describe(r, selected)]
      : []),
  );
}

function effects(s) {
  const parts = [];
  const count = (n, one, more) => n && parts.push(`${n} ${n === 1 ? one : more}`);
  if (s.signal) parts.push(s.signal);
  count(s.minor, "minor fault", "minor faults");
  count(s.major, "major fault", "major faults");
  count(s.cow, "byte copied for copy-on-write", "bytes copied for copy-on-write");
  count(s.user, "byte copied to or from the user", "bytes copied to or from the user");
  return parts.length ? parts.join(", ") : "no fault, nothing copied";
}

// ledger shows how many bytes were moved, by kind; before holds what the step has changed.
export function ledger(r, before) {
  const [lo, hi] = r.ranges.get("k:0") ?? [0, 0];
  const body = document.querySelector("#ledger tbody");
  const rows = [];
  for (let id = lo; id < hi; id++) {
    const [bytes, times, name] = r.cells(id);
    const tr = element(
      "tr",
      { className: before.has(id) ? "new" : bytes === "0" ? "zero" : "" },
      element("th", { scope: "row", textContent: (before.has(id) ? "* " : "") + name }),
      element("td", { textContent: times }),
      element("td", { textContent: Number(bytes).toLocaleString("en") }),
    );
    rows.push(tr);
  }
  body.replaceChildren(...rows);
}
