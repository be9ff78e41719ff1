// The scrolling list of a chat's messages: draws what changed, stays at the end while one is at the end.
import { Keyed, arrange, h } from "./dom.js";
import { bubble, service } from "./bubble.js";
import { icon } from "./icons.js";
import { chatDay, dayKey, languageNow, t } from "./words.js";

const NEAR_END = 80;
const TOGETHER = 300;

export class Log {
  // `draw`: makes the row of one message or album, as bubble.js does.
  constructor(act, draw = bubble) {
    this.act = { ...act, jump: (id) => this.jump(id) };
    this.drawRow = draw;
    this.keyed = new Keyed();
    this.list = h("ol", { class: "log-list", role: "log", "aria-live": "polite" });
    this.badge = h("span", { class: "count" });
    this.button = h("button", { type: "button", class: "newest", hidden: true, onclick: () => this.toEnd(true) }, icon("down"), this.badge);
    this.scroller = h("div", { class: "log", tabIndex: 0 }, this.list);
    this.node = h("div", { class: "log-frame" }, this.scroller, this.button);
    this.atEnd = true;
    this.place = null;
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    const grown = new ResizeObserver(() => this.atEnd && this.toEnd());
    grown.observe(this.scroller);
    grown.observe(this.list);
  }

  // `place`: {key, messages, intro, out(message), faces, who, kept(message), zone, person, bot, nameOf}.
  render(place) {
    const moved = place.key !== this.place?.key;
    const before = moved ? place.messages.length : this.place.messages.length;
    this.place = place;
    if (moved) this.keyed.clear();
    this.list.setAttribute("aria-label", t("chat.log"));
    this.button.setAttribute("aria-label", t("chat.newest"));
    const focused = focusIn(this.list);
    arrange(this.list, this.keyed.nodes(this.items(place)));
    focused();
    this.list.classList.toggle("empty", !place.messages.length);
    if (moved || this.atEnd) this.toEnd(!moved && place.messages.length > before);
    else this.missed = (this.missed ?? 0) + Math.max(0, place.messages.length - before);
    this.showButton();
  }

  items(place) {
    if (!place.messages.length) return [{ key: "intro", content: [place.introKey, languageNow()], draw: () => place.intro() }];
    const items = [];
    let day = null;
    const rows = grouped(place.messages);
    rows.forEach((group, n) => {
      const message = group[0];
      const today = dayKey(message.at * 1000, place.zone);
      if (today !== day) items.push(dayItem(message.at, place.zone, today));
      const opens = today !== day || !together(rows[n - 1], group);
      day = today;
      items.push(this.item(group, opens, !together(group, rows[n + 1]), place));
    });
    return items;
  }

  item(group, first, last, place) {
    const message = group[0];
    if (message.service) {
      return { key: `m${message.id}`, content: [message, languageNow()], draw: () => service(message) };
    }
    const how = {
      first, last,
      out: place.out(message), who: place.who && !place.out(message), faces: place.faces,
      kept: place.kept(message), zone: place.zone, person: place.person, bot: place.bot,
    };
    const draw = (old) => {
      const node = this.drawRow(group, { ...how, nameOf: place.nameOf }, this.act);
      if (!old) node.classList.add("new");
      return node;
    };
    return { key: `m${message.id}`, content: [group, how, languageNow()], draw };
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const near = scrollHeight - scrollTop - clientHeight < NEAR_END;
    // On the way down by itself it is not yet near; only somebody scrolling up leaves the end.
    if (near) this.atEnd = true;
    else if (scrollTop < (this.lastTop ?? 0) - 1) this.atEnd = false;
    this.lastTop = scrollTop;
    if (this.atEnd) this.missed = 0;
    this.showButton();
  }

  showButton() {
    this.button.hidden = this.atEnd;
    this.badge.textContent = this.missed ? String(this.missed) : "";
  }

  toEnd(smooth = false) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.atEnd = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
  }

  jump(id) {
    const node = this.list.querySelector(`[data-id="${Number(id)}"]`);
    if (!node) return;
    this.atEnd = false;
    node.scrollIntoView({ block: "center", behavior: "smooth" });
    node.classList.remove("found");
    void node.offsetWidth; // restarts the animation
    node.classList.add("found");
  }
}

// Remembers which button of which message has the focus; the answer gives it back if its message was drawn anew.
function focusIn(list) {
  const active = document.activeElement;
  const row = list.contains(active) ? active.closest("[data-id]") : null;
  const place = row ? [...row.querySelectorAll("button")].indexOf(active) : -1;
  return () => {
    if (place < 0 || active.isConnected) return;
    list.querySelector(`[data-id="${row.dataset.id}"]`)?.querySelectorAll("button")[place]?.focus({ preventScroll: true });
  };
}

function dayItem(at, zone, key) {
  return { key: `d${key}`, content: [key, languageNow()], draw: () => h("li", { class: "day" }, h("span", {}, chatDay(at * 1000, zone))) };
}

// Messages one by one, the parts of an album together.
function grouped(messages) {
  const rows = [];
  for (const message of messages) {
    const last = rows.at(-1);
    if (message.album && last?.[0].album === message.album) last.push(message);
    else rows.push([message]);
  }
  return rows;
}

function together(one, other) {
  const [before] = one ?? [], [after] = other ?? [];
  return Boolean(before && after) && !before.service && !after.service && before.from.id === after.from.id && after.at - before.at < TOGETHER;
}
