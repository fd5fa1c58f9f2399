// A page without a server: the model runs beside it, as WebAssembly in a worker.
import { unpack } from "./recording.js";
import { begin, withEngine } from "./app.js";

const worker = new Worker("worker.js");
const waiting = new Map();
let last = 0;
worker.addEventListener("message", (e) => {
  const { resolve, reject } = waiting.get(e.data.id);
  waiting.delete(e.data.id);
  const answer = JSON.parse(e.data.text);
  if (answer.error) reject(new Error(answer.error));
  else resolve(answer);
});
worker.addEventListener("error", () => {
  for (const w of waiting.values())
    w.reject(new Error("the model could not be loaded: vmsim.wasm has to lie beside this page"));
  waiting.clear();
});

function ask(message) {
  return new Promise((resolve, reject) => {
    waiting.set(++last, { resolve, reject });
    worker.postMessage({ id: last, text: JSON.stringify(message) });
  });
}

begin(await unpack(document.getElementById("recording").textContent.trim()));
withEngine(ask);
document.documentElement.dataset.ready = "yes";
