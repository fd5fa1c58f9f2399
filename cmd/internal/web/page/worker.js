// The model: Go's own loader runs vmsim.wasm, which then answers one line at a time.
importScripts("wasm_exec.js");

const loaded = new Promise((resolve) => {
  self.vmsimReady = resolve;
});

(async () => {
  const go = new Go();
  const bytes = await (await fetch("vmsim.wasm")).arrayBuffer();
  const { instance } = await WebAssembly.instantiate(bytes, go.importObject);
  await go.run(instance);
})().catch((err) =>
  setTimeout(() => {
    throw err;
  }),
);

self.addEventListener("message", async (e) => {
  await loaded;
  self.postMessage({ id: e.data.id, text: self.vmsim(e.data.text) });
});
