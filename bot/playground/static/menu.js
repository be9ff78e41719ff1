// One menu and one dialogue at a time, in the browser's top layer; and the little notes at the page's edge.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./words.js";

const NOTE_SECONDS = 4;
const ALERT_SECONDS = 12;
const EDGE = 8;

let menu = null;

// Opens a menu beside `anchor`. `items`: [{label, icon, act, danger}]; `top`: nodes above them; `hint`: a line below.
export function openMenu(anchor, { label, items, top = [], hint = "" }) {
  closeMenu();
  const buttons = items.map((item) =>
    h(
      "button",
      { type: "button", role: "menuitem", class: item.danger ? "danger" : "", onclick: () => choose(item.act) },
      item.icon ? icon(item.icon) : null,
      h("span", {}, item.label, item.hint ? h("small", {}, item.hint) : null),
    ),
  );
  menu = h("div", { class: "menu", role: "menu", popover: "auto", "aria-label": label }, top, buttons, hint ? h("p", {}, hint) : null);
  menu.addEventListener("keydown", walk);
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "closed") event.currentTarget.remove();
  });
  document.body.append(menu);
  menu.showPopover();
  place(menu, anchor.getBoundingClientRect());
  menu.querySelector("button")?.focus();
  menu.opener = anchor;
}

export function closeMenu() {
  if (menu?.isConnected) menu.hidePopover();
  menu = null;
}

function choose(act) {
  const opener = menu?.opener;
  closeMenu();
  opener?.focus();
  act();
}

function walk(event) {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
  buttons[next].focus();
}

function place(node, around) {
  const { width, height } = node.getBoundingClientRect();
  const left = Math.min(Math.max(EDGE, around.right - width), innerWidth - width - EDGE);
  const below = around.bottom + 6;
  const top = below + height < innerHeight - EDGE ? below : Math.max(EDGE, around.top - height - 6);
  node.style.left = `${Math.max(EDGE, left)}px`;
  node.style.top = `${top}px`;
}

// A dialogue; resolves with what `done` was called with, or null when it was left.
export function ask({ title, body, buttons }) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { class: "ask", "aria-label": title },
      h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); finish(buttons.at(-1).value()); } },
        h("h2", {}, title),
        body,
        h("div", { class: "ask-buttons" }, buttons.map((button, place) =>
          h("button", {
            type: place === buttons.length - 1 ? "submit" : "button",
            class: button.danger ? "plain danger" : "plain",
            onclick: place === buttons.length - 1 ? null : () => finish(null),
          }, button.label))),
      ),
    );
    function finish(value) {
      dialog.close();
      dialog.remove();
      resolve(value);
    }
    dialog.addEventListener("cancel", () => finish(null));
    dialog.addEventListener("click", (event) => event.target === dialog && finish(null));
    document.body.append(dialog);
    dialog.showModal();
  });
}

// A note to whoever plays; `alert`: one that stays until it was read.
export function note(text, { alert = false, bad = false } = {}) {
  const kind = alert ? "note alert" : bad ? "note bad" : "note";
  const node = h("div", { class: kind }, h("span", {}, text), alert ? h("button", { type: "button", class: "plain", onclick: gone }, t("ok")) : null);
  function gone() {
    node.remove();
  }
  setTimeout(gone, (alert ? ALERT_SECONDS : NOTE_SECONDS) * 1000);
  document.getElementById("notes").append(node);
}
