// The phones with WhatsApp: the same desk, another channel.
import { arrange, h, Keyed } from "./dom.js";
import { attempt, copy } from "./chat.js";
import { Composer } from "./composer.js";
import { avatar, botAvatar, icon } from "./icons.js";
import { Log } from "./log.js";
import { ask, note, openMenu } from "./menu.js";
import { model } from "./model.js";
import { order, upload } from "./server.js";
import { suggestions } from "./user.js";
import { waBubble } from "./wabubble.js";
import { clockTime, dayKey, moment, t } from "./words.js";

const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const ATTACH = ["photo", "document", "voice", "location", "contact", "sticker", "video"];

export class WhatsAppPane {
  constructor(root, changed) {
    this.changed = changed;
    this.people = new Keyed();
    this.switcher = h("div", { class: "people", role: "group" });
    this.time = h("time");
    this.title = h("b");
    this.below = h("span", { class: "below" });
    this.menuButton = h("button", { type: "button", class: "tool", "aria-haspopup": "menu", onclick: () => this.openMenu() }, icon("more"));
    this.log = new Log({
      tap: (message, choice) => this.order("tap", { message: message.id, choice: choice.id, label: choice.title }),
      list: (message) => this.openList(message),
      more: (message, anchor) => this.openActions(message, anchor),
    }, waBubble);
    this.composer = new Composer({
      say: (text, reply) => this.say(text, reply),
      send: (kind, caption, reply) => this.order("send", { kind, caption: caption || "", reply_to: reply }),
      upload: (file, caption) => attempt(() => upload({ whatsapp: this.person.id, caption, file })),
      last: () => null,
    });
    this.sheet = h("div", { class: "wa-sheet", hidden: true });
    this.chat = h("div", { class: "chat" }, this.log.node, this.composer.node, this.sheet);
    root.append(
      this.switcher,
      h("div", { class: "phone card" },
        h("div", { class: "phone-top", "aria-hidden": "true" }, this.time, h("span", { class: "phone-signs" }, h("i"), h("i"), h("i"))),
        h("div", { class: "head" }, botAvatar(), h("div", { class: "head-text" }, this.title, this.below), this.menuButton),
        this.chat),
    );
  }

  render() {
    const people = model.whatsapp();
    if (!people.length) return;
    const person = people.find((one) => one.id === model.wa) ?? people[0];
    if (person.id !== this.person?.id) this.closeSheet();
    this.person = person;
    this.renderSwitcher(people);
    this.title.textContent = model.state.whatsapp.name;
    this.menuButton.setAttribute("aria-label", t("chat.menu"));
    const place = this.place(person);
    this.log.render(place);
    this.composer.render(place);
    this.tick();
  }

  tick() {
    if (!this.person) return;
    this.time.textContent = clockTime(model.now(), model.desk.office.zone);
    this.below.textContent = this.person.typing ? t("chat.typing") : windowText(this.person);
    this.below.classList.toggle("shut", !this.person.typing && !isOpen(this.person));
  }

  // Whoever has the chat on the screen has read it, and the office is told.
  markSeen() {
    const { person } = this;
    if (!person || this.reading) return;
    model.markSeen(`w${person.id}`, person.messages);
    if (!person.connected || !person.messages.some((message) => message.from.bot && ["sent", "delivered"].includes(message.status))) return;
    this.reading = true;
    attempt(() => order({ act: "wa_read", number: person.id })).finally(() => (this.reading = false));
  }

  place(person) {
    return {
      key: `w${person.id}`,
      person: person.id,
      messages: person.messages,
      bot: 0,
      nameOf: () => person.name,
      out: (message) => !message.from.bot,
      kept: (message) => message.kept,
      faces: false,
      who: false,
      zone: model.desk.office.zone,
      introKey: ["whatsapp", person.name],
      intro: () => intro(person, (text) => this.say(text, null)),
      placeholder: "chat.write",
      label: `${t("chat.write")} (WhatsApp, ${person.name})`,
      commands: [],
      chips: suggestions({ ...person, language_code: "id" }),
      keys: [],
      attach: ATTACH,
      barred: this.barred(person),
    };
  }

  barred(person) {
    if (!person.connected) return { text: t("whatsapp.off.text"), label: t("whatsapp.switch.on"), act: () => this.order("connect") };
    if (person.blocked) return { text: t("whatsapp.blocked"), label: t("whatsapp.unblock"), act: () => this.order("unblock") };
    return null;
  }

  order(act, more = {}) {
    return attempt(() => order({ act: `wa_${act}`, number: this.person.id, ...more }));
  }

  say(text, reply) {
    this.log.toEnd();
    return this.order("say", { text, reply_to: reply });
  }

  // What the phone does with a list message: a sheet from below with its rows, one to be chosen, then sent.
  openList(message) {
    const name = `list-${message.id}`;
    const send = h("button", { type: "button", class: "wa-send", disabled: true, onclick: () => this.sendRow(message) }, t("whatsapp.list.send"));
    const rows = message.choices.map((choice) =>
      h("label", { class: "wa-row" },
        h("span", { class: "row-text" }, h("b", {}, choice.title), choice.description ? h("small", {}, choice.description) : null),
        h("input", { type: "radio", name, value: choice.id, onchange: () => (send.disabled = false) })));
    const close = h("button", { type: "button", class: "tool", "aria-label": t("chat.cancel"), onclick: () => this.closeSheet() }, icon("close"));
    this.sheet.replaceChildren(
      h("div", { class: "wa-sheet-card", role: "dialog", "aria-label": message.menu, onkeydown: (event) => event.key === "Escape" && this.closeSheet() },
        h("div", { class: "wa-sheet-head" }, close, h("b", {}, message.menu)),
        h("p", {}, t("whatsapp.choose")),
        h("div", { class: "wa-rows" }, rows), send));
    this.sheet.hidden = false;
    this.sheet.querySelector("input").focus();
  }

  sendRow(message) {
    const chosen = this.sheet.querySelector("input:checked").value;
    const choice = message.choices.find((one) => one.id === chosen);
    this.closeSheet();
    this.order("tap", { message: message.id, choice: choice.id, label: choice.title });
  }

  closeSheet() {
    this.sheet.hidden = true;
    this.sheet.replaceChildren();
  }

  openActions(message, anchor) {
    const mine = message.reactions.user;
    const faces = h("div", { class: "faces" }, REACTIONS.map((emoji) =>
      h("button", { type: "button", role: "menuitem", class: emoji === mine ? "on" : "", "aria-label": t("chat.react", { emoji }),
        onclick: () => this.react(message, emoji === mine ? null : emoji) }, emoji)));
    const items = [
      { label: t("chat.reply"), icon: "reply", act: () => this.composer.begin("reply", message) },
      message.text && { label: t("chat.copy"), icon: "copy", act: () => copy(message.text) },
    ].filter(Boolean);
    openMenu(anchor, { label: t("chat.more"), items, top: [faces] });
  }

  react(message, emoji) {
    document.querySelector(".menu")?.hidePopover();
    this.order("react", { message: message.id, emoji });
  }

  openMenu() {
    const { connected, blocked } = this.person;
    openMenu(this.menuButton, { label: t("chat.menu"), items: [
      { label: t(connected ? "whatsapp.switch.off" : "whatsapp.switch.on"), icon: "power", act: () => this.order(connected ? "disconnect" : "connect") },
      { label: t("whatsapp.number"), hint: t("whatsapp.number.hint"), icon: "phone", act: () => this.changeNumber() },
      { label: t(blocked ? "whatsapp.unblock" : "whatsapp.block"), icon: "block", danger: !blocked, act: () => this.order(blocked ? "unblock" : "block") },
    ] });
  }

  changeNumber() {
    return attempt(async () => {
      const { id, name } = this.person;
      model.wa = await order({ act: "wa_change_number", number: id });
      model.remember();
      note(t("whatsapp.numbered", { name, number: `+${model.wa}` }));
    });
  }

  renderSwitcher(people) {
    this.switcher.setAttribute("aria-label", t("user.pick"));
    const items = people.map((person) => this.switch(person));
    const add = h("button", { type: "button", class: "person add", title: t("user.add"), "aria-label": t("user.add"), onclick: () => this.add() }, icon("add"));
    arrange(this.switcher, [...this.people.nodes(items), add]);
  }

  switch(person) {
    const chosen = person.id === this.person.id;
    const unread = chosen ? 0 : model.unread(`w${person.id}`, person.messages, person.id);
    const draw = () =>
      h("button", { type: "button", class: "person", "aria-pressed": String(chosen), title: person.name, onclick: () => this.choose(person.id) },
        avatar(person.id, person.name),
        h("span", { class: "person-name" }, person.first_name, h("small", {}, person.shown ? "WhatsApp" : "BSUID")),
        unread ? h("span", { class: "unread", "aria-label": t("staff.unread", { n: unread }) }, unread) : null);
    return { key: person.id, content: [person.name, chosen, unread], draw };
  }

  choose(id) {
    model.wa = id;
    model.remember();
    this.changed();
  }

  async add() {
    const name = h("input", { type: "text", required: true, maxLength: 60, autocomplete: "off", value: t("user.sample") });
    const hidden = h("input", { type: "checkbox" });
    const body = h("div", { class: "fields" }, h("label", {}, t("user.name"), name), h("label", { class: "check" }, hidden, t("whatsapp.hidden")));
    const waiting = ask({ title: t("user.add"), body, buttons: [{ label: t("chat.cancel") }, { label: t("user.add"), value: () => [name.value.trim(), hidden.checked] }] });
    name.select();
    const chosen = await waiting;
    if (!chosen?.[0]) return;
    await attempt(async () => {
      model.wa = await order({ act: "wa_add", name: chosen[0], shows_number: !chosen[1] });
      model.remember();
    });
  }
}

const isOpen = (person) => person.window !== null && new Date(person.window) > model.now();

function windowText(person) {
  if (person.window === null) return t("whatsapp.new");
  if (!isOpen(person)) return t("whatsapp.shut");
  const { zone } = model.desk.office;
  const until = new Date(person.window);
  const sameDay = dayKey(until, zone) === dayKey(model.now(), zone);
  const when = sameDay ? clockTime(until, zone) : moment(until, zone, { weekday: "short", hour: "2-digit", minute: "2-digit" });
  return t("whatsapp.open", { when });
}

function intro(person, say) {
  const office = model.desk.office.name;
  return h("li", { class: "intro" },
    botAvatar("huge"),
    h("h3", {}, t("whatsapp.intro.title", { office })),
    h("p", {}, t("whatsapp.intro.text", { name: person.first_name })),
    h("p", { class: "lead" }, t("intro.start")),
    h("button", { type: "button", class: "go", onclick: () => say(t("suggest.question")) }, t("suggest.question")),
    h("button", { type: "button", class: "go second", onclick: () => say("/mulai") }, "/mulai"));
}
