// What waits for the caller's decision: a count beside the menu entry, and a dialog with each in full.

import { decide, proposals } from "./api.js";
import { append, button, byId, element } from "./dom.js";
import { dialog, effects } from "./dialog.js";
import { say, sayAttribute, words } from "./i18n.js";
import { announce, told } from "./notice.js";
import { clock, expiry } from "./time.js";

/** @typedef {import("./contract.js").Waiting} Waiting */

/** How often a page that is looked at asks again, in milliseconds. */
const AGAIN = 60_000;

/** @param {{who: () => import("./contract.js").Caller, conversation: () => string, decided: (waiting: Waiting) => void}} around */
export function inbox({ who, conversation, decided }) {
  const entry = byId("inbox", HTMLButtonElement);
  const count = byId("inbox-count", HTMLElement);
  /** @type {Waiting[]} */
  let waiting = [];

  const load = async () => {
    const known = who().signed_in || conversation() !== "";
    waiting = known ? await proposals(who().signed_in ? "" : conversation()) : [];
    count.textContent = waiting.length > 0 ? String(waiting.length) : "";
    count.hidden = waiting.length === 0;
    sayAttribute(entry, "aria-label", waiting.length > 0 ? "inbox.menu.n" : "inbox.menu", { n: waiting.length });
  };
  /** For the count alone: that it is not known is no trouble. */
  const recount = () => {
    load().catch(() => {});
  };

  const open = async () => {
    let timer = 0;
    const frame = dialog("inbox.title", { kind: "inbox", closed: () => window.clearInterval(timer) });
    const trouble = element("p", { class: "dialog-trouble", role: "alert" });
    const list = element("ul", { class: "waiting" });
    append(frame.body, trouble, list);
    const draw = () => {
      list.replaceChildren(...waiting.map((one, at) => row(one, at, act)));
      if (waiting.length === 0) list.append(say(element("li", { class: "faint" }), "inbox.empty"));
    };
    /** @param {Waiting} one @param {boolean} confirm */
    const act = async (one, confirm) => {
      trouble.textContent = "";
      try {
        await decide(one.id, confirm, who().signed_in ? undefined : conversation());
        announce(words(confirm ? "confirm.done" : "confirm.declined"));
        decided(one);
      } catch (problem) {
        trouble.textContent = told(problem);
      }
      await refill();
      frame.title.focus();
    };
    const refill = async () => {
      try {
        await load();
      } catch (problem) {
        trouble.textContent = told(problem);
      }
      draw();
    };
    await refill();
    timer = window.setInterval(() => {
      for (const node of list.querySelectorAll("[data-expires]")) if (node instanceof HTMLElement) tick(node);
    }, 1000);
  };

  entry.addEventListener("click", open);
  window.setInterval(() => {
    if (document.visibilityState === "visible") recount();
  }, AGAIN);
  return {
    recount,
    /** A proposal that another has taken the place of must not be confirmed any more. @param {string} old */
    async withdraw(old) {
      try {
        await load();
        if (waiting.some((one) => one.id === old)) await decide(old, false, who().signed_in ? undefined : conversation());
      } catch {
        // It ends by itself within minutes.
      }
      recount();
    },
  };
}

/** @param {Waiting} one @param {number} at @param {(one: Waiting, confirm: boolean) => void} act */
function row(one, at, act) {
  const until = element("p", { class: "waiting-until", "data-expires": one.expires });
  tick(until);
  const id = `waiting-${at}`;
  return element("li", {}, element("div", { class: "waiting-row", role: "group", "aria-labelledby": id },
    say(element("h3", { class: "part-title", id }), "inbox.row", { n: at + 1 }),
    effects(one.preview.lines), until,
    element("div", { class: "waiting-acts" },
      button({ class: "button" }, () => act(one, false), say(element("span"), "confirm.decline")),
      button({ class: "button primary" }, () => act(one, true), say(element("span"), "confirm.yes")))));
}

/** Counts down. @param {HTMLElement} node */
function tick(node) {
  const expires = node.dataset.expires ?? "";
  const { key, left } = expiry(expires);
  say(node, key, { time: clock(expires), left });
}
