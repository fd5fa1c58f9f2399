// The panels on the way from the program to the disk.
import { count } from "./links.js";
import { List } from "./list.js";

const hex = (text) => "0x" + text;
const at = (key) => key.slice(key.lastIndexOf(":") + 1);
const slot = (id) => document.querySelector(`#${id} .slot`);

// How each kind of thing is shown: its columns, and a row's cells from the key and the value's cells.
const shapes = {
  a: {
    columns: [["start", "12.9ch"], ["pages", "5.6ch", "num"], ["may", "5.2ch"], ["shows"]],
    cells: (k, c) => [at(k), c[1], c[2], name(c)],
    hints: (k, c) => [`${at(k)}-${c[0]}`, count(c[1], "page", "pages"), c[2], c[3]],
    empty: "no area",
  },
  e: {
    columns: [["page", "12.9ch"], ["entry", "9.2ch"], ["shows"]],
    cells: (k, c) => [
      at(k),
      c[0],
      { frame: "→" + hex(c[2]), zeros: "→zeros", swap: "→swap " + parseInt(c[2], 16) }[c[1]] ?? "",
    ],
    empty: "no entry: each first access faults",
  },
  f: {
    columns: [["frame", "6.4ch"], ["in", "3.4ch", "num"], ["holds"], ["flags", "9.4ch"]],
    cells: (k, c) => [hex(at(k)), "×" + c[2], c[3], c[0]],
    hints: (k, c) => [hex(at(k)), "in " + count(c[2], "entry", "entries"), c[3], c[1]],
    empty: "no frame in use",
  },
  c: {
    columns: [["page"], ["frame", "6.4ch"], ["flags", "9.4ch"]],
    cells: (k, c) => [`${c[4]}:${parseInt(at(k), 16)}`, hex(c[0]), c[1]],
    hints: (k, c) => [`page ${parseInt(at(k), 16)} of ${c[4]}`, `frame ${hex(c[0])}, in ${count(c[3], "entry", "entries")}`, c[2]],
    empty: "no page of a file is in memory",
  },
  d: {
    columns: [["pages"], ["blocks", "11ch"]],
    cells: (k, c) => [
      `${c[4]}:${range(c[0], c[1])}`,
      c[2] ? range(c[2], Number(c[2]) + Number(c[1]) - Number(c[0])) : "none yet",
    ],
    hints: (k, c) => [`pages ${c[0]} to ${c[1]} of ${c[4]}, ${c[3]}`, c[3]],
    empty: "no block of a file",
  },
  s: {
    columns: [["swap", "6ch"], ["refs", "4ch", "num"], ["frame"]],
    cells: (k, c) => [String(parseInt(at(k), 16)), c[0], c[1] ? hex(c[1]) : "on disk"],
    empty: "nothing is swapped out",
  },
};

const range = (a, b) => (String(a) === String(b) ? String(a) : `${a}–${b}`);

function name(c) {
  const short = c[3].slice(c[3].lastIndexOf("/") + 1) || "anon";
  return c[4] !== "0" && c[5] !== "0" ? `${short}@${c[5]}` : short;
}

export class Panels {
  constructor(choose, goto) {
    this.choose = choose;
    this.program = new List(slot("program"), "", [["no.", "3.6ch", "num"], ["statement"]]);
    this.program.table.setAttribute("aria-label", "program");
    this.program.onchoose = (row) => goto(row.moment);
    this.steps = new List(slot("side"), "", [["t", "7.4ch", "num"], ["what the kernel does"]]);
    this.steps.table.setAttribute("aria-label", "steps");
    this.steps.onchoose = (row) => goto(row.moment);
    this.lists = new Map();
  }

  // list is the table of one part of a panel, made where it is not there.
  list(panel, where, part, title) {
    const id = panel + ":" + part;
    let list = this.lists.get(id);
    if (!list) {
      list = new List(slot(where), title, shapes[panel].columns);
      list.panel = panel;
      list.onchoose = (row) => this.choose(row.key);
      this.lists.set(id, list);
    }
    if (list.title.textContent !== title) list.name(title);
    list.used = true;
    return list;
  }

  // draw shows the state of a recording. look: {before, selected, kin, filter, pids, hidden, level}
  draw(r, look) {
    for (const list of this.lists.values()) list.used = false;
    this.drawProgram(r, look);
    this.drawSteps(r, look);
    const pids = r
      .parts("p")
      .map(([n]) => n.slice(2))
      .filter((pid) => this.alive(r, look, pid));
    const shown = look.pids(pids);
    for (const pid of pids) {
      if (pids.length < 4 || shown.includes(pid)) {
        this.part(r, look, "a", "areas", pid, `process ${pid}` + this.faults(r, pid));
      }
    }
    for (const pid of shown) this.part(r, look, "e", "tables", pid, `process ${pid}`);
    this.all(r, look, "f", "frames", "");
    this.all(r, look, "c", "cache", "");
    this.all(r, look, "d", "disk", r.parts("s").length ? "disk" : "");
    if (r.parts("s").length) this.all(r, look, "s", "disk", "swap");
    document.getElementById("path").classList.toggle("one", shown.length < 2);
    for (const list of this.lists.values()) {
      list.box.hidden = !list.used;
      if (!list.used) list.show([], "");
    }
    return pids;
  }

  alive(r, look, pid) {
    const id = r.id.get(`p:${pid}:0`);
    return r.there(id) || look.before.has(id);
  }

  faults(r, pid) {
    const c = r.cells(r.id.get(`p:${pid}:0`));
    return c.length ? ` · rss ${c[1]} · faults ${c[2]} + ${c[3]} major` : " has ended";
  }

  // part shows one process's things.
  part(r, look, panel, where, pid, title) {
    const range = r.ranges.get(`${panel}:${pid}`) ?? [0, 0];
    this.fill(r, look, this.list(panel, where, pid, title), [range]);
  }

  all(r, look, panel, where, title) {
    this.fill(
      r,
      look,
      this.list(panel, where, "", title),
      r.parts(panel).map(([, range]) => range),
    );
  }

  fill(r, look, list, ranges) {
    const shape = shapes[list.panel];
    const ids = [];
    let at = -1,
      chosen = -1;
    for (const [lo, hi] of ranges) {
      for (let id = lo; id < hi; id++) {
        const gone = r.state[id] === 0;
        if (gone && !(look.before.get(id) > 0)) continue;
        if (look.filter && !gone && !matches(r, id, look.filter, shape)) continue;
        if (at < 0 && look.before.has(id)) at = ids.length;
        if (r.keys[id] === look.selected) chosen = ids.length;
        ids.push(id);
      }
    }
    list.show(
      new Rows(ids, (id) => this.row(r, look, shape, id)),
      look.filter ? "nothing fits the filter" : shape.empty,
      look.moved ? at : chosen,
    );
  }

  row(r, look, shape, id) {
    const key = r.keys[id],
      now = r.state[id],
      before = look.before.get(id);
    const cells = r.cellsOf(now || before);
    let sign = "";
    if (before !== undefined && before !== now) sign = before === 0 ? "+" : now === 0 ? "-" : "~";
    return {
      key,
      sign,
      cells: shape.cells(key, cells),
      hints: shape.hints?.(key, cells),
      mark: key === look.selected ? "selected" : look.kin.has(key) ? "kin" : "",
    };
  }

  drawProgram(r, look) {
    const here = r.statementAt(r.at);
    const inside = here < r.statements.length && r.at > r.statements[here].begin;
    const now = inside || here === 0 ? here : here - 1;
    const count = !look.hidden ? r.statements.length : r.at === 0 ? 0 : now + 1;
    const row = (i) => {
      const s = r.statements[i];
      const later = i > now || r.at === 0;
      return {
        cells: [String(i + 1), s.text],
        moment: s.end,
        letter: later ? "" : i === now ? "▸" : "✓",
        mark: (later ? "later" : i === now ? "now" : "") + (s.error || s.signal ? " failed" : ""),
        hints: ["", s.error ? `${s.text}: ${s.error}` : s.answer],
      };
    };
    const rows = new Rows({ length: count }, (_, i) => row(i));
    this.program.show(rows, look.hidden ? "what comes is hidden" : "no statement", Math.min(now, count - 1));
  }

  drawSteps(r, look) {
    const last = look.hidden ? r.at : r.end;
    const only = look.only && look.hidden ? look.only.filter((t) => t <= last) : look.only;
    const moment = (i) => (only ? only[i] : i + 1);
    const row = (i) => {
      const t = moment(i),
        kind = r.kind(t);
      return {
        cells: [String(t), r.stepTexts[t - 1]],
        moment: t,
        letter: kind.sign === "-" ? "−" : kind.sign,
        mark: t === r.at ? "selected" : "",
        hints: ["", `${kind.name}: ${r.stepTexts[t - 1]}`],
      };
    };
    const count = only ? only.length : last;
    const here = only ? only.findIndex((t) => t >= r.at) : r.at - 1;
    this.steps.show(new Rows({ length: count }, (_, i) => row(i)), "no step yet", here);
  }
}

function matches(r, id, filter, shape) {
  const c = r.cells(id);
  return (shape.cells(r.keys[id], c).join(" ") + " " + r.values[r.state[id]]).toLowerCase().includes(filter);
}

// Rows are made when they are looked at.
class Rows {
  constructor(ids, make) {
    this.ids = ids;
    this.make = make;
  }

  get length() {
    return this.ids.length;
  }

  at(i) {
    return this.make(this.ids[i], i);
  }
}
