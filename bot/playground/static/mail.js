// The mail box: newest first, one mail open, its code easy to copy.
import { arrange, h, Keyed } from "./dom.js";
import { copy } from "./chat.js";
import { icon } from "./icons.js";
import { model } from "./model.js";
import { clockTime, t } from "./words.js";

export class MailPane {
  constructor(root) {
    this.rows = new Keyed();
    this.title = h("b");
    this.below = h("span", { class: "below" });
    this.list = h("div", { class: "mails" });
    this.nothing = h("div", { class: "nothing" });
    root.append(h("div", { class: "card" },
      h("div", { class: "head" }, h("span", { class: "avatar group mail" }, icon("mail")), h("div", { class: "head-text" }, this.title, this.below)),
      this.list, this.nothing));
    this.open = null;
    this.known = 0;
  }

  render() {
    const { mail } = model.state;
    if (mail.length > this.known) this.open = mail.length - 1;
    this.known = mail.length;
    this.title.textContent = t("mail.title");
    this.below.textContent = t("mail.count", { n: mail.length });
    this.nothing.hidden = mail.length > 0;
    this.nothing.replaceChildren(icon("mail"), h("h3", {}, t("mail.none.title")), h("p", {}, t("mail.none.text")));
    arrange(this.list, this.rows.nodes(mail.map((one, place) => this.item(one, place)).reverse()));
  }

  item(mail, place) {
    const open = place === this.open;
    const fresh = place >= model.seenMail;
    return { key: place, content: [mail, open, fresh, t("mail.code")], draw: () => this.draw(mail, place, open, fresh) };
  }

  draw(mail, place, open, fresh) {
    const toggle = () => {
      this.open = open ? null : place;
      this.render();
    };
    return h("article", { class: fresh ? "letter fresh" : "letter" },
      h("button", { type: "button", class: "letter-head", "aria-expanded": String(open), onclick: toggle },
        h("span", { class: "topic-line" }, h("b", {}, mail.subject), h("time", {}, clockTime(new Date(mail.at), model.desk.office.zone))),
        h("small", {}, t("mail.to", { to: mail.to.join(", ") }))),
      mail.code && open ? code(mail.code) : null,
      open ? h("div", { class: "letter-body" }, h("small", {}, t("mail.from", { from: mail.from })), h("p", {}, highlighted(mail.text.trim(), mail.code))) : null);
  }
}

function code(digits) {
  return h("button", { type: "button", class: "code", "aria-label": t("mail.copy", { code: digits }), onclick: () => copy(digits) },
    h("span", { class: "digits" }, digits), h("span", { class: "code-copy" }, icon("copy"), t("mail.copy.short")));
}

function highlighted(text, digits) {
  if (!digits) return text;
  return text.split(digits).flatMap((part, place) => (place ? [h("mark", {}, digits), part] : [part]));
}
