// Making nodes. Text always becomes text nodes: nothing here, or anywhere on the page, takes markup from people.

export function h(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key in node && key !== "list" && !key.startsWith("aria")) node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const ALLOWED = { B: "b", I: "i", U: "u", S: "s", CODE: "code", PRE: "pre", BLOCKQUOTE: "blockquote" };
const parser = new DOMParser();

// A message's text with its marks. The stand-in sends it as HTML; it is read in an inert document and built anew from
// the few elements Telegram knows.
export function marked(html, { onCommand } = {}) {
  const source = parser.parseFromString(`<body>${html}`, "text/html").body;
  return [...source.childNodes].map((node) => rebuilt(node, onCommand));
}

function rebuilt(node, onCommand) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  const inside = [...node.childNodes].map((child) => rebuilt(child, onCommand));
  if (node.nodeName in ALLOWED) return h(ALLOWED[node.nodeName], {}, inside);
  if (node.nodeName === "A" && /^(https?|tg):\/\//.test(node.getAttribute("href") ?? "")) {
    return h("a", { href: node.getAttribute("href"), target: "_blank", rel: "noopener noreferrer" }, inside);
  }
  if (node.className === "bot_command" && onCommand) {
    return h("button", { type: "button", class: "command", onclick: () => onCommand(node.textContent) }, inside);
  }
  if (node.className === "spoiler") {
    return h("span", { class: "spoiler", onclick: (event) => event.currentTarget.classList.add("open") }, inside);
  }
  return h("span", { class: node.nodeName === "SPAN" ? "entity" : "" }, inside);
}

// Drawings of our own, from constant text.
const drawn = new Map();

export function drawing(markup) {
  if (!drawn.has(markup)) {
    drawn.set(markup, new DOMParser().parseFromString(markup, "image/svg+xml").documentElement);
  }
  return document.importNode(drawn.get(markup), true);
}

// Puts `nodes` into `parent` and leaves alone those that already stand where they belong.
export function arrange(parent, nodes) {
  nodes.forEach((node, place) => {
    if (parent.childNodes[place] !== node) parent.insertBefore(node, parent.childNodes[place] ?? null);
  });
  while (parent.childNodes.length > nodes.length) parent.lastChild.remove();
}

// Draws again only what changed: the same key and the same content give the same node.
export class Keyed {
  constructor() {
    this.kept = new Map();
  }

  nodes(items) {
    const next = new Map();
    const nodes = items.map(({ key, content, draw }) => {
      const signature = JSON.stringify(content);
      const old = this.kept.get(key);
      const entry = old?.signature === signature ? old : { signature, node: draw(old?.node) };
      next.set(key, entry);
      return entry.node;
    });
    this.kept = next;
    return nodes;
  }

  clear() {
    this.kept.clear();
  }
}
