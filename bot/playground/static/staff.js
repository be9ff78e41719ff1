// The staff group: who writes, the forum's list of topics, and the topic that is open.
import { arrange, h, Keyed } from "./dom.js";
import { preview } from "./bubble.js";
import { attempt, Chat, typing } from "./chat.js";
import { avatar, icon } from "./icons.js";
import { ask, openMenu } from "./menu.js";
import { model } from "./model.js";
import { order } from "./server.js";
import { clockTime, t } from "./words.js";

const GENERAL = "t0";
// The emoji of Telegram's topic icons the desk may use (bot/playground/forum.py).
const ICONS = { "5312536423851630001": "💡", "5377316857231450742": "❓", "5237699328843200968": "✅", "5379748062124056162": "❗️" };
const COMMANDS = [
  { command: "/ambil" }, { command: "/jawab", fill: "/jawab " }, { command: "/tanya", fill: "/tanya " },
  { command: "// catatan", fill: "// " }, { command: "/jenis", fill: "/jenis " }, { command: "/tutup" },
  { command: "/riwayat" }, { command: "/lepas" }, { command: "/bantuan" },
];
const GENERAL_COMMANDS = ["/sla", "/report", "/petugas", "/antrean"].map((command) => ({ command }));

export class StaffPane {
  constructor(root, changed) {
    this.changed = changed;
    this.people = new Keyed();
    this.rows = new Keyed();
    this.switcher = h("div", { class: "people", role: "group" });
    this.listTitle = h("b");
    this.listBelow = h("span", { class: "below" });
    this.list = h("div", { class: "topic-list" });
    this.back = h("button", { type: "button", class: "tool back", onclick: () => this.open(undefined) }, icon("back"));
    this.disc = h("span");
    this.title = h("b");
    this.below = h("span", { class: "below" });
    this.menuButton = h("button", { type: "button", class: "tool", "aria-haspopup": "menu", onclick: () => this.openMenu() }, icon("more"));
    this.chat = new Chat();
    this.none = h("div", { class: "nothing" });
    this.topic = h("div", { class: "topic" },
      h("div", { class: "head" }, this.back, this.disc, h("div", { class: "head-text" }, this.title, this.below), this.menuButton),
      this.chat.node);
    this.forum = h("div", { class: "forum card" },
      h("div", { class: "topics" },
        h("div", { class: "head" }, h("span", { class: "avatar group" }, icon("staff")), h("div", { class: "head-text" }, this.listTitle, this.listBelow)),
        this.list),
      this.topic,
      this.none);
    root.append(this.switcher, this.forum);
  }

  render() {
    const { topics } = model.state;
    this.officer = model.person(model.officer) ?? model.officers()[0];
    this.renderSwitcher();
    this.listTitle.textContent = model.state.group.title;
    this.listBelow.textContent = t("staff.count", { n: topics.length });
    this.list.setAttribute("aria-label", t("staff.topics"));
    const items = [this.generalRow(), ...model.topicsByNews().map((topic) => this.topicRow(topic))];
    arrange(this.list, this.rows.nodes(items));
    const open = model.topic !== undefined;
    this.forum.classList.toggle("open", open);
    this.forum.classList.toggle("some", topics.length > 0);
    this.topic.hidden = !open;
    this.none.hidden = open;
    if (open) this.renderTopic();
    else this.renderNone(topics.length);
  }

  renderSwitcher() {
    this.switcher.setAttribute("aria-label", t("staff.pick"));
    const items = model.officers().map((person) => {
      const chosen = person.id === this.officer.id;
      const role = t(`staff.role.${model.role(person.id)}`);
      const draw = () =>
        h("button", { type: "button", class: "person", "aria-pressed": String(chosen), title: person.name, onclick: () => this.choose(person.id) },
          avatar(person.id, person.name), h("span", { class: "person-name" }, person.first_name, h("small", {}, role)));
      return { key: person.id, content: [person.name, chosen, role], draw };
    });
    arrange(this.switcher, this.people.nodes(items));
  }

  generalRow() {
    return this.row({ key: GENERAL, id: null, name: t("staff.general"), place: model.state.general, disc: () => h("span", { class: "disc-topic general" }, icon("hash")) });
  }

  topicRow(topic) {
    return this.row({ key: `t${topic.id}`, id: topic.id, name: topic.name, place: topic, closed: topic.closed, disc: () => disc(topic) });
  }

  row({ key, id, name, place, closed = false, disc }) {
    const last = place.messages.at(-1);
    const chosen = model.topic === id;
    const unread = chosen && this.visible() ? 0 : model.unread(key, place.messages, this.officer.id);
    const time = last ? clockTime(last.at * 1000, model.desk.office.zone) : "";
    const line = last ? `${last.service || last.from.bot ? "" : `${last.from.name.split(" ")[0]}: `}${preview(last)}` : t("staff.empty");
    const draw = () =>
      h("button", { type: "button", class: closed ? "topic-row closed" : "topic-row", "aria-current": chosen ? "true" : null, onclick: () => this.open(id) },
        disc(),
        h("span", { class: "topic-text" },
          h("span", { class: "topic-line" }, h("b", {}, name)),
          h("span", { class: "topic-line" }, closed ? h("span", { role: "img", "aria-label": t("staff.closed") }, icon("lock")) : null, h("span", { class: "topic-last" }, line), unread ? h("span", { class: "unread", "aria-label": t("staff.unread", { n: unread }) }, unread) : h("time", {}, time))));
    return { key, content: [name, closed, chosen, unread, time, line, place.icon, place.color], draw };
  }

  visible() {
    return this.forum.offsetParent !== null;
  }

  renderNone(topics) {
    const kind = topics ? "staff.pick" : "staff.none";
    this.none.replaceChildren(icon("staff"), h("h3", {}, t(`${kind}.title`)), h("p", {}, t(`${kind}.text`)));
  }

  renderTopic() {
    const topic = model.topic === null ? null : model.topicById(model.topic);
    this.back.setAttribute("aria-label", t("staff.back"));
    this.menuButton.setAttribute("aria-label", t("staff.menu"));
    this.menuButton.hidden = topic === null;
    this.title.textContent = topic?.name ?? t("staff.general");
    const place = topic ?? model.state.general;
    this.below.textContent = typing(place) ?? (topic?.closed ? t("staff.closed") : model.state.group.title);
    const fresh = topic ? disc(topic) : h("span", { class: "disc-topic general" }, icon("hash"));
    this.disc.replaceWith(fresh);
    this.disc = fresh;
    this.chat.render(this.place(topic, place));
  }

  place(topic, { messages }) {
    const unkept = model.unkept(messages[0]?.chat_id ?? 0);
    const officer = this.officer;
    const barred = topic?.closed && officer.status === "member";
    return {
      key: `${topic ? `t${topic.id}` : GENERAL}o${officer.id}`,
      person: officer.id,
      topic: topic?.id ?? null,
      messages,
      bot: model.state.bot.id,
      nameOf: (id) => model.person(id)?.name ?? model.state.bot.name,
      out: (message) => message.from.id === officer.id,
      kept: (message) => !unkept.has(message.id),
      faces: true,
      who: true,
      zone: model.desk.office.zone,
      introKey: "empty",
      intro: () => h("li", { class: "intro" }, icon("hash"), h("p", {}, t("staff.empty"))),
      placeholder: topic ? "chat.write.topic" : "chat.write.general",
      label: `${t(topic ? "chat.write.topic" : "chat.write.general")} (${officer.name})`,
      commands: topic ? COMMANDS : model.role(officer.id) === "admin" ? GENERAL_COMMANDS : [],
      chips: topic ? chips(topic) : [],
      keys: [],
      barred: barred ? { text: t("staff.closed.bar") } : null,
    };
  }

  choose(id) {
    model.officer = id;
    model.remember();
    this.changed();
  }

  open(topic) {
    model.topic = topic;
    model.remember();
    this.changed();
    if (topic === undefined) this.list.querySelector("button")?.focus();
  }

  openMenu() {
    const topic = model.topicById(model.topic);
    const act = (name) => attempt(() => order({ act: name, person: this.officer.id, topic: topic.id }));
    const toggle = topic.closed ? "reopen" : "close";
    openMenu(this.menuButton, {
      label: t("staff.menu"),
      items: [
        { label: t(`staff.${toggle}`), icon: "lock", act: () => act(`${toggle}_topic`) },
        { label: t("staff.delete"), icon: "trash", danger: true, act: () => this.remove(topic, act) },
      ],
    });
  }

  async remove(topic, act) {
    const body = h("p", {}, t("staff.delete.text", { name: topic.name }));
    const buttons = [{ label: t("chat.cancel") }, { label: t("staff.delete.yes"), danger: true, value: () => true }];
    if (await ask({ title: t("staff.delete.title"), body, buttons })) await act("delete_topic");
  }
}

function disc(topic) {
  const letter = ICONS[topic.icon] ?? topic.name.match(/\d{4}$|\d{4}(?=\s)/)?.[0]?.slice(-2) ?? topic.name[0];
  const node = h("span", { class: "disc-topic", "aria-hidden": "true" }, letter);
  node.style.setProperty("--disc", `#${topic.color.toString(16).padStart(6, "0")}`);
  return node;
}

// Until an officer wrote: what one could say first.
function chips(topic) {
  if (topic.closed || topic.messages.some((message) => !message.from.bot && !message.service)) return [];
  return ["suggest.answer", "suggest.ask", "suggest.note"].map((key) => ({ label: t(key), text: t(key) }));
}
