// What the page asks of the playground; bot/playground/control.py and page.py describe the shapes.

export class Refusal extends Error {}

async function ask(path, options = {}) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  const body = await answer.json();
  if (!answer.ok) throw new Refusal(body.error ?? String(answer.status));
  return body;
}

const post = (path, body) => ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const getState = () => ask("/play/state");
export const getDesk = () => ask("/play/desk");
export const order = async (what) => (await post("/play/do", what)).result;
export const killDesk = () => post("/play/desk", { act: "kill" });
export const addFault = (fault) => post("/play/faults", fault);
export const mend = () => ask("/play/faults", { method: "DELETE" });

export async function upload({ person, whatsapp, topic, caption, file }) {
  const form = new FormData();
  if (whatsapp) form.set("whatsapp", whatsapp);
  else form.set("person", person);
  if (topic !== undefined) form.set("topic", topic ?? "");
  if (caption) form.set("caption", caption);
  form.set("file", file, file.name || "tempel.png");
  return ask("/play/upload", { method: "POST", body: form });
}

// Calls `changed` at each change of the world, and `cut(true)` / `cut(false)` as the line goes and comes back.
export function listen(changed, cut) {
  const events = new EventSource("/play/events");
  events.addEventListener("changed", changed);
  events.addEventListener("open", () => cut(false));
  events.addEventListener("error", () => cut(true));
}
