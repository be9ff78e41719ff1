// The phones of the public (and the supervisor's and admin's own chats with the bot).
import { arrange, h, Keyed } from "./dom.js";
import { attempt, Chat, roleWord, typing } from "./chat.js";
import { avatar, botAvatar, icon } from "./icons.js";
import { ask, note, openMenu } from "./menu.js";
import { model } from "./model.js";
import { order } from "./server.js";
import { clockTime, t } from "./words.js";

const COMMANDS = ["/mulai", "/status", "/standar", "/pengaduan", "/privasi", "/bahasa", "/bantuan", "/batal"];
const ADMIN_COMMANDS = ["/report", "/sla", "/petugas", "/antrean"];

export class UserPane {
  constructor(root, changed) {
    this.changed = changed;
    this.people = new Keyed();
    this.switcher = h("div", { class: "people", role: "group" });
    this.time = h("time");
    this.title = h("b");
    this.below = h("span", { class: "below" });
    this.menuButton = h("button", { type: "button", class: "tool", "aria-haspopup": "menu", onclick: () => this.openMenu() }, icon("more"));
    this.chat = new Chat();
    this.toasts = new Map();
    root.append(
      this.switcher,
      h("div", { class: "phone card" },
        h("div", { class: "phone-top", "aria-hidden": "true" }, this.time, h("span", { class: "phone-signs" }, h("i"), h("i"), h("i"))),
        h("div", { class: "head" }, botAvatar(), h("div", { class: "head-text" }, this.title, this.below), this.menuButton),
        this.chat.node),
    );
  }

  render() {
    const person = model.person(model.me) ?? model.publicPeople()[0];
    this.person = person;
    this.renderSwitcher();
    this.title.textContent = model.state.bot.name;
    this.below.textContent = typing(person) ?? t("chat.bot");
    this.below.classList.toggle("typing", Boolean(person.typing));
    this.menuButton.setAttribute("aria-label", t("chat.menu"));
    this.chat.render(this.place(person));
    this.showToasts(person);
    this.tick();
  }

  tick() {
    this.time.textContent = clockTime(model.now(), model.desk.office.zone);
  }

  place(person) {
    const unkept = model.unkept(person.id);
    const role = model.role(person.id);
    return {
      key: `p${person.id}`,
      person: person.id,
      topic: undefined,
      messages: person.messages,
      bot: model.state.bot.id,
      nameOf: () => person.name,
      out: (message) => message.from.id === person.id,
      kept: (message) => !unkept.has(message.id),
      faces: false,
      who: false,
      zone: model.desk.office.zone,
      introKey: [role, person.name],
      intro: () => intro(person, role, (text) => this.chat.say(text, null)),
      placeholder: "chat.write",
      label: `${t("chat.write")} (${person.name})`,
      commands: commands(role),
      chips: role === "public" ? suggestions(person) : [],
      keys: person.keyboard,
      barred: person.blocked ? { text: t("user.blocked"), label: t("user.unblock"), act: () => this.order("unblock") } : null,
    };
  }

  order(act) {
    return attempt(() => order({ act, person: this.person.id }));
  }

  renderSwitcher() {
    this.switcher.setAttribute("aria-label", t("user.pick"));
    const items = model.phones().map((person) => this.switch(person));
    const add = h("button", { type: "button", class: "person add", title: t("user.add"), "aria-label": t("user.add"), onclick: () => this.add() }, icon("add"));
    arrange(this.switcher, [...this.people.nodes(items), add]);
  }

  switch(person) {
    const chosen = person.id === this.person.id;
    const unread = chosen ? 0 : model.unread(`p${person.id}`, person.messages, person.id);
    const role = roleWord(model.role(person.id));
    const draw = () =>
      h("button", { type: "button", class: "person", "aria-pressed": String(chosen), title: person.name, onclick: () => this.choose(person.id) },
        avatar(person.id, person.name),
        h("span", { class: "person-name" }, person.first_name, role ? h("small", {}, role) : h("small", {}, person.language_code.toUpperCase())),
        unread ? h("span", { class: "unread", "aria-label": t("staff.unread", { n: unread }) }, unread) : null);
    return { key: person.id, content: [person.name, chosen, unread, role], draw };
  }

  choose(id) {
    model.me = id;
    model.remember();
    this.changed();
  }

  async add() {
    const name = h("input", { type: "text", required: true, maxLength: 60, autocomplete: "off", value: t("user.sample") });
    const language = h("select", {}, ["id", "en"].map((code) => h("option", { value: code }, t(`user.language.${code}`))));
    const body = h("div", { class: "fields" }, h("label", {}, t("user.name"), name), h("label", {}, t("user.language"), language));
    const waiting = ask({ title: t("user.add"), body, buttons: [{ label: t("chat.cancel") }, { label: t("user.add"), value: () => [name.value.trim(), language.value] }] });
    name.select();
    const chosen = await waiting;
    if (!chosen?.[0]) return;
    const [first, ...rest] = chosen[0].split(/\s+/);
    await attempt(async () => {
      model.me = await order({ act: "add_person", first_name: first, last_name: rest.join(" ") || null, language_code: chosen[1] });
      model.remember();
    });
  }

  openMenu() {
    const { blocked } = this.person;
    const item = { label: t(blocked ? "user.unblock" : "user.block"), icon: "block", danger: !blocked, act: () => this.order(blocked ? "unblock" : "block") };
    openMenu(this.menuButton, { label: t("chat.menu"), items: [item] });
  }

  // What the bot answered to presses since the last look.
  showToasts() {
    for (const person of model.state.people) {
      const from = this.toasts.get(person.id) ?? person.toasts.length;
      person.toasts.slice(from).forEach((toast) => note(toast.text, { alert: toast.show_alert }));
      this.toasts.set(person.id, person.toasts.length);
    }
  }
}

function commands(role) {
  const told = model.state.commands.map(({ command, description }) => ({ command: `/${command}`, description }));
  const own = told.length ? told : COMMANDS.map((command) => ({ command }));
  return role === "admin" ? [...ADMIN_COMMANDS.map((command) => ({ command })), ...own] : own;
}

function intro(person, role, say) {
  const office = model.desk.office.name;
  if (role !== "public") return h("li", { class: "intro" }, botAvatar("huge"), h("h3", {}, model.state.bot.name), h("p", {}, t(`intro.${role}`)));
  const spoken = (key) => t(key, {}, person.language_code);
  return h("li", { class: "intro" },
    botAvatar("huge"),
    h("h3", {}, t("intro.title")),
    h("p", {}, t("intro.text", { office, name: person.first_name })),
    h("p", { class: "lead" }, t("intro.start")),
    h("button", { type: "button", class: "go", onclick: () => say(spoken("suggest.question")) }, spoken("suggest.question")),
    h("button", { type: "button", class: "go second", onclick: () => say(spoken("suggest.answered")) }, spoken("suggest.answered")),
    h("button", { type: "button", class: "go second", onclick: () => say("/mulai") }, "/mulai"));
}

// What somebody playing this person may want to write next; only a help, the bot takes anything.
export function suggestions(person) {
  const last = person.messages.findLast((message) => message.from.bot && !message.service);
  const address = `${person.name.toLowerCase().normalize("NFD").replace(/[^a-z ]/g, "").trim().replace(/ +/g, ".")}@contoh.go.id`;
  const said = new Set(person.messages.filter((message) => !message.from.bot).map((message) => message.text.trim()));
  const code = model.state.mail.findLast((mail) => mail.code && mail.to.some((to) => said.has(to)));
  const spoken = (key) => t(key, {}, person.language_code);
  const NEXT = [
    [() => code && !said.has(code.code), () => ({ label: t("suggest.mail", { code: code.code }), text: code.code })],
    [() => /alamat e-mail Anda|e-mail address you/i.test(last?.text), () => ({ label: address, text: address })],
    [() => /siapa nama anda|your name\?/i.test(last?.text), () => ({ label: person.name, text: person.name })],
    [() => /^Jenis konsultasi|^Type of consultation/i.test(last?.text), () => ({ label: spoken("suggest.detail"), text: spoken("suggest.detail") })],
  ];
  return NEXT.filter(([when]) => when()).slice(0, 1).map(([, what]) => what());
}
