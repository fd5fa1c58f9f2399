// The dialogs that take something in or give something out.
import { element, showDialog } from "./ask.js";

const $ = (id) => document.getElementById(id);

// gotoDialog asks for a moment.
export function gotoDialog(recording, goto) {
  const input = element("input", { type: "number", min: 0, max: recording.end, value: recording.at, name: "t" });
  const form = element(
    "form",
    {},
    element("label", {}, "Moment, a number of steps: ", input),
    element("button", { textContent: "Go", className: "primary" }),
  );
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    $("dialog").close();
    goto(Number(input.value));
  });
  showDialog("Go to", form);
  input.select();
}

// share copies a link, the program, or what it has answered so far.
export function share(r) {
  const copy = async (what, text) => {
    try {
      await navigator.clipboard.writeText(text);
      $("shared").textContent = `${what} is in the clipboard.`;
    } catch {
      const area = $("share-text");
      area.hidden = false;
      area.value = text;
      area.select();
      $("shared").textContent = "The browser does not let the page copy; the text is here:";
    }
  };
  const asText = () =>
    r.statements
      .filter((s) => s.end <= r.at && s.end > s.begin)
      .map((s) => s.answer)
      .join("\n") + "\n";
  const button = (name, what, text) => element("button", { textContent: name, onclick: () => copy(what, text()) });
  const area = element("textarea", { id: "share-text", hidden: true, rows: 8, cols: 70 });
  area.setAttribute("aria-label", "what was to be copied");
  showDialog(
    "Share",
    element(
      "p",
      {},
      button("Copy link", "The link", () => location.href),
      " ",
      button("Copy as .vms", "The program", () => r.program),
      " ",
      button("Copy as text", "The text", asText),
    ),
    element("p", { id: "shared" }),
    area,
  );
}
