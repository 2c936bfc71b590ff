// Dialogs: one frame for all of them, and the one that shows exactly what a confirmation will do.
// The browser keeps Tab inside, closes on Escape and gives the focus back.

import { append, button, element, icon } from "./dom.js";
import { say, sayAttribute, words } from "./i18n.js";
import { announce, told } from "./notice.js";
import { explained } from "./explained.js";
import { clock, expiry } from "./time.js";

let opened = 0;

/** Whether a dialog is open: then keys belong to it. */
export function dialogIsOpen() {
  return document.querySelector("dialog[open]") !== null;
}

/**
 * @param {string} key its title
 * @param {{kind?: string, params?: import("./i18n.js").Params, closed?: () => void}} [how]
 */
export function dialog(key, { kind = "", params, closed } = {}) {
  opened += 1;
  const id = `dialog-${opened}`;
  const before = document.activeElement;
  const body = element("div", { class: "dialog-body" });
  const foot = element("div", { class: "dialog-foot" });
  const title = say(element("h2", { class: "dialog-title", id, tabindex: "-1" }), key, params);
  const shut = sayAttribute(button({ class: "tool dialog-close" }, () => node.close(), icon("i-close")), "aria-label", "close");
  const node = element("dialog", { class: `dialog ${kind}`, "aria-labelledby": id },
    element("div", { class: "dialog-head" }, title, shut), body, foot);
  node.addEventListener("close", () => {
    node.remove();
    closed?.();
    if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body) before.focus();
  });
  // A press beside the dialog closes it; inside, the target is never the dialog itself.
  node.addEventListener("mousedown", (event) => {
    if (event.target === node && outside(node, event)) node.close();
  });
  document.body.append(node);
  node.showModal();
  title.focus({ preventScroll: true });
  return { node, title, body, foot, close: () => node.close() };
}

/** @param {HTMLElement} node @param {MouseEvent} event */
function outside(node, event) {
  const box = node.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

/**
 * What will happen, line by line, for whom and until when.
 * @param {object} asked
 * @param {import("./contract.js").ProposalView} asked.proposal
 * @param {string} asked.who in whose name; empty for somebody without a token
 * @param {string} asked.changeKey the words of the button that only closes
 * @param {string} asked.cancelKey the words of the button that declines
 * @param {() => Promise<void>|void} asked.yes
 * @param {() => Promise<void>|void} asked.cancel
 * @param {boolean} [asked.ready] the confirming button has the focus, so that Enter confirms
 */
export function confirmation({ proposal, who, changeKey, cancelKey, yes, cancel, ready = false }) {
  let timer = 0;
  const frame = dialog("confirm.title", { kind: "confirmation", closed: () => window.clearInterval(timer) });
  const until = element("dd");
  const list = effects(proposal.lines);
  list.id = `${frame.title.id}-lines`;
  frame.node.setAttribute("aria-describedby", list.id);
  const trouble = element("p", { class: "dialog-trouble", role: "alert" });
  append(frame.body, say(element("p", { class: "dialog-lead" }), "confirm.lead"), list,
    element("dl", { class: "dialog-facts" },
      say(element("dt"), "confirm.for"), who ? element("dd", {}, who) : say(element("dd"), "confirm.for.nobody"),
      say(element("dt"), "confirm.until"), until),
    trouble);

  /** @param {() => Promise<void>|void} act */
  const run = async (act) => {
    trouble.textContent = "";
    for (const other of frame.foot.querySelectorAll("button")) other.disabled = true;
    frame.node.setAttribute("aria-busy", "true");
    announce(words("confirm.running"));
    try {
      await act();
      frame.close();
    } catch (problem) {
      trouble.textContent = told(problem);
      for (const other of frame.foot.querySelectorAll("button")) other.disabled = false;
      frame.node.removeAttribute("aria-busy");
    }
  };
  const sure = button({ class: "button primary confirm-yes" }, () => run(yes), say(element("span"), "confirm.yes"));
  append(frame.foot,
    button({ class: "button confirm-cancel" }, () => run(cancel), say(element("span"), cancelKey)),
    button({ class: "button confirm-change" }, () => frame.close(), say(element("span"), changeKey)), sure);
  const tick = () => {
    const { key, left } = expiry(proposal.expires);
    say(until, key, { time: clock(proposal.expires), left });
  };
  tick();
  timer = window.setInterval(tick, 1000);
  if (ready) sure.focus({ preventScroll: true });
  return frame;
}

/** The lines of a proposal: the first says what is done, the others with what. @param {string[]} lines */
export function effects(lines) {
  return element("ul", { class: "effects" }, ...lines.map((line, at) => {
    const [, name, value] = at > 0 ? line.match(/^([^：，。（]{1,14})：(.+)$/s) ?? [] : [];
    if (name) return element("li", { class: "effect" }, element("span", { class: "effect-name" }, name), element("span", { class: "effect-value" }, ...explained(value)));
    return element("li", { class: at === 0 ? "effect effect-first" : "effect effect-whole" }, element("span", { class: "effect-value" }, ...explained(line)));
  }));
}
