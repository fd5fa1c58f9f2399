// What is asked: why, predict, the keys, two branches beside each other.
import { count, describe } from "./links.js";

const side = document.getElementById("side");
const text = document.getElementById("side-text");
const dialog = document.getElementById("dialog");

export function element(name, properties = {}, ...children) {
  const e = Object.assign(document.createElement(name), properties);
  e.append(...children);
  return e;
}

// showSide shows something in the place of the steps; without content, the steps.
export function showSide(title, ...content) {
  document.getElementById("side-h").textContent = content.length ? title : "Steps";
  side.querySelector(".slot").hidden = content.length > 0;
  text.hidden = content.length === 0;
  document.getElementById("side-close").hidden = content.length === 0;
  text.replaceChildren(...content);
  if (content.length) side.scrollIntoView({ block: "nearest" });
}

export function showDialog(title, ...content) {
  document.getElementById("dialog-h").textContent = title;
  document.getElementById("dialog-body").replaceChildren(...content);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0; // a button at its end that has the focus would show the end
}

// chainOf is a chain of causes as a list; each step is a button that leads there.
export function chainOf(chain, goto) {
  return element(
    "ol",
    {},
    ...chain.map((l) =>
      element(
        "li",
        {},
        ...(l.t ? [element("button", { textContent: `t=${l.t}`, onclick: () => goto(l.t) })] : []),
        element("span", { textContent: l.text.trim() }),
      ),
    ),
  );
}

// why answers for the selected thing, or else for the last page fault.
export function why(r, selected, goto) {
  const key = selected && "aecf".includes(selected[0]) ? selected : "fault";
  const asked = key[0] === "f" && key !== "fault" ? ofFrame(r, key) : key;
  const title = "Why: " + (asked === "fault" ? "the last page fault" : describe(r, asked));
  if (r.at > r.whyUntil) {
    showSide(
      title,
      element("p", {
        textContent:
          `The reasons are kept up to t=${r.whyUntil}: this program is long. ` +
          `At the prompt each one can be asked: vmsim -i ${r.name}`,
      }),
    );
    return;
  }
  const chain = r.reason(asked, r.at);
  if (!chain) {
    showSide(
      title,
      element("p", {
        textContent:
          asked === "fault" ? "No page fault has been taken yet." : "Nothing has touched it since the program began.",
      }),
    );
    return;
  }
  showSide(title, chainOf(chain, goto));
}

// ofFrame is what is asked about a frame: its page of a file, or the first entry that shows it.
function ofFrame(r, key) {
  const c = r.cells(r.id.get(key));
  if (c.length && c[4] !== "0") return `c:${c[4]}:${Number(c[5]).toString(16)}`;
  const number = key.slice(key.lastIndexOf(":") + 1);
  for (const [, [lo, hi]] of r.parts("e")) {
    for (let id = lo; id < hi; id++) {
      const e = r.cells(id);
      if (e[1] === "frame" && e[2] === number) return r.keys[id];
    }
  }
  return "fault";
}

const counters = {
  minor: ["minor page faults", "minor"],
  major: ["major page faults", "major"],
  cow: ["bytes copied for copy-on-write", "cow"],
  user: ["bytes copied to or from the user", "user"],
};

export const score = { asked: 0, right: 0 };

// predict asks about the next statement, then runs it and says what it did.
export function predict(r, on, goto) {
  const next = r.statementAt(r.at),
    s = r.statements[next];
  if (!s || s.error) {
    showSide("Predict", element("p", { textContent: "No statement follows. Press Home to begin again." }));
    return;
  }
  const questions = (s.asks ?? []).map((a) => [a.counter, `How much will it add to ${a.counter}?`, a.answer]);
  if (questions.length === 0) {
    for (const [name, [words, field]] of Object.entries(counters)) {
      if (name === "minor" || s[field] > 0 || (name === "cow" && s.text.includes(" = "))) {
        questions.push([
          name,
          `How many ${words} will it take?`
            .replace("bytes copied", "bytes will be copied")
            .replace(" will it take?", "?"),
          s[field],
        ]);
      }
    }
    questions.length = Math.min(questions.length, 2);
  }
  const inputs = questions.map(([name, words]) =>
    element(
      "label",
      {},
      words + " ",
      element("input", { type: "number", name, min: 0, required: true, autocomplete: "off" }),
    ),
  );
  const form = element("form", {}, ...inputs, element("button", { textContent: "Answer", className: "primary" }));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    on(s.end);
    const said = questions.map(([name, words, answer]) => {
      const guess = Number(form.elements[name].value),
        right = guess === answer;
      score.asked++;
      if (right) score.right++;
      return element(
        "p",
        {},
        words + " ",
        element("span", {
          className: right ? "right" : "wrong",
          textContent: right ? `✓ ${answer}: right.` : `✗ You said ${guess}; it is ${answer}.`,
        }),
      );
    });
    const chain = s.minor + s.major > 0 && r.reason("fault", s.end);
    showSide(
      `Predict: ${score.right} of ${score.asked} right`,
      element("p", { textContent: s.answer }),
      ...said,
      ...(chain ? [element("p", { textContent: "Because of its last fault:" }), chainOf(chain, goto)] : []),
    );
    text.setAttribute("tabindex", "-1");
    text.focus();
  });
  showSide("Predict", element("p", { textContent: `Next is  ${s.text}` }), form);
  form.querySelector("input").focus();
}

const keys = [
  ["→ ←", "a step on, a step back, at the level that 1 2 3 choose"],
  ["1 2 3", "a step is a statement, a function of Linux, a single step"],
  ["Space", "play, and stop"],
  ["Home End", "to the beginning, to the end"],
  ["[ ]", "to the previous and the next page fault"],
  ["g", "go to a moment"],
  ["m", "mark this moment, or take the mark back"],
  ["/", "filter: only rows and steps with a text in them"],
  ["f", "only steps that touch the selection"],
  ["w", "why is the selected thing as it is; without one, the last fault"],
  ["p", "predict what the next statement does"],
  ["h", "hide what comes next"],
  ["d", "dark or light"],
  ["↑ ↓ Enter", "in a table: to another row, select it"],
  ["Esc", "take the selection back; back to the steps"],
  ["PageDown PageUp .", "a clicker: on, back, black screen"],
  ["?", "these keys"],
];

const letters = [
  ["+ ~ −", "new, changed, freed by this step"],
  ["P RW A D X S G", "an entry: present, writable, accessed, dirty, executable, special, guard"],
  [
    "U D R A l M a",
    "a frame: uptodate, dirty, referenced, active, on a list, mapped, anonymous; point at them for the names",
  ],
  ["border", "the selected thing; a dashed border: its counterparts in the other panels"],
];

export function showKeys() {
  const table = (rows) =>
    element(
      "table",
      { className: "keys" },
      element(
        "tbody",
        {},
        ...rows.map(([k, v]) =>
          element(
            "tr",
            {},
            element("th", { className: "mono", scope: "row", textContent: k }),
            element("td", { textContent: v }),
          ),
        ),
      ),
    );
  showDialog("Keys and signs", table(keys), element("h2", { textContent: "Signs" }), table(letters));
}

// compare shows what differs between two recordings, each at its own moment.
export function compare(a, b, names) {
  const all = new Set([...a.keys, ...b.keys]);
  const rows = [];
  for (const key of all) {
    const x = a.cells(a.id.get(key)),
      y = b.cells(b.id.get(key));
    const value = (r, c) => (c.length ? (key[0] === "k" || key[0] === "n" ? c[0] : c.slice(0, 4).join(" ")) : "–");
    if (x.join() !== y.join()) {
      const what =
        key[0] === "k"
          ? "bytes " + (x[2] ?? y[2])
          : key[0] === "n"
            ? (x[1] ?? y[1])
            : describe(x.length ? a : b, key).replace(/[:,(].*/, "");
      rows.push(
        element(
          "tr",
          {},
          element("th", { scope: "row", textContent: what }),
          element("td", { className: "mono", textContent: value(a, x) }),
          element("td", { className: "mono", textContent: value(b, y) }),
        ),
      );
    }
  }
  const many = 300;
  const head = element(
    "tr",
    {},
    ...["what", `${names[0]}, t=${a.at}`, `${names[1]}, t=${b.at}`].map((t) =>
      element("th", { scope: "col", textContent: t }),
    ),
  );
  showDialog(
    `What differs: ${count(rows.length, "thing", "things")}`,
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows.slice(0, many))),
    ...(rows.length > many ? [element("p", { textContent: `… ${rows.length - many} more` })] : []),
  );
}
