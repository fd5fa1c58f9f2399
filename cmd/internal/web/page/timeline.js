// The timeline: a lane for each kind of mark, the curves of the counters, and the slider that moves through time.
import { firstAbove } from "./recording.js";

const lanes = [
  ["call", "C", "system call"],
  ["minor", "m", "minor fault"],
  ["major", "M", "major fault"],
  ["copy", "*", "copy"],
  ["io", ">", "disk request"],
  ["reclaim", "R", "reclaim"],
];
const laneHeight = 16;

export class Timeline {
  constructor(goto) {
    this.canvas = document.getElementById("canvas");
    this.slider = document.getElementById("slider");
    this.charts = document.getElementById("charts");
    this.legend = document.getElementById("legend");
    this.back = document.createElement("canvas");
    this.width = this.canvas.clientWidth;
    new ResizeObserver(() => {
      this.width = this.canvas.clientWidth;
    }).observe(this.canvas);
    this.slider.addEventListener("input", () => goto(Number(this.slider.value)));
    const point = (e) => {
      const box = this.canvas.getBoundingClientRect();
      goto(Math.round(((e.clientX - box.left) / box.width) * this.r.end));
    };
    this.canvas.addEventListener("pointerdown", (e) => {
      this.canvas.setPointerCapture(e.pointerId);
      point(e);
    });
    this.canvas.addEventListener("pointermove", (e) => e.buttons && point(e));
  }

  // draw shows recording r at its moment. look: {only, hidden, text}
  draw(r, look) {
    const fresh = this.r !== r;
    this.r = r;
    this.slider.max = r.end;
    this.slider.value = r.at;
    this.slider.setAttribute("aria-valuetext", look.text);
    this.drawLanes(r, look, fresh);
    this.drawCharts(r, fresh, look);
  }

  drawLanes(r, look, fresh) {
    const shown = lanes.filter(([name]) => r.lanes[name].length > 0);
    if (look.only) shown.push(["only", "◆", "selection"]);
    const width = this.width,
      scale = devicePixelRatio || 1,
      height = laneHeight * Math.max(1, shown.length);
    const key = shown.map(([name]) => name).join();
    if (this.key !== key || fresh) {
      this.key = key;
      this.legend.replaceChildren(
        ...shown.map(([name, letter, text]) => {
          const li = document.createElement("li"),
            b = document.createElement("b");
          b.textContent = letter;
          b.style.color = name === "only" ? "" : `var(--${name})`;
          li.append(b, text);
          return li;
        }),
      );
      this.canvas.style.height = height + "px";
    }
    const paint = [width, scale, key, look.hidden ? r.at : r.end, look.only?.length, look.theme].join();
    if (fresh || this.paint !== paint || this.only !== look.only) {
      this.paint = paint;
      this.only = look.only;
      this.back.width = width * scale;
      this.back.height = height * scale;
      this.paintMarks(r, look, shown, width, height, scale);
    }
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const g = this.canvas.getContext("2d"),
      x = (t) => (t / Math.max(1, r.end)) * (width - 1);
    if (width > 0) g.drawImage(this.back, 0, 0);
    g.scale(scale, scale);
    g.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
    for (const [t] of r.marks) g.fillRect(x(t) - 1, 0, 3, 6);
    g.fillRect(x(r.at) - 1, 0, 2.5, height);
  }

  // What stays while one moves through time is painted once.
  paintMarks(r, look, shown, width, height, scale) {
    const g = this.back.getContext("2d"),
      style = getComputedStyle(document.documentElement);
    g.scale(scale, scale);
    const last = look.hidden ? r.at : r.end,
      x = (t) => (t / Math.max(1, r.end)) * (width - 1);
    g.fillStyle = style.getPropertyValue("--line");
    shown.forEach((_, i) => g.fillRect(0, i * laneHeight + laneHeight - 1, width, 1));
    this.statements(g, r, x, height, style, last);
    shown.forEach(([name], i) => {
      g.fillStyle = style.getPropertyValue(name === "only" ? "--ink" : "--" + name);
      let drawn = -9;
      for (const t of name === "only" ? look.only : r.lanes[name]) {
        if (t > last) break;
        const at = x(t);
        if (at - drawn < 1) continue;
        drawn = at;
        shape(g, name, at, i * laneHeight + laneHeight / 2);
      }
    });
  }

  // A thin line at the end of each statement, while there is room for them.
  statements(g, r, x, height, style, last) {
    if (r.statements.length > 150) return;
    g.fillStyle = style.getPropertyValue("--line");
    for (const s of r.statements) if (s.end <= last) g.fillRect(x(s.end), 0, 1, height);
  }

  drawCharts(r, fresh, look) {
    if (fresh) {
      for (const c of r.series.values()) c.painted = undefined;
      this.charts.replaceChildren(
        ...[...r.series].map(([id, c]) => {
          const div = document.createElement("div"),
            canvas = document.createElement("canvas"),
            b = document.createElement("b");
          div.append(c.name === "swap" ? "swapped" : c.name, canvas, b);
          div.id = "chart-" + id;
          div.title = `pages ${c.name} over time`;
          return div;
        }),
      );
    }
    for (const [id, c] of r.series) {
      const div = document.getElementById("chart-" + id),
        canvas = div.querySelector("canvas");
      div.hidden = c.name === "swap" && c.values.every((v) => v === 0);
      div.querySelector("b").textContent = r.cells(id)[0];
      if (!div.hidden) curve(canvas, r, c, look);
    }
  }
}

// The shapes tell the lanes apart as well as the colours do.
function shape(g, name, x, y) {
  g.beginPath();
  switch (name) {
    case "call":
      g.rect(x - 1, y - 6, 2, 11);
      break;
    case "minor":
      g.arc(x, y, 2.6, 0, 7);
      break;
    case "major":
      g.moveTo(x, y - 6);
      g.lineTo(x + 4.5, y + 4);
      g.lineTo(x - 4.5, y + 4);
      break;
    case "copy":
      g.rect(x - 1, y - 5, 2, 9);
      g.rect(x - 4, y - 1.5, 8, 2);
      break;
    case "io":
      g.rect(x - 2.5, y - 4, 5, 8);
      break;
    case "reclaim":
      g.moveTo(x, y + 5);
      g.lineTo(x + 4.5, y - 4);
      g.lineTo(x - 4.5, y - 4);
      break;
    default:
      g.moveTo(x, y - 5);
      g.lineTo(x + 4, y);
      g.lineTo(x, y + 5);
      g.lineTo(x - 4, y);
  }
  g.fill();
}

// A curve is painted once; the moment is a line of its own over it.
function curve(canvas, r, c, look) {
  const width = 90,
    height = 18,
    scale = 2;
  if (c.painted !== look.theme) {
    c.painted = look.theme;
    c.back = document.createElement("canvas");
    c.back.width = canvas.width = width * scale;
    c.back.height = canvas.height = height * scale;
    const g = c.back.getContext("2d");
    g.scale(scale, scale);
    const low = c.values.reduce((a, b) => Math.min(a, b)),
      high = c.values.reduce((a, b) => Math.max(a, b));
    const y = (v) => height - 2 - (high === low ? 0 : ((v - low) / (high - low)) * (height - 4));
    g.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--soft");
    g.lineWidth = 1.4;
    g.beginPath();
    for (let x = 0; x < width; x++) {
      const v = c.values[firstAbove(c.times, (x / width) * r.end) - 1];
      x === 0 ? g.moveTo(x, y(v)) : g.lineTo(x, y(v));
    }
    g.stroke();
  }
  const g = canvas.getContext("2d");
  g.clearRect(0, 0, canvas.width, canvas.height);
  g.drawImage(c.back, 0, 0);
  if (look.hidden) g.clearRect((r.at / Math.max(1, r.end)) * width * scale, 0, canvas.width, canvas.height);
  g.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  g.fillRect((r.at / Math.max(1, r.end)) * (width - 2) * scale, 0, 2 * scale, canvas.height);
}
