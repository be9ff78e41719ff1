// The office's clock, which can be moved on, and the figures of the run.
import { h } from "./dom.js";
import { attempt } from "./chat.js";
import { note } from "./menu.js";
import { model } from "./model.js";
import { order } from "./server.js";
import { clockTime, dayKey, languageNow, longDay, moment, t } from "./words.js";

const STEPS = { "clock.hour": 3600, "clock.day": 86400, "clock.week": 7 * 86400 };
const COUNTS = ["updates", "waiting", "sent", "refused"];

export class ClockPane {
  constructor(root) {
    this.time = h("time", { class: "clock-time" });
    this.zone = h("span", { class: "clock-zone" });
    this.day = h("div", { class: "clock-day" });
    this.sign = h("div", { class: "sign" });
    this.buttons = Object.entries(STEPS).map(([key, seconds]) => h("button", { type: "button", onclick: () => move(key, seconds), data: { t: key } }));
    this.rules = h("p", { class: "rules" });
    this.counts = h("dl", { class: "counts" });
    root.append(h("div", { class: "card" },
      h("div", { class: "clock-face" }, h("div", { class: "clock-line" }, this.time, this.zone), this.day, this.sign),
      h("div", { class: "steps", role: "group" }, this.buttons),
      this.rules, this.counts));
  }

  render() {
    const { office } = model.desk;
    this.zone.textContent = office.zone_label;
    this.sign.className = office.open ? "sign open" : "sign";
    this.sign.textContent = signText(office);
    this.buttons.forEach((button) => (button.textContent = t(button.dataset.t)));
    this.rules.textContent = t("clock.rules");
    this.counts.replaceChildren(...counts());
    this.tick();
  }

  tick() {
    const { zone } = model.desk.office;
    this.time.textContent = clockTime(model.now(), zone);
    this.day.textContent = longDay(model.now(), zone);
  }
}

function signText(office) {
  if (office.open) return `${t("clock.open")} · ${t("clock.hours", { hours: hours(office.hours) })}`;
  const opens = new Date(office.opens);
  const sameDay = dayKey(opens, office.zone) === dayKey(model.now(), office.zone);
  const when = sameDay ? clockTime(opens, office.zone) : moment(opens, office.zone, { weekday: "long", hour: "2-digit", minute: "2-digit" });
  const why = office.closure ? ` · ${office.closure}` : "";
  return `${t("clock.closed")}${why} · ${t("clock.opens", { when })}`;
}

const hours = (text) => text.replaceAll("-", "–").replaceAll(".", languageNow() === "id" ? "." : ":");

async function move(key, seconds) {
  if (await attempt(() => order({ act: "clock", seconds }))) note(t("clock.moved", { step: t(key).replace("+", "") }));
}

// The figures of the run, as terms and values.
export function counts() {
  const figures = { ...model.desk.counters, restarts: model.desk.restarts };
  return [...COUNTS, "restarts"].map((name) =>
    h("div", { class: figures[name] && ["waiting", "refused"].includes(name) ? "count hot" : "count" }, h("dt", {}, t(`count.${name}`)), h("dd", {}, figures[name])));
}
