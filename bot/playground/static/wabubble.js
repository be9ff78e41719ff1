// A WhatsApp message as a row of a chat: text with a header and a footer, buttons or a list beneath, ticks.
import { h, marked } from "./dom.js";
import { icon } from "./icons.js";
import { media } from "./media.js";
import { clockTime, t } from "./words.js";

// `how`: {out, first, last, zone}. `act`: {tap(message, choice), list(message), more(message, anchor), jump(id)}.
export function waBubble([message], how, act) {
  const bare = message.kind === "sticker";
  const classes = ["row", how.out ? "out" : "in", how.first ? "first" : "", how.last ? "last" : "", bare ? "bare" : ""];
  const open = (event) => {
    event.preventDefault();
    act.more(message, event.currentTarget);
  };
  return h("li", { class: classes.join(" "), data: { id: message.id } },
    h("div", { class: "stack" },
      h("div", { class: "bubble", oncontextmenu: open },
        message.template ? h("div", { class: "wa-template" }, `${t("whatsapp.template")} · ${message.template}`) : null,
        message.reply ? quote(message.reply, act) : null,
        media(message),
        message.header ? h("div", { class: "wa-header" }, message.header) : null,
        body(message, how),
        message.footer ? h("div", { class: "wa-footer" }, message.footer) : null,
        beneath(message, act),
        h("button", { type: "button", class: "more", "aria-label": t("chat.more"), "aria-haspopup": "menu", onclick: open }, icon("down"))),
      reactions(message)));
}

function quote(reply, act) {
  return h("button", { type: "button", class: "quote", onclick: () => act.jump(reply.id) },
    h("b", {}, reply.name), h("span", {}, reply.text || t("chat.media")));
}

function body(message, how) {
  const meta = h("span", { class: "meta" },
    h("time", { datetime: new Date(message.at * 1000).toISOString() }, clockTime(message.at * 1000, how.zone)),
    how.out ? ticks(message) : null);
  if (!message.html) return h("div", { class: "text none" }, meta);
  return h("div", { class: "text" }, marked(message.html), meta);
}

function ticks(message) {
  const state = message.seen ? "seen" : message.kept ? "kept" : "sent";
  const label = t(`whatsapp.${state}`);
  return h("span", { class: `ticks ${state}`, title: label, role: "img", "aria-label": label }, icon(state === "sent" ? "check" : "checks"));
}

function beneath(message, act) {
  if (message.kind === "list") {
    return h("div", { class: "wa-buttons" },
      h("button", { type: "button", class: "wa-button", "aria-haspopup": "dialog", onclick: () => act.list(message) }, icon("list"), message.menu));
  }
  if (message.url) {
    return h("div", { class: "wa-buttons" },
      h("a", { class: "wa-button", href: message.url, target: "_blank", rel: "noopener noreferrer" }, message.menu));
  }
  if (!message.choices.length) return null;
  return h("div", { class: "wa-buttons" }, message.choices.map((choice) =>
    h("button", { type: "button", class: "wa-button", onclick: () => act.tap(message, choice) }, icon("reply"), choice.title)));
}

function reactions(message) {
  const all = Object.values(message.reactions);
  return all.length ? h("div", { class: "wa-reactions" }, all.map((emoji) => h("span", {}, emoji))) : null;
}
