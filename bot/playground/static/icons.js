// Icons, 24 by 24, drawn with strokes; and avatars.
import { drawing, h } from "./dom.js";

const PATHS = {
  add: "M12 5v14M5 12h14",
  album: "M7 3h14v14H7zM3 7v14h14M7 14l4-4 3 3 3-4 4 5",
  back: "M15 5l-7 7 7 7",
  block: "M5.6 5.6l12.8 12.8M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  bolt: "M13 2 5 14h6l-1 8 9-13h-7z",
  bubble: "M4 20l1.3-4A8.500 8.500 0 1 1 8.500 19zM9 9.500c.4 2.800 2.700 5.100 5.500 5.500",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2 12.5l4.5 4.5L15 8M11 16l1 1 9-9",
  clip: "M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.300 3.300 0 0 1 4.700 4.700l-8.5 8.5a1.700 1.700 0 0 1-2.400-2.400l7.700-7.700",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  close: "M6 6l12 12M18 6 6 18",
  contact: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c0-9 15-9 15 0",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "M6 9l6 6 6-6",
  edit: "M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3",
  file: "M6 2h8l5 5v15H6zM14 2v5h5",
  hash: "M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  heal: "M12 20S3.5 15 3.5 9A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8.5 2c0 6-8.5 11-8.5 11z",
  list: "M9 6h11M9 12h11M9 18h11M4.500 6v.01M4.500 12v.01M4.500 18v.01",
  lock: "M6 11h12v10H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  mail: "M3 5h18v14H3zM3 6l9 7 9-7",
  menu: "M4 7h16M4 12h16M4 17h10",
  mic: "M12 15a3.5 3.5 0 0 0 3.5-3.5V6a3.5 3.5 0 0 0-7 0v5.5A3.5 3.5 0 0 0 12 15zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3.5",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  music: "M9 18V5l11-2v13M9 18a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM20 16a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
  phone: "M7 2.5h10v19H7zM11 18.5h2",
  power: "M12 3v9M6.500 6.500a8 8 0 1 0 11 0",
  photo: "M3 5h18v14H3zM3 16l5-5 4 4 3-3 6 6M16 9.5v.01",
  pin: "M12 21.5s7-6.5 7-12a7 7 0 0 0-14 0c0 5.5 7 12 7 12zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  poll: "M5 20V10M12 20V4M19 20v-7",
  reply: "M10 5 4 11l6 6M4.5 11H13c4.5 0 7 2.5 7 8",
  send: "M4 11.5 20.5 4l-4 16.5-5-6.5zM11.5 14 20 4.5",
  staff: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-8.5 13-8.5 13 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2.5.8 3.8 2.8 3.8 5.5",
  sticker: "M4 4h16v10l-6 6H4zM14 20v-6h6",
  trash: "M4 6.5h16M9 6V3.5h6V6M6 6.5l1 14.5h10l1-14.5M10 11v6M14 11v6",
  upload: "M12 16V4M7 9l5-5 5 5M4 20h16",
  video: "M3 6h12v12H3zM15 11l6-4v10l-6-4",
};

export function icon(name, className = "") {
  const svg = drawing(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor"
      stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${PATHS[name]}"/></svg>`,
  );
  svg.setAttribute("class", `icon ${className}`);
  return svg;
}

// Everybody has a colour of their own, in avatars and names.
export const tint = (id) => `tint${Math.abs(id) % 7}`;

export function avatar(id, name, className = "") {
  const initials = name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
  return h("span", { class: `avatar ${tint(id)} ${className}`, "aria-hidden": "true" }, initials);
}

export function botAvatar(className = "") {
  return h("img", { class: `avatar bot ${className}`, src: "/static/logo.svg", alt: "" });
}
