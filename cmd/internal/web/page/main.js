// Where the recording comes from: the page itself. vmsim web also answers what is typed.
import { unpack } from "./recording.js";
import { begin, withEngine } from "./app.js";

async function post(message) {
  const reply = await fetch("/type", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(message),
  });
  const answer = await reply.json();
  if (answer.error) throw new Error(answer.error);
  return answer;
}

begin(await unpack(document.getElementById("recording").textContent.trim()));
if (document.documentElement.dataset.engine === "server") withEngine(post);
document.documentElement.dataset.ready = "yes";
performance.mark("ready");
