// The list of conversations as a drawer on narrow screens. On wide screens it is always there and this does nothing.

import { byId } from "./dom.js";

/** Below this width the list is a drawer. The same figure stands in style.css. */
const DRAWER = matchMedia("(max-width: 1023px)");

/** @returns {{close: () => void, isOpen: () => boolean}} */
export function sideDrawer() {
  const app = byId("app", HTMLElement);
  const menu = byId("menu", HTMLButtonElement);
  const shut = byId("side-close", HTMLButtonElement);
  const veil = byId("veil", HTMLElement);

  /** @param {boolean} open */
  const set = (open) => {
    menu.setAttribute("aria-expanded", String(open));
    if (open) app.dataset.side = "open";
    else delete app.dataset.side;
    for (const id of ["bar", "main", "desk", "beside", "panel"]) byId(id, HTMLElement).inert = open;
    veil.hidden = !open;
  };
  const isOpen = () => app.dataset.side === "open";
  const close = () => {
    if (!isOpen()) return;
    set(false);
    menu.focus();
  };

  menu.addEventListener("click", () => {
    set(true);
    shut.focus();
  });
  shut.addEventListener("click", close);
  veil.addEventListener("click", close);
  DRAWER.addEventListener("change", () => {
    if (isOpen()) set(false);
  });
  return { close, isOpen };
}
