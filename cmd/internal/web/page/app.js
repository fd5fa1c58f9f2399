// The page: one recording or several branches, one moment, one selection.
import { unpack } from "./recording.js";
import { Panels } from "./panels.js";
import { Timeline } from "./timeline.js";
import { count, counterparts, describe } from "./links.js";
import { compare, element, predict, showDialog, showKeys, showSide, why } from "./ask.js";
import { ledger, narrate, sentence } from "./narration.js";
import { gotoDialog, share } from "./dialogs.js";

const $ = (id) => document.getElementById(id);
const branches = []; // {r, name}
let current = 0,
  level = 1,
  selected = null,
  hidden = false,
  filter = "",
  touching = false,
  moved = true,
  playing = 0;
let engine = null; // runs programs, where there is a model to ask
let chosenPIDs = null;

const panels = new Panels(
  (key) => select(key),
  (t) => goto(t),
);
const timeline = new Timeline((t) => goto(t));
const recording = () => branches[current].r;

// The steps that a filter or the selection leaves.
let only = null,
  onlyFor = "";
function onlySteps() {
  const r = recording(),
    key = [current, filter, touching && selected].join("|");
  if (key === onlyFor) return only;
  onlyFor = key;
  only = null;
  if (touching && selected) only = r.touching([selected, ...counterparts(r, selected)].map((k) => r.id.get(k)));
  if (filter) {
    const fits = (t) => (r.kind(t).name + " " + r.stepTexts[t - 1]).toLowerCase().includes(filter);
    only = (only ?? Array.from({ length: r.end }, (_, i) => i + 1)).filter(fits);
  }
  return only;
}

function goto(t) {
  const r = recording();
  r.goto(t);
  moved = true;
  draw();
  announce();
}

function on() {
  const r = recording();
  goto(r.next(r.at, level, filter || touching ? onlySteps() : null));
}

function back() {
  const r = recording();
  goto(r.previous(r.at, level, filter || touching ? onlySteps() : null));
}

function toFault(direction) {
  const r = recording();
  goto(direction > 0 ? r.next(r.at, 0, r.faults) : r.previous(r.at, 0, r.faults));
}

function select(key) {
  selected = key === selected ? null : key;
  moved = false;
  draw();
  if (selected) say(`${describe(recording(), selected)}; ${count(counterparts(recording(), selected).size, "counterpart", "counterparts")}`);
}

function say(text) {
  $("live").textContent = text;
}

function announce() {
  const r = recording();
  say(`t=${r.at}. ${sentence(r)}`);
}

function draw() {
  const r = recording();
  const kin = selected ? counterparts(r, selected) : new Set();
  const before = r.changedBetween(r.previous(r.at, level), r.at);
  const look = { before, selected, kin, filter, hidden, level, moved, only: onlySteps(), pids: choosePIDs };
  const pids = panels.draw(r, look);
  drawPIDs(pids);
  timeline.draw(r, { only: look.only, hidden, theme: isDark(), text: `t=${r.at}: ${sentence(r)}` });
  narrate(r, kin, selected, level);
  ledger(r, before);
  $("clock").textContent = `t=${r.at} of ${hidden ? "…" : r.end}`;
  document
    .querySelectorAll("[data-level]")
    .forEach((b) => b.setAttribute("aria-pressed", b.dataset.level === String(level)));
  document.querySelector("[data-do=hide]").setAttribute("aria-pressed", hidden);
  drawMarks(r);
  remember();
}

// Two page tables stand beside each other: those that were chosen, or else those of the first two processes.
function choosePIDs(pids) {
  if (chosenPIDs) return pids.filter((p) => chosenPIDs.includes(p)).slice(0, 2);
  const r = recording(),
    now = String(r.at ? r.stepPids[r.at - 1] : 1);
  const two = pids.slice(0, 2);
  if (pids.includes(now) && !two.includes(now)) two[1] = now;
  return two;
}

function drawPIDs(pids) {
  $("pids").hidden = pids.length < 3;
  if (pids.length < 3) return;
  const shown = choosePIDs(pids);
  $("pids").replaceChildren(
    ...pids.map((pid) => {
      const b = element("button", {
        textContent: pid,
        title: `process ${pid}`,
        onclick: () => {
          chosenPIDs = [...shown.filter((p) => p !== pid).slice(-1), pid].sort((x, y) => x - y);
          draw();
        },
      });
      b.setAttribute("aria-pressed", shown.includes(pid));
      return b;
    }),
  );
}

function drawMarks(r) {
  $("marks").replaceChildren(
    ...[...r.marks]
      .sort((a, b) => a[0] - b[0])
      .map(([t, name]) => element("button", { textContent: name, title: `to t=${t}`, onclick: () => goto(t) })),
  );
}

function mark() {
  const r = recording();
  if (r.marks.has(r.at)) r.marks.delete(r.at);
  else r.marks.set(r.at, `t=${r.at}`);
  say(r.marks.has(r.at) ? `t=${r.at} is marked` : `the mark at t=${r.at} is removed`);
  draw();
}

function play() {
  clearInterval(playing);
  const button = document.querySelector("[data-do=play]");
  playing = playing
    ? 0
    : setInterval(() => {
        on();
        if (recording().at === recording().end) play();
      }, 900);
  button.textContent = playing ? "Stop" : "Play";
  button.setAttribute("aria-pressed", playing !== 0);
}

// The address says where one is, so that a link leads there.
let remembered = "";
function remember() {
  const r = recording();
  const hash = `#t=${r.at}&lvl=${level}` + (selected ? `&sel=${selected}` : "") + (hidden ? "&hide=1" : "");
  remembered = hash;
  if (location.hash !== hash) {
    try {
      history.replaceState(null, "", hash);
    } catch {
      // A frame without an origin has no history.
    }
  }
}

function recall() {
  if (location.hash === remembered) return;
  const q = new URLSearchParams(location.hash.slice(1)),
    r = recording();
  const number = (text, otherwise) =>
    text !== null && Number.isFinite(Number(text)) ? Math.trunc(Number(text)) : otherwise;
  level = Math.min(3, Math.max(1, number(q.get("lvl"), level)));
  selected = r.id.has(q.get("sel")) ? q.get("sel") : null;
  hidden = q.get("hide") === "1";
  goto(number(q.get("t"), r.at));
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function theme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  draw();
}

function blank() {
  $("blank").hidden = !$("blank").hidden;
}

function hide() {
  hidden = !hidden;
  say(hidden ? "what comes next is hidden" : "what comes next is shown");
  draw();
}

const actions = {
  start: () => goto(0),
  end: () => goto(recording().end),
  on,
  back,
  play,
  mark,
  hide,
  share: () => share(recording()),
  theme,
  blank,
  keys: showKeys,
  "previous-fault": () => toFault(-1),
  "next-fault": () => toFault(1),
  why: () => why(recording(), selected, goto),
  predict: () => predict(recording(), goto, goto),
  goto: () => gotoDialog(recording(), goto),
  filter: () => $("filter").focus(),
  touching: () => $("touching").click(),
  escape: () => {
    showSide();
    if (selected) select(selected);
  },
  level1: () => setLevel(1),
  level2: () => setLevel(2),
  level3: () => setLevel(3),
};

const keys = {
  ArrowRight: "on",
  ArrowLeft: "back",
  PageDown: "on",
  PageUp: "back",
  " ": "play",
  Home: "start",
  End: "end",
  "[": "previous-fault",
  "]": "next-fault",
  m: "mark",
  g: "goto",
  "/": "filter",
  f: "touching",
  w: "why",
  p: "predict",
  h: "hide",
  d: "theme",
  ".": "blank",
  "?": "keys",
  Escape: "escape",
  1: "level1",
  2: "level2",
  3: "level3",
};

function setLevel(n) {
  level = n;
  say(`a step is a ${["", "statement", "function of Linux", "single step"][n]}`);
  draw();
}

addEventListener("keydown", (e) => {
  // A dialog that was just closed still has the focus for a moment; what is typed then is the page's.
  const within = (selector) => e.target.matches(selector) && !e.target.closest("dialog:not([open])");
  const typing = within("input:not([type=range]):not([type=checkbox]), textarea, select");
  if (typing && e.key === "Escape") e.target.blur();
  if (e.ctrlKey || e.metaKey || e.altKey || typing || $("dialog").open) return;
  if (e.key === " " && within("button, input, [tabindex]:not(tr):not(section)")) return;
  const action = keys[e.key];
  if (!action) return;
  e.preventDefault();
  if (!$("blank").hidden && action !== "blank") blank();
  actions[action]();
});
document.addEventListener("click", (e) => {
  const b = e.target.closest("button");
  if (b?.dataset.do) actions[b.dataset.do]();
  if (b?.dataset.level) setLevel(Number(b.dataset.level));
});
$("blank").addEventListener("click", blank);
$("side-close").addEventListener("click", () => showSide());
$("filter").addEventListener("input", () => {
  filter = $("filter").value.trim().toLowerCase();
  draw();
});
$("filter").addEventListener("keydown", (e) => e.key === "Enter" && $("filter").blur());
$("touching").addEventListener("change", () => {
  touching = $("touching").checked;
  draw();
});
addEventListener("hashchange", recall);
addEventListener("resize", () => {
  for (const l of [...panels.lists.values(), panels.program, panels.steps]) l.height = undefined;
  draw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());

// A line that is typed goes to the model: a statement makes a branch, a command is answered.
$("type").addEventListener("submit", async (e) => {
  e.preventDefault();
  const line = $("line").value.trim(),
    r = recording();
  if (!line) return;
  $("line").disabled = true;
  try {
    const reply = await engine({ name: r.name, program: r.program, at: r.at, line });
    $("line").value = "";
    if (reply.recording) {
      add(await unpack(reply.recording), `branch ${branches.length} from t=${r.at}`);
      goto(reply.at);
    }
    showSide(line, element("span", { textContent: reply.answer }));
    say(reply.answer);
  } catch (err) {
    showSide(line, element("span", { textContent: String(err.message ?? err) }));
    say(String(err.message ?? err));
  }
  $("line").disabled = false;
  $("line").focus();
  $("line").select();
});

// The program can be written anew, where there is a model to run it.
function edit() {
  const r = recording();
  const area = element("textarea", { value: r.program, spellcheck: false, name: "program" });
  area.setAttribute("aria-label", "program");
  const choice = element(
    "select",
    {},
    element("option", { textContent: "this program" }),
    ...examples.map((e) => element("option", { textContent: e.name })),
  );
  let name = r.name;
  choice.addEventListener("change", () => {
    const e = examples[choice.selectedIndex - 1];
    name = e?.name ?? r.name;
    area.value = e?.text ?? r.program;
  });
  const error = element("p", { id: "edit-error" });
  error.setAttribute("role", "alert");
  const run = element("button", { textContent: "Run", className: "primary" });
  const form = element("form", {}, element("label", {}, "Example ", choice), area, error, run);
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    run.disabled = true;
    error.textContent = "";
    try {
      const reply = await engine({ name, program: area.value, at: 0, line: "" });
      history.replaceState(null, "", "#t=0");
      begin(await unpack(reply.recording));
      $("dialog").close();
    } catch (err) {
      error.textContent = String(err.message ?? err);
    }
    run.disabled = false;
  });
  showDialog("Program", form);
}
$("edit").addEventListener("click", edit);

function add(r, name) {
  branches.push({ r, name });
  current = branches.length - 1;
  onlyFor = "none";
  drawBranches();
}

function drawBranches() {
  $("branches").hidden = branches.length < 2;
  $("branches").replaceChildren(
    ...branches.map((b, i) => {
      const button = element("button", {
        textContent: i === 0 ? "program" : b.name,
        onclick: () => {
          current = i;
          onlyFor = "none";
          drawBranches();
          goto(b.r.at);
        },
      });
      button.setAttribute("aria-pressed", i === current);
      return button;
    }),
    element("button", {
      textContent: "compare",
      title: "what differs between this one and the one before",
      onclick: () => {
        const other = current === 0 ? branches.length - 1 : current - 1;
        compare(branches[other].r, branches[current].r, [branches[other].name, branches[current].name]);
      },
    }),
  );
}

// begin shows a recording, alone.
export function begin(r) {
  branches.length = 0;
  selected = null;
  chosenPIDs = null;
  showSide();
  $("name").textContent = r.name;
  document.title = "vmsim: " + r.name;
  add(r, "program");
  remembered = null;
  recall();
}

const examples = JSON.parse($("examples").textContent || "[]");

// withEngine lets lines be typed and programs be written: f sends a message to the model.
export function withEngine(f) {
  engine = f;
  $("type").hidden = false;
  $("edit").hidden = false;
}
