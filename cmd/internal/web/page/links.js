// Which things are counterparts: an area, its entries, their frames, the pages of files in them, the blocks on the disk.

const address = (key) => parseInt(key.slice(key.lastIndexOf(":") + 1), 16);
const part = (key) => key.slice(2, key.lastIndexOf(":"));

// How many there are of something, as a sentence says it.
export const count = (n, one, more) => `${n} ${Number(n) === 1 ? one : more}`;

// What a thing leads to, on the way from the program to the disk.
function down(r, key) {
  const id = r.id.get(key);
  const c = r.cells(id);
  if (c.length === 0) return [];
  switch (key[0]) {
    case "a": {
      const [lo, hi] = r.ranges.get("e:" + part(key)) ?? [0, 0];
      const start = address(key),
        end = parseInt(c[0], 16),
        found = [];
      for (let i = lo; i < hi; i++) {
        const x = address(r.keys[i]);
        if (x >= start && x < end && r.state[i] !== 0) found.push(r.keys[i]);
      }
      return found;
    }
    case "e":
      if (c[1] === "frame") return ["f:0:" + c[2]];
      return c[1] === "swap" ? ["s:0:" + c[2]] : [];
    case "f":
      return c[4] === "0" ? [] : [`c:${c[4]}:${Number(c[5]).toString(16)}`];
    case "c":
      return extentOf(r, part(key), address(key));
    default:
      return [];
  }
}

function extentOf(r, inode, page) {
  const [lo, hi] = r.ranges.get("d:" + inode) ?? [0, 0];
  for (let i = lo; i < hi; i++) {
    const c = r.cells(i);
    if (c.length && Number(c[0]) <= page && page <= Number(c[1])) return [r.keys[i]];
  }
  return [];
}

// What leads to a thing.
function up(r, key) {
  const found = [];
  const each = (panel, fits) => {
    for (const [, [lo, hi]] of r.parts(panel)) {
      for (let i = lo; i < hi; i++) if (r.state[i] !== 0 && fits(r.cells(i), r.keys[i])) found.push(r.keys[i]);
    }
  };
  const at = key.slice(key.lastIndexOf(":") + 1);
  switch (key[0]) {
    case "e": {
      const x = address(key);
      each("a", (c, k) => part(k) === part(key) && address(k) <= x && x < parseInt(c[0], 16));
      break;
    }
    case "f":
      each("e", (c) => c[1] === "frame" && c[2] === at);
      break;
    case "c": {
      const c = r.cells(r.id.get(key)),
        page = address(key);
      if (c.length) found.push("f:0:" + c[0]);
      each(
        "a",
        (a, k) =>
          a[4] === part(key) &&
          Number(a[5]) <= page &&
          page < Number(a[5]) + Number(a[1]) &&
          !r.there(r.id.get(entryAt(k, a, page))),
      );
      break;
    }
    case "d": {
      const c = r.cells(r.id.get(key));
      each("c", (_, k) => part(k) === part(key) && Number(c[0]) <= address(k) && address(k) <= Number(c[1]));
      break;
    }
    case "s":
      each("e", (c) => c[1] === "swap" && c[2] === at);
      break;
  }
  return found;
}

// The key of the entry that shows a page of a file in an area.
function entryAt(area, cells, page) {
  return `e:${part(area)}:${(address(area) + 4096 * (page - Number(cells[5]))).toString(16)}`;
}

// counterparts are all things on the ways through one: down to the disk, and up from all of that to the program.
export function counterparts(r, key) {
  const found = new Set([key]);
  walk(r, [key], down, found);
  walk(
    r,
    key[0] === "a"
      ? [...found].filter((k) => k[0] !== "d")
      : key[0] === "d"
        ? [key]
        : [...found].filter((k) => k[0] !== "d"),
    up,
    found,
  );
  found.delete(key);
  return new Set([...found].filter((k) => r.id.has(k)));
}

function walk(r, from, next, found) {
  const todo = [...from];
  while (todo.length) {
    for (const k of next(r, todo.pop())) {
      if (!found.has(k)) {
        found.add(k);
        todo.push(k);
      }
    }
  }
}

// describe is a thing in a few words.
export function describe(r, key) {
  const at = address(key),
    hex = "0x" + at.toString(16),
    c = r.cells(r.id.get(key));
  switch (key[0]) {
    case "p":
      return `process ${part(key)}`;
    case "a":
      return `area ${hex}` + (c.length ? ` ${c[2]} ${c[3] || "anonymous"}` : "");
    case "e":
      return `entry of ${hex}, process ${part(key)}` + (c.length ? `: ${c[0]}` : "");
    case "f":
      return `frame ${hex}` + (c.length ? `, ${c[3]}` : "");
    case "c":
      return `page ${at}` + (c.length ? ` of ${c[4]} (${c[1].includes("D") ? "dirty" : "clean"})` : "");
    case "d":
      return c.length
        ? `${c[4]} pages ${c[0]}–${c[1]}` + (c[2] ? ` from disk block ${c[2]} on` : ", no block yet")
        : "disk";
    case "s":
      return `swap entry ${at}`;
  }
  return key;
}

// chain is the way through a thing from the program to the disk, as text.
export function chain(r, key, kin) {
  const order = "aefcds";
  const all = [key, ...kin].filter((k) => order.includes(k[0]) && r.there(r.id.get(k)));
  const texts = [];
  for (const panel of order) {
    const here = all.filter((k) => k[0] === panel);
    if (here.length === 0) continue;
    const first = here.includes(key) ? key : here[0];
    texts.push(describe(r, first) + (here.length > 1 ? ` (and ${here.length - 1} more)` : ""));
  }
  return texts.join(" → ");
}
