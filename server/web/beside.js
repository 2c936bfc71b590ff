// Where the form stands: beside the conversation on a wide screen, below its answer on a narrow one and on paper.

import { byId } from "./dom.js";

/** Below this width there is no room beside. The same figure stands in form.css. */
const WIDE = matchMedia("(min-width: 860px)");

export function besidePanel() {
  const app = byId("app", HTMLElement);
  const aside = byId("beside", HTMLElement);
  const body = byId("beside-body", HTMLElement);
  /** @type {HTMLElement|null} */
  let card = null;
  /** @type {HTMLElement|null} */
  let home = null;
  let folded = false;
  let printing = false;

  const arrange = () => {
    const beside = card !== null && WIDE.matches && !folded && !printing;
    aside.hidden = !beside;
    if (beside) app.dataset.beside = "open";
    else delete app.dataset.beside;
    if (card) (beside ? body : home)?.append(card);
  };
  WIDE.addEventListener("change", arrange);
  window.addEventListener("beforeprint", () => {
    printing = true;
    arrange();
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    arrange();
  });
  byId("beside-close", HTMLButtonElement).addEventListener("click", () => {
    folded = true;
    arrange();
    const title = card?.querySelector("h3");
    if (title instanceof HTMLElement) {
      title.focus({ preventScroll: true });
      title.scrollIntoView({ block: "start" });
    }
  });

  return {
    /** A turn is running: the form waits for what comes of it, out of the way where it stands in the conversation. @param {boolean} now */
    wait(now) {
      if (!card) return;
      card.inert = now;
      card.hidden = now && aside.hidden;
    },
    /** @param {HTMLElement|null} shown @param {HTMLElement} [below] the place of its answer */
    show(shown, below) {
      card?.remove();
      folded = false;
      card = shown;
      home = below ?? null;
      arrange();
      body.scrollTop = 0;
    },
  };
}
