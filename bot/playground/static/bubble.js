// One message, or one album, as a row of a chat.
import { h, marked } from "./dom.js";
import { avatar, botAvatar, icon, tint } from "./icons.js";
import { isVisual, media } from "./media.js";
import { clockTime, t } from "./words.js";

// `group`: the messages of the row, several for an album. `how`: {out, first, last, who, faces, kept, zone, person}.
// `act`: {press, reply, more, command, react, jump}.
export function bubble(group, how, act) {
  const message = group[0];
  const words = group.find((part) => part.text) ?? message;
  const bare = ["sticker", "video_note", "dice"].includes(message.kind) && !words.text;
  const classes = ["row", how.out ? "out" : "in", how.first ? "first" : "", how.last ? "last" : "", bare ? "bare" : ""];
  return h(
    "li",
    { class: classes.join(" "), data: { id: message.id } },
    how.faces && !how.out ? h("span", { class: "face" }, how.last ? face(message) : null) : null,
    h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: "bubble", oncontextmenu: (event) => openActions(event, message, act), onclick: (event) => touched(event, message, act) },
        how.who && how.first ? h("div", { class: `who ${message.from.bot ? "tint5" : tint(message.from.id)}` }, message.from.name) : null,
        message.forwarded ? h("div", { class: "forwarded" }, t("chat.forwarded")) : null,
        message.reply ? quote(message.reply, act) : null,
        group.length > 1 ? album(group) : media(message),
        body(words, message, how, act),
        reactions(message, how, act),
        h("button", { type: "button", class: "more", "aria-label": t("chat.more"), "aria-haspopup": "menu", onclick: (event) => act.more(message, event.currentTarget) }, icon("down")),
      ),
      keyboard(message, act),
    ),
  );
}

function openActions(event, message, act) {
  event.preventDefault();
  act.more(message, event.currentTarget);
}

// On a touch screen a tap on the message opens its menu.
function touched(event, message, act) {
  if (matchMedia("(hover: none)").matches && !event.target.closest("button, a, .spoiler")) openActions(event, message, act);
}

const face = (message) => (message.from.bot ? botAvatar("small") : avatar(message.from.id, message.from.name, "small"));

function quote(reply, act) {
  return h(
    "button",
    { type: "button", class: "quote", onclick: () => act.jump(reply.id) },
    h("b", {}, reply.name),
    h("span", {}, reply.text || t("chat.media")),
  );
}

function album(group) {
  const visual = group.every(isVisual);
  return h("div", { class: visual ? `album n${Math.min(group.length, 4)}` : "files" }, group.map(media));
}

function body(words, message, how, act) {
  const meta = h(
    "span",
    { class: "meta" },
    message.edited ? h("i", {}, t("chat.edited")) : null,
    h("time", { datetime: new Date(message.at * 1000).toISOString() }, clockTime(message.at * 1000, how.zone)),
    how.out ? ticks(how.kept) : null,
  );
  if (!words.text || words.kind === "poll" || words.kind === "venue") return h("div", { class: "text none" }, meta);
  return h("div", { class: "text" }, marked(words.html, { onCommand: act.command }), meta);
}

function ticks(kept) {
  const label = t(kept ? "chat.kept" : "chat.sent");
  return h("span", { class: "ticks", title: label, role: "img", "aria-label": label }, icon(kept ? "checks" : "check"));
}

function reactions(message, how, act) {
  if (!message.reactions.length) return null;
  return h(
    "div",
    { class: "reactions" },
    message.reactions.map(({ person, emoji }) =>
      h(
        "button",
        {
          type: "button",
          class: person === how.person ? "reaction own" : "reaction",
          onclick: () => act.react(message, person === how.person ? null : emoji),
          "aria-label": t("chat.react", { emoji }),
        },
        emoji,
        h("span", { class: "by" }, person === how.bot ? botAvatar("tiny") : avatar(person, how.nameOf(person), "tiny")),
      ),
    ),
  );
}

function keyboard(message, act) {
  if (!message.buttons.length) return null;
  return h(
    "div",
    { class: "keyboard" },
    message.buttons.map((row) =>
      h(
        "div",
        { class: "keys-row" },
        row.map((button) =>
          button.url
            ? h("a", { class: "key", href: button.url, target: "_blank", rel: "noopener noreferrer" }, button.text)
            : h("button", { type: "button", class: "key", onclick: (event) => act.press(message, button, event.currentTarget) }, button.text),
        ),
      ),
    ),
  );
}

export function service(message) {
  return h("li", { class: "service", data: { id: message.id } }, h("span", {}, serviceText(message)));
}

function serviceText(message) {
  const about = message.details.service ?? {};
  const key = `service.${message.kind}`;
  if (message.kind === "forum_topic_edited" && !about.name) return t(`${key}.icon`);
  const names = Array.isArray(about) ? about.map((user) => user.first_name).join(", ") : (about.name ?? about.first_name);
  const words = t(key, { name: names ?? message.from.name });
  return words === key ? t("service.other") : words;
}

// A line about a message, for lists and quotes.
export function preview(message) {
  if (message.service) return serviceText(message);
  if (message.text) return message.text;
  return t(`kind.${message.kind}`);
}
