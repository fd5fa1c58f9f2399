// A table of which only the rows in sight exist.

export class List {
  constructor(slot, title, columns) {
    this.box = document.createElement("div");
    this.box.className = "list";
    this.title = document.createElement("h3");
    this.scroll = document.createElement("div");
    this.scroll.className = "scroll";
    this.table = document.createElement("table");
    this.table.setAttribute("role", "grid");
    this.head = this.table.createTHead();
    const tr = this.head.insertRow(),
      group = document.createElement("colgroup");
    for (const [name, width, kind] of [["", "2.1ch"], ...columns]) {
      const col = document.createElement("col");
      if (width) col.style.width = width;
      group.append(col);
      tr.append(heading(name, kind));
    }
    this.table.prepend(group);
    this.body = this.table.createTBody();
    this.above = spacer(columns.length + 1);
    this.below = spacer(columns.length + 1);
    this.body.append(this.above, this.below);
    this.empty = document.createElement("p");
    this.empty.className = "empty";
    this.scroll.append(this.table, this.empty);
    if (title) this.box.append(this.title);
    this.box.append(this.scroll);
    this.columns = columns;
    this.pool = [];
    this.rows = [];
    this.focused = 0;
    slot.append(this.box);
    this.name(title);
    // To ask an element how it is laid out is slow after a change, so what is known is kept.
    this.top = 0;
    this.view = 0;
    this.scroll.addEventListener(
      "scroll",
      () => {
        this.top = this.scroll.scrollTop;
        this.draw();
      },
      { passive: true },
    );
    new ResizeObserver(() => {
      this.view = this.scroll.clientHeight;
      this.draw();
    }).observe(this.scroll);
    this.table.addEventListener("click", (e) => {
      const tr = e.target.closest("tbody tr");
      if (tr?.index !== undefined) this.choose(tr.index);
    });
    this.table.addEventListener("keydown", (e) => this.key(e));
  }

  name(title) {
    this.title.textContent = title;
    this.table.setAttribute("aria-label", title || this.label || "");
  }

  // show shows rows. A row has: key, cells, sign ("+", "-", "~" or none), mark (a class), hint.
  show(rows, empty, at) {
    this.rows = rows;
    this.empty.textContent = rows.length ? "" : empty;
    this.empty.hidden = rows.length > 0;
    this.table.hidden = rows.length === 0;
    this.table.setAttribute("aria-rowcount", rows.length + 1);
    this.focused = Math.min(this.focused, Math.max(0, rows.length - 1));
    if (at >= 0) this.reveal(at);
    this.draw();
  }

  rowHeight() {
    this.height ??= parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));
    return this.height;
  }

  reveal(at) {
    const h = this.rowHeight(),
      view = (this.view || 200) - h;
    if (at * h < this.top) this.wanted = Math.max(0, (at - 1) * h);
    else if ((at + 1) * h > this.top + view) this.wanted = (at + 2) * h - view;
    if (this.wanted !== undefined) this.top = this.wanted;
  }

  draw() {
    const h = this.rowHeight();
    const many = Math.ceil((this.view || 400) / h) + 4;
    const from = Math.max(0, Math.min(Math.floor(this.top / h) - 2, this.rows.length - many));
    const to = Math.min(this.rows.length, from + many);
    this.above.firstChild.style.height = from * h + "px";
    this.above.hidden = from === 0;
    this.below.firstChild.style.height = (this.rows.length - to) * h + "px";
    this.below.hidden = to === this.rows.length;
    while (this.pool.length < to - from) this.pool.push(this.row());
    this.pool.forEach((tr, i) => {
      const index = from + i;
      tr.hidden = index >= to;
      if (tr.hidden) tr.index = undefined;
      else this.fill(tr, index);
    });
    if (this.wanted !== undefined) this.scroll.scrollTop = this.wanted; // now there is as much as that to scroll
    this.wanted = undefined;
  }

  row() {
    const tr = document.createElement("tr");
    tr.append(document.createElement("td"));
    this.columns.forEach(([, , kind], i) => {
      const cell = document.createElement(i === 0 ? "th" : "td");
      if (i === 0) cell.scope = "row";
      if (kind) cell.className = kind;
      tr.append(cell);
    });
    this.body.insertBefore(tr, this.below);
    return tr;
  }

  fill(tr, index) {
    const row = this.rows.at(index);
    tr.index = index;
    tr.setAttribute("aria-rowindex", index + 2);
    tr.setAttribute("aria-selected", String(row.mark === "selected"));
    tr.tabIndex = index === this.focused ? 0 : -1;
    const sign = { "+": "new", "~": "changed", "-": "gone" }[row.sign] ?? "";
    const name = [sign, row.mark ?? ""].join(" ").trim();
    if (tr.className !== name) tr.className = name;
    const [first, ...cells] = tr.children;
    put(first, row.sign === "-" ? "−" : row.sign || row.letter || "");
    first.title = { "+": "new", "~": "changed", "-": "freed" }[row.sign] ?? "";
    cells.forEach((cell, i) => {
      put(cell, row.cells[i] ?? "");
      const hint = row.hints?.[i] ?? row.cells[i] ?? "";
      if (cell.title !== hint) cell.title = hint;
    });
  }

  choose(index) {
    this.focused = index;
    this.onchoose?.(this.rows.at(index), index);
  }

  key(e) {
    const last = this.rows.length - 1;
    const to = { ArrowDown: this.focused + 1, ArrowUp: this.focused - 1 }[e.key];
    if (to !== undefined) {
      this.focus(Math.max(0, Math.min(last, to)));
    } else if (e.key === "Enter") {
      this.choose(this.focused);
    } else {
      return;
    }
    e.preventDefault();
    e.stopPropagation();
  }

  focus(index) {
    this.focused = index;
    this.reveal(index);
    this.draw();
    this.pool.find((tr) => tr.index === index)?.focus({ preventScroll: true });
  }
}

function put(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}

function heading(name, kind) {
  const cell = document.createElement("th");
  if (kind) cell.className = kind;
  cell.scope = "col";
  cell.textContent = name;
  if (!name) {
    const unseen = document.createElement("span");
    unseen.className = "unseen";
    unseen.textContent = "change";
    cell.append(unseen);
  }
  return cell;
}

function spacer(columns) {
  const tr = document.createElement("tr");
  tr.className = "spacer";
  tr.setAttribute("aria-hidden", "true");
  const td = tr.insertCell();
  td.colSpan = columns;
  return tr;
}
