// The strip at the top: is the desk alive, the figures, the way to break something, the language.
import { h } from "./dom.js";
import { attempt } from "./chat.js";
import { counts } from "./clock.js";
import { icon } from "./icons.js";
import { note, openMenu } from "./menu.js";
import { model } from "./model.js";
import { addFault, killDesk, mend, order } from "./server.js";
import { languageNow, speak, t } from "./words.js";

const FLOOD_SECONDS = 30;

export class Strip {
  constructor(changed) {
    this.office = document.getElementById("office");
    this.light = h("span", { class: "light" });
    this.word = h("b");
    this.counts = h("dl", { class: "counts" });
    document.getElementById("strip").append(h("div", { class: "alive" }, this.light, this.word), this.counts);
    this.bolt = document.getElementById("break-button");
    this.bolt.addEventListener("click", () => this.openBreaks());
    this.language = document.getElementById("language");
    this.language.addEventListener("click", () => {
      speak(languageNow() === "id" ? "en" : "id");
      localStorage.setItem("meja-language", languageNow());
      changed();
    });
  }

  render() {
    const condition = model.cut ? "lost" : model.desk.condition;
    this.office.textContent = model.desk.office.name;
    this.light.className = `light ${condition}`;
    this.word.textContent = t(`strip.${condition}`);
    this.counts.replaceChildren(...counts());
    this.bolt.replaceChildren(icon("bolt"), h("span", {}, t("break.button")));
    this.bolt.setAttribute("aria-label", t("break.button"));
    this.language.replaceChildren(...["id", "en"].map((code) => h("span", { class: code === languageNow() ? "on" : "" }, code.toUpperCase())));
    this.language.setAttribute("aria-label", t("language"));
  }

  openBreaks() {
    const person = model.person(model.me);
    const group = model.state.group.id;
    const blocking = person.blocked ? "unblock" : "block";
    const named = { name: person.first_name };
    openMenu(this.bolt, {
      label: t("break.title"),
      top: [h("p", {}, t("break.lead"))],
      items: [
        entry("kill", "bolt", killDesk, "break.killed"),
        entry("flood", "clock", () => addFault({ what: "flood", chat_id: group, retry_after: FLOOD_SECONDS }), "break.flooded"),
        entry("cut", "close", () => addFault({ method: "sendMessage", what: "cut", phase: "after" }), "break.cutting"),
        entry("mail", "mail", () => addFault({ mail: "refuse" }), "break.mailed"),
        { label: t(`break.${blocking}`, named), hint: t("break.block.hint"), icon: "block", act: () => attempt(() => order({ act: blocking, person: person.id })) },
        { label: t("break.mend"), icon: "heal", act: () => doing(mend, "break.mended") },
      ],
    });
  }
}

function entry(name, picture, work, said) {
  return { label: t(`break.${name}`), hint: t(`break.${name}.hint`), icon: picture, act: () => doing(work, said) };
}

async function doing(work, said) {
  if (await attempt(work)) note(t(said));
}
