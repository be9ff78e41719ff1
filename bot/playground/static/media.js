// What is in a message besides text. The sample files of the playground get pictures of our own.
import { drawing, h } from "./dom.js";
import { avatar, icon } from "./icons.js";
import { t } from "./words.js";

const SKIES = [
  ["#8ec5ee", "#fff4cf", "#5aa06c", "#3d7f57"],
  ["#f3c6a5", "#ffe9b8", "#a9745b", "#7d5245"],
  ["#a9d6c9", "#fdf6dc", "#4f9a94", "#2f716f"],
  ["#b9b6e8", "#ffe3ef", "#7c76bd", "#57529a"],
];
const SAMPLE_PHOTO = "foto.png";

export function media(message) {
  const draw = KINDS[message.kind];
  return draw ? draw(message) : null;
}

export const isVisual = (message) => ["photo", "video", "animation"].includes(message.kind);

const KINDS = {
  photo,
  video: (message) => h("div", { class: "media film" }, landscape(message.id), h("span", { class: "play" }, triangle()), badge(duration(message.details.duration))),
  animation: (message) => h("div", { class: "media film" }, landscape(message.id), badge("GIF")),
  video_note: (message) => h("div", { class: "media round" }, landscape(message.id), h("span", { class: "play" }, triangle()), badge(duration(message.details.duration))),
  document: (message) => row("file", message.file?.name ?? "", size(message.file?.size)),
  audio: (message) => row("music", message.details.title ?? message.file?.name ?? "", duration(message.details.duration)),
  voice,
  sticker: () => h("div", { class: "media sticker", role: "img", "aria-label": t("kind.sticker") }, drawing(STICKER)),
  location: (message) => map(message.details, ""),
  venue: (message) => map(message.details.location, message.details.title, message.details.address),
  contact,
  poll,
  dice: (message) => h("div", { class: "media dice", "aria-label": `${t("kind.dice")}: ${message.details.value}` }, message.details.emoji, h("b", {}, message.details.value)),
};

function photo(message) {
  if (message.file?.name === SAMPLE_PHOTO) {
    return h("div", { class: "media photo", role: "img", "aria-label": t("kind.photo") }, landscape(message.id));
  }
  return h("a", { class: "media photo", href: message.file?.url, target: "_blank", rel: "noopener" },
    h("img", { src: message.file?.url, alt: message.text || t("kind.photo"), loading: "lazy" }));
}

function landscape(seed) {
  const [sky, sun, near, far] = SKIES[seed % SKIES.length];
  return drawing(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 220" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
    <path fill="${sky}" d="M0 0h320v220H0z"/><circle cx="${220 - (seed % 5) * 24}" cy="66" r="26" fill="${sun}"/>
    <path fill="${near}" opacity=".55" d="M0 150l62-58 44 40 58-70 66 62 40-34 50 52v78H0z"/>
    <path fill="${near}" d="M0 180l70-44 54 34 66-52 60 46 70-28v84H0z"/><path fill="${far}" d="M0 200q80-34 160-8t160-10v38H0z"/></svg>`);
}

function triangle() {
  return drawing('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor" d="M8 5l12 7-12 7z"/></svg>');
}

const badge = (text) => h("span", { class: "badge" }, text);

function row(name, title, below) {
  return h("div", { class: "media row" }, h("span", { class: "disc" }, icon(name)), h("span", { class: "row-text" }, h("b", {}, title), h("small", {}, below)));
}

function voice(message) {
  const bars = Array.from({ length: 34 }, (_, n) => 4 + Math.round(Math.abs(Math.sin(n * 1.7 + message.id) * Math.cos(n * 0.6)) * 16));
  const wave = bars.map((height, n) => `<rect x="${n * 4}" y="${(22 - height) / 2}" width="2.4" height="${height}" rx="1.2"/>`).join("");
  return h("div", { class: "media row", role: "img", "aria-label": `${t("kind.voice")} ${duration(message.details.duration)}` },
    h("span", { class: "disc" }, triangle()),
    h("span", { class: "row-text" },
      drawing(`<svg xmlns="http://www.w3.org/2000/svg" class="wave" viewBox="0 0 136 22" fill="currentColor" aria-hidden="true">${wave}</svg>`),
      h("small", {}, duration(message.details.duration))));
}

function contact(message) {
  const { first_name: first, last_name: last, phone_number: phone } = message.details;
  const name = [first, last].filter(Boolean).join(" ");
  return h("div", { class: "media row" }, avatar(phone.length + first.length, name, "big"), h("span", { class: "row-text" }, h("b", {}, name), h("small", {}, phone)));
}

function poll(message) {
  const { question, options, total_voter_count: votes } = message.details;
  return h("div", { class: "media poll" },
    h("b", {}, question),
    h("small", {}, t("poll.anonymous")),
    h("ul", {}, options.map((option) => h("li", {}, h("span", { class: "ring" }), option.text))),
    votes ? null : h("small", { class: "votes" }, t("poll.votes")));
}

function map(place, title, address) {
  return h("div", { class: "media map" },
    h("div", { class: "map-sheet", role: "img", "aria-label": `${t("kind.location")} ${place.latitude}, ${place.longitude}` }, drawing(MAP), h("span", { class: "map-pin" }, icon("pin"))),
    h("div", { class: "map-text" }, h("b", {}, title || t("kind.location")), h("small", {}, address ?? `${place.latitude.toFixed(4)}, ${place.longitude.toFixed(4)}`)));
}

const duration = (seconds = 0) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

function size(bytes = 0) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

const MAP = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 150" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
  <path class="land" d="M0 0h320v150H0z"/><path class="park" d="M24 88h76v46H24zM226 12h70v42h-70z"/>
  <path class="water" d="M-10 36q60-22 110 8t110 2 120 26v22q-60-30-120-22T100 66-10 60z"/>
  <path class="street" d="M0 116h320M70-10l46 170M196-10l-30 170M260-10l20 170M0 12l320 24"/></svg>`;

const STICKER = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" aria-hidden="true">
  <g stroke="#fff" stroke-width="14" stroke-linejoin="round" fill="#fff"><path d="M22 62h20v46H22zM54 38h20v70H54zM86 18h20v90H86z"/></g>
  <rect x="22" y="62" width="20" height="46" rx="5" fill="#f28c28"/><rect x="54" y="38" width="20" height="70" rx="5" fill="#43a047"/>
  <rect x="86" y="18" width="20" height="90" rx="5" fill="#1479c9"/>
  <g fill="none" stroke="#12324d" stroke-width="3.5" stroke-linecap="round"><path d="M60 60v3M68 60v3M59 73q5 6 10 0M92 42v3M100 42v3M91 55q5 6 10 0M28 80v3M36 80v3M27 92q5 6 10 0"/></g></svg>`;


