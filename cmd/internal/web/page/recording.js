// A recording, and the state at one moment of it. All that is shown was computed by the model; here changes are
// applied, forward and back.

export async function unpack(base64) {
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Recording(JSON.parse(await new Response(stream).text()));
}

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64),
    bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export class Recording {
  constructor(data) {
    Object.assign(this, data);
    this.end = this.stepKinds.length;
    this.state = Int32Array.from(this.first);
    this.offsets = Int32Array.from(this.offsets);
    this.changes = Int32Array.from(this.changes);
    this.at = 0;
    this.ends = this.statements.map((s) => s.end);
    this.marks = new Map(); // moments that the reader has named
    this.id = new Map(this.keys.map((k, i) => [k, i]));
    this.stops = [null, this.statements.filter((s) => s.end > s.begin).map((s) => s.end), this.functions(), null];
    this.lanes = { call: [], minor: [], major: [], copy: [], io: [], reclaim: [] };
    this.faults = [];
    for (let t = 1; t <= this.end; t++) {
      const kind = this.kinds[this.stepKinds[t - 1]];
      if (kind.mark) this.lanes[kind.mark].push(t);
      if (kind.name === "fault") this.faults.push(t);
    }
    this.ranges = this.sections();
    this.series = this.curves();
  }

  // The steps at which another function of Linux begins its work, and the end.
  functions() {
    const stops = [];
    let before = "";
    for (let t = 1; t <= this.end; t++) {
      const linux = this.kinds[this.stepKinds[t - 1]].linux;
      if (linux !== before) stops.push(t);
      before = linux;
    }
    if (stops.at(-1) !== this.end) stops.push(this.end);
    return stops;
  }

  // The ranges of keys of each panel and part: "e:1" is the page table of process 1.
  sections() {
    const ranges = new Map();
    this.keys.forEach((k, i) => {
      const name = k.slice(0, k.indexOf(":", 2));
      const r = ranges.get(name);
      if (r) r[1] = i + 1;
      else ranges.set(name, [i, i + 1]);
    });
    return ranges;
  }

  parts(panel) {
    return [...this.ranges].filter(([name]) => name[0] === panel);
  }

  // The counters over time, as moments and values.
  curves() {
    const curves = new Map();
    const [lo, hi] = this.ranges.get("n:0") ?? [0, 0];
    for (let id = lo; id < hi; id++) {
      curves.set(id, { name: "", times: [0], values: [Number(this.cellsOf(this.first[id])[0] ?? 0)] });
    }
    for (let t = 1; t <= this.end; t++) {
      for (let i = 3 * this.offsets[t - 1]; i < 3 * this.offsets[t]; i += 3) {
        const c = curves.get(this.changes[i]);
        if (!c) continue;
        c.times.push(t);
        c.values.push(Number(this.cellsOf(this.changes[i + 2])[0]));
      }
    }
    for (const [id, c] of curves) c.name = this.cellsOf(this.first[id])[1];
    return curves;
  }

  goto(t) {
    t = Math.max(0, Math.min(this.end, t));
    const { state, changes, offsets } = this;
    for (let i = 3 * offsets[this.at]; i < 3 * offsets[t]; i += 3) state[changes[i]] = changes[i + 2];
    for (let i = 3 * offsets[this.at] - 3; i >= 3 * offsets[t]; i -= 3) state[changes[i]] = changes[i + 1];
    this.at = t;
  }

  // What the steps after a up to b have changed: by key, the value before.
  changedBetween(a, b) {
    const before = new Map();
    for (let i = 3 * this.offsets[a]; i < 3 * this.offsets[b]; i += 3) {
      if (!before.has(this.changes[i])) before.set(this.changes[i], this.changes[i + 1]);
    }
    return before;
  }

  cellsOf(value) {
    return value === 0 ? [] : this.values[value].split("\t");
  }

  cells(id) {
    return this.cellsOf(this.state[id]);
  }

  there(id) {
    return id !== undefined && this.state[id] !== 0;
  }

  // The number of the statement, from 0, that step t belongs to; that of the next one at its end.
  statementAt(t) {
    return firstAbove(this.ends, t);
  }

  kind(t) {
    return t > 0 ? this.kinds[this.stepKinds[t - 1]] : undefined;
  }

  // The next stop after t, or the one before it, at a level; steps are all stops of level 3.
  next(t, level, only) {
    const stops = only ?? this.stops[level];
    if (!stops) return Math.min(this.end, t + 1);
    return stops[firstAbove(stops, t)] ?? (only ? t : this.end);
  }

  previous(t, level, only) {
    const stops = only ?? this.stops[level];
    if (!stops) return Math.max(0, t - 1);
    return stops[firstAbove(stops, t - 1) - 1] ?? (only ? t : 0);
  }

  // The steps that change one of some keys.
  touching(ids) {
    const wanted = new Set(ids);
    const steps = [];
    for (let t = 1; t <= this.end; t++) {
      for (let i = 3 * this.offsets[t - 1]; i < 3 * this.offsets[t]; i += 3) {
        if (wanted.has(this.changes[i])) {
          steps.push(t);
          break;
        }
      }
    }
    return steps;
  }

  // The chain of causes of a thing at moment t.
  reason(key, t) {
    const all = (key === "fault" ? this.whyFault : this.why[key]) ?? [];
    return all[
      firstAbove(
        all.map((r) => r.t),
        t,
      ) - 1
    ]?.chain;
  }
}

// The index of the first element of a sorted list that is above x.
export function firstAbove(list, x) {
  let lo = 0,
    hi = list.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (list[mid] > x) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}
