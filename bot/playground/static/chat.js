// A chat as one person has it open: the log, the composer, and what can be done with a message.
import { h } from "./dom.js";
import { Composer } from "./composer.js";
import { Log } from "./log.js";
import { note, openMenu } from "./menu.js";
import { order, upload, Refusal } from "./server.js";
import { known, t } from "./words.js";

const REACTIONS = ["👍", "❤", "🔥", "🙏", "👏", "😢"];
const EDITABLE = ["text", "photo", "video", "document", "audio", "voice", "animation"];
const BUSY_MS = 2500;
const REFUSALS = { TOPIC_CLOSED: "error.closed", "the bot is blocked": "error.blocked", "older than 48 hours": "error.old" };

// Does it, and says why not when it does not work; true when it did.
export async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) note(t("error.lost"), { bad: true });
    else {
      const reason = Object.keys(REFUSALS).find((key) => error.message.includes(key));
      note(t(REFUSALS[reason] ?? "error.other", { error: error.message.replace(/^\w+: /, "") }), { bad: true });
    }
    return false;
  }
}

export class Chat {
  constructor() {
    this.log = new Log({
      press: (message, button, node) => this.press(message, button, node),
      more: (message, anchor) => this.openActions(message, anchor),
      command: (text) => this.say(text, null),
      react: (message, emoji) => this.order("react", { message: message.id, emoji }),
    });
    this.composer = new Composer({
      say: (text, reply) => this.say(text, reply),
      edit: (message, text) => this.order("edit", { message: message.id, [message.kind === "text" ? "text" : "caption"]: text }),
      send: (kind, caption, reply) => this.order("send", { kind, caption: caption || null, reply_to: reply }),
      album: (kinds, caption) => this.order("album", { kinds, caption: caption || null }),
      upload: (file, caption) => attempt(() => upload({ person: this.place.person, topic: this.place.topic, caption, file })),
      last: () => this.place.messages.findLast((message) => message.from.id === this.place.person && EDITABLE.includes(message.kind)),
    });
    this.node = h("div", { class: "chat" }, this.log.node, this.composer.node);
  }

  // `place`: what Log and Composer need, and topic (undefined: the private chat; null: General; or a number).
  render(place) {
    const news = place.messages.at(-1)?.id !== this.place?.messages.at(-1)?.id;
    this.place = place;
    this.log.render(place);
    if (news) this.node.querySelectorAll(".key.busy").forEach((key) => key.classList.remove("busy"));
    this.composer.render(place);
  }

  order(act, more) {
    const { person, topic } = this.place;
    return attempt(() => order({ act, person, ...(topic === undefined ? {} : { topic }), ...more }));
  }

  say(text, reply) {
    this.log.toEnd();
    return this.order("say", { text, reply_to: reply });
  }

  async press(message, button, node) {
    node.classList.add("busy");
    setTimeout(() => node.classList.remove("busy"), BUSY_MS);
    await this.order("press_data", { message: message.id, data: button.data });
  }

  openActions(message, anchor) {
    const own = message.from.id === this.place.person;
    const mine = message.reactions.find((reaction) => reaction.person === this.place.person)?.emoji;
    const faces = h("div", { class: "faces" }, REACTIONS.map((emoji) =>
      h("button", { type: "button", role: "menuitem", class: emoji === mine ? "on" : "", "aria-label": t("chat.react", { emoji }),
        onclick: () => this.react(message, emoji === mine ? null : emoji) }, emoji)));
    const items = [
      { label: t("chat.reply"), icon: "reply", act: () => this.composer.begin("reply", message) },
      own && EDITABLE.includes(message.kind) && { label: t("chat.edit"), icon: "edit", act: () => this.composer.begin("edit", message) },
      message.text && { label: t("chat.copy"), icon: "copy", act: () => copy(message.text) },
      own && { label: t("chat.delete"), icon: "trash", danger: true, act: () => this.order("delete", { message: message.id }) },
    ].filter(Boolean);
    openMenu(anchor, { label: t("chat.more"), items, top: [faces] });
  }

  react(message, emoji) {
    document.querySelector(".menu")?.hidePopover();
    this.order("react", { message: message.id, emoji });
  }
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    note(t("chat.copied"));
  } catch {
    note(text, { alert: true });
  }
}

export const typing = (place) => {
  if (!place.typing) return null;
  return t(place.typing === "typing" ? "chat.typing" : "chat.sending");
};

export const roleWord = (role) => (known(`user.${role}`) ? t(`user.${role}`) : null);
