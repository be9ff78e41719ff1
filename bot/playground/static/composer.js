// Where one writes: the box, the reply or edit above it, suggestions, commands, attachments.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { t } from "./words.js";

const SAMPLES = ["photo", "document", "voice", "location", "contact", "poll", "sticker", "video"];
const ICONS = { photo: "photo", document: "file", voice: "mic", location: "pin", contact: "contact", poll: "poll", sticker: "sticker", video: "video" };
const ALBUM = ["photo", "photo", "photo"];
const TELEGRAM = [...SAMPLES.slice(0, 2), "album", ...SAMPLES.slice(2)];
const MOST_HEIGHT = 140;

export class Composer {
  // `act`: say(text, replyTo), edit(message, text), send(kind, caption, replyTo), album(kinds, caption),
  // upload(file, caption), last() -> one's own last message.
  constructor(act) {
    this.act = act;
    this.drafts = new Map();
    this.about = null; // {mode: "reply" or "edit", message}
    this.aboutBar = h("div", { class: "about", hidden: true });
    this.chips = h("div", { class: "chips", hidden: true });
    this.box = h("textarea", { rows: 1, oninput: () => this.typed(), onkeydown: (event) => this.key(event), onpaste: (event) => this.paste(event) });
    this.file = h("input", { type: "file", hidden: true, multiple: true, onchange: () => this.uploadAll(this.file.files) });
    this.commandButton = h("button", { type: "button", class: "tool", onclick: () => this.openCommands() }, icon("menu"));
    this.attachButton = h("button", { type: "button", class: "tool", onclick: () => this.openAttach() }, icon("clip"));
    this.sendButton = h("button", { type: "button", class: "send", onclick: () => this.submit() }, icon("send"));
    this.line = h("div", { class: "line" }, this.commandButton, this.attachButton, this.box, this.sendButton);
    this.keys = h("div", { class: "reply-keys", hidden: true });
    this.bar = h("div", { class: "barred", hidden: true });
    this.node = h("div", { class: "composer" }, this.chips, this.aboutBar, this.line, this.bar, this.keys, this.file);
  }

  // `place`: {key, placeholder, label, commands: [{command, description}], chips: [{label, text}], keys: [[label]],
  // barred: null or {text, label, act}, attach: [kind] where the channel has not all of them}.
  render(place) {
    if (this.place?.key !== place.key) this.change(place.key);
    this.place = place;
    this.box.placeholder = t(place.placeholder);
    this.box.setAttribute("aria-label", place.label);
    this.commandButton.hidden = !place.commands.length;
    this.commandButton.setAttribute("aria-label", t("chat.commands"));
    this.attachButton.setAttribute("aria-label", t("chat.attach"));
    this.sendButton.setAttribute("aria-label", t(this.about?.mode === "edit" ? "chat.save" : "chat.send"));
    this.line.hidden = Boolean(place.barred);
    this.bar.hidden = !place.barred;
    this.bar.replaceChildren(...barred(place.barred));
    this.showChips();
    this.showKeys();
    this.typed();
  }

  change(key) {
    if (this.place) this.drafts.set(this.place.key, this.box.value);
    this.leave();
    this.box.value = this.drafts.get(key) ?? "";
    this.shownChips = null;
  }

  showChips() {
    const wanted = this.box.value || this.about || this.place.barred ? [] : this.place.chips;
    const signature = JSON.stringify(wanted);
    if (signature === this.shownChips) return;
    this.shownChips = signature;
    this.chips.hidden = !wanted.length;
    this.chips.setAttribute("aria-label", t("suggest"));
    this.chips.replaceChildren(...wanted.map((chip) => h("button", { type: "button", class: "chip", onclick: () => this.act.say(chip.text, null) }, chip.label)));
  }

  showKeys() {
    this.keys.hidden = !this.place.keys.length;
    this.keys.replaceChildren(...this.place.keys.map((row) =>
      h("div", { class: "keys-row" }, row.map((label) => h("button", { type: "button", class: "reply-key", onclick: () => this.act.say(label, null) }, label)))));
  }

  typed() {
    this.box.style.height = "auto";
    const height = this.box.scrollHeight; // 0 while the pane is hidden
    if (height) this.box.style.height = `${Math.min(height, MOST_HEIGHT)}px`;
    this.sendButton.classList.toggle("ready", Boolean(this.box.value.trim()));
    if (this.place) this.showChips();
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && this.about) {
      event.preventDefault();
      this.leave({ clear: this.about.mode === "edit" });
    } else if (event.key === "ArrowUp" && !this.box.value && !this.about) {
      const last = this.act.last();
      if (last) {
        event.preventDefault();
        this.begin("edit", last);
      }
    }
  }

  async submit() {
    const text = this.box.value.trim();
    if (!text) return;
    const about = this.about;
    this.box.value = "";
    this.leave();
    const done = about?.mode === "edit" ? this.act.edit(about.message, text) : this.act.say(text, about?.message.id ?? null);
    if (!(await done) && !this.box.value) this.box.value = text;
    this.typed();
  }

  begin(mode, message) {
    this.about = { mode, message };
    if (mode === "edit") this.box.value = message.text;
    this.aboutBar.hidden = false;
    this.aboutBar.replaceChildren(
      icon(mode === "edit" ? "edit" : "reply"),
      h("span", { class: "about-text" },
        h("b", {}, mode === "edit" ? t("chat.editing") : t("chat.replying", { name: message.from.name })),
        h("span", {}, message.text || t(`kind.${message.kind}`))),
      h("button", { type: "button", class: "tool", "aria-label": t("chat.cancel"), onclick: () => this.leave({ clear: mode === "edit" }) }, icon("close")),
    );
    this.typed();
    this.box.focus();
  }

  leave({ clear = false } = {}) {
    if (clear) this.box.value = "";
    this.about = null;
    this.aboutBar.hidden = true;
    this.typed();
  }

  openCommands() {
    const items = this.place.commands.map(({ command, description, fill }) => ({
      label: command,
      hint: description,
      act: () => (fill ? this.fill(fill) : this.act.say(command, null)),
    }));
    openMenu(this.commandButton, { label: t("chat.commands"), items });
  }

  fill(text) {
    this.box.value = text;
    this.typed();
    this.box.focus();
  }

  openAttach() {
    const sample = (kind) => ({ label: t(`kind.${kind}`), icon: ICONS[kind], act: () => this.attach((caption, reply) => this.act.send(kind, caption, reply)) });
    const album = { label: t("kind.album"), icon: "album", act: () => this.attach((caption) => this.act.album(ALBUM, caption)) };
    const items = (this.place.attach ?? TELEGRAM).map((kind) => (kind === "album" ? album : sample(kind)));
    const upload = { label: t("kind.upload"), icon: "upload", act: () => this.file.click() };
    openMenu(this.attachButton, { label: t("chat.attach"), items: [...items, upload], hint: t("chat.attach.hint") });
  }

  async attach(send) {
    const caption = this.box.value.trim();
    const reply = this.about?.mode === "reply" ? this.about.message.id : null;
    if (!(await send(caption, reply))) return;
    this.box.value = "";
    this.leave();
  }

  async uploadAll(files) {
    for (const file of files) await this.attach((caption) => this.act.upload(file, caption));
    this.file.value = "";
  }

  paste(event) {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    this.uploadAll([...event.clipboardData.files]);
  }
}

function barred(how) {
  if (!how) return [];
  return [h("span", {}, how.text), how.act ? h("button", { type: "button", class: "plain", onclick: how.act }, how.label) : null].filter(Boolean);
}
