// The page: fetches the world at each change and has the panes draw it.
import { h } from "./dom.js";
import { ClockPane } from "./clock.js";
import { icon } from "./icons.js";
import { MailPane } from "./mail.js";
import { model } from "./model.js";
import { getDesk, getState, listen } from "./server.js";
import { StaffPane } from "./staff.js";
import { Strip } from "./strip.js";
import { UserPane } from "./user.js";
import { WhatsAppPane } from "./whatsapp.js";
import { speak, t } from "./words.js";

const TABS = { user: "phone", whatsapp: "bubble", staff: "staff", mail: "mail", clock: "clock" };
const PHONES = ["user", "whatsapp"];
// Typing ends without a word from the stand-in, and the office opens and closes by itself: look again now and then.
const LOOK_MS = 6000;
const RETRY_MS = 1500;

const pane = (name) => document.getElementById(`pane-${name}`);
const strip = new Strip(draw);
const user = new UserPane(pane("user"), draw);
const whatsapp = new WhatsAppPane(pane("whatsapp"), draw);
const staff = new StaffPane(pane("staff"), draw);
const clock = new ClockPane(pane("clock"));
const mail = new MailPane(pane("mail"));
const tabs = new Map(Object.entries(TABS).map(([name, picture]) => [name, tab(name, picture)]));
const channels = new Map(PHONES.map((name) => [name, channel(name)]));

let fetching = false;
let again = false;

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    do {
      again = false;
      const [state, desk] = await Promise.all([getState(), getDesk()]);
      model.take(state, desk);
      draw();
    } while (again);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    setTimeout(refresh, RETRY_MS); // the demo is gone for the moment; listen() says so on the page
  } finally {
    fetching = false;
  }
}

function draw() {
  if (!model.state) return;
  document.body.dataset.tab = model.tab;
  document.body.dataset.phone = model.phone;
  document.body.classList.toggle("two-phones", Boolean(model.state.whatsapp));
  document.querySelectorAll("[data-t-label]").forEach((node) => node.setAttribute("aria-label", t(node.dataset.tLabel)));
  strip.render();
  user.render();
  whatsapp.render();
  staff.render();
  clock.render();
  mail.render();
  noteSeen();
  drawTabs();
}

// Whatever stands on the screen has been seen.
function noteSeen() {
  const shown = (name) => pane(name).offsetParent !== null;
  const person = model.person(model.me);
  if (shown("user") && person) model.markSeen(`p${person.id}`, person.messages);
  if (shown("whatsapp")) whatsapp.markSeen();
  if (shown("staff") && model.topic !== undefined) {
    const place = model.topic === null ? model.state.general : model.topicById(model.topic);
    model.markSeen(`t${model.topic ?? 0}`, place.messages);
  }
  if (shown("mail")) model.markMailSeen();
}

function drawTabs() {
  const phones = model.phones().map((person) => model.unread(`p${person.id}`, person.messages, person.id));
  const topics = model.state.topics.map((topic) => model.unread(`t${topic.id}`, topic.messages, model.officer));
  const sum = (counts) => counts.reduce((one, other) => one + other, 0);
  const others = model.whatsapp().map((person) => model.unread(`w${person.id}`, person.messages, person.id));
  const unread = { user: sum(phones), whatsapp: sum(others), staff: sum(topics), mail: model.state.mail.length - model.seenMail, clock: 0 };
  tabs.forEach((button, name) => {
    button.querySelector(".tab-word").textContent = t(`tabs.${name}`);
    button.setAttribute("aria-current", String(name === model.tab));
    const badge = button.querySelector(".unread");
    badge.hidden = !unread[name];
    badge.textContent = unread[name] || "";
  });
  channels.forEach((button, name) => {
    button.querySelector(".channel-word").textContent = t(`channels.${name}`);
    button.setAttribute("aria-pressed", String(name === model.phone));
    const badge = button.querySelector(".unread");
    badge.hidden = !unread[name] || name === model.phone;
    badge.textContent = unread[name] || "";
  });
}

// Where there is room for one phone only, this chooses which.
function channel(name) {
  const button = h("button", { type: "button", class: `channel ${name}`, onclick: () => choose(name) },
    h("span", { class: "channel-word" }), h("span", { class: "unread", hidden: true }));
  document.getElementById("channels").append(button);
  return button;
}

function choose(name) {
  model.phone = name;
  model.remember();
  draw();
}

function tab(name, picture) {
  const button = h("button", { type: "button", data: { name }, onclick: () => show(name) },
    h("span", { class: "tab-sign" }, icon(picture), h("span", { class: "unread", hidden: true })),
    h("span", { class: "tab-word" }));
  document.getElementById("tabs").append(button);
  return button;
}

function show(name) {
  model.tab = name;
  model.remember();
  draw();
}

function tick() {
  if (!model.state) return;
  user.tick();
  whatsapp.tick();
  clock.tick();
}

speak(localStorage.getItem("meja-language") ?? "id");
listen(refresh, (cut) => {
  model.cut = cut;
  if (cut) draw();
  else refresh();
});
setInterval(tick, 1000);
setInterval(refresh, LOOK_MS);
