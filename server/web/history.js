// The list of past conversations on this device: ids and first questions only. The conversations are on the server.

import { button, byId, element, icon } from "./dom.js";
import { say, sayAttribute } from "./i18n.js";

const KEY = "chengzhi.conversations";
const MOST = 50;
/** How long a second press counts as a confirmation, in milliseconds. */
const SURE = 4000;

/** @typedef {{id: string, question: string, at: string, agent?: string}} Past */

/**
 * @typedef {object} HistoryActs
 * @property {(id: string) => void} open
 * @property {(ids: string[]) => void} remove
 */

/** @param {HistoryActs} acts */
export function pastConversations(acts) {
  const list = byId("past", HTMLUListElement);
  const empty = byId("past-empty", HTMLElement);
  const clear = byId("clear", HTMLButtonElement);
  let current = "";

  const draw = () => {
    const entries = stored();
    list.replaceChildren(...entries.map((entry) => row(entry, entry.id === current, acts)));
    empty.hidden = entries.length > 0;
    clear.hidden = entries.length === 0;
  };
  confirmed(clear, clear, "history.clear", "history.clear.sure", () => acts.remove(stored().map((entry) => entry.id)));
  window.addEventListener("storage", (event) => {
    if (event.key === KEY) draw();
  });
  draw();

  return {
    /** A known conversation keeps its place. @param {string} id @param {string} question the first of the conversation @param {string} agent */
    add(id, question, agent) {
      const entries = stored();
      if (entries.some((entry) => entry.id === id)) return;
      keep([{ id, question: [...question].slice(0, 80).join(""), at: today(), agent }, ...entries].slice(0, MOST));
      draw();
    },
    /** With which agent a conversation is; empty if it is not known. @param {string} id */
    agentOf(id) {
      return stored().find((entry) => entry.id === id)?.agent ?? "";
    },
    /** @param {string} id */
    drop(id) {
      keep(stored().filter((entry) => entry.id !== id));
      draw();
    },
    /** Marks the open conversation; an empty id marks none. @param {string} id */
    mark(id) {
      current = id;
      draw();
    },
  };
}

/** @param {Past} entry @param {boolean} open @param {HistoryActs} acts */
function row(entry, open, acts) {
  const words = element("span", { class: "past-words" });
  const remove = button({ class: "tool past-delete" }, () => {}, icon("i-delete"), words);
  sayAttribute(remove, "aria-label", "history.delete", { question: entry.question });
  confirmed(remove, words, "", "history.delete.sure", () => acts.remove([entry.id]));
  return element("li", { class: "past-row" },
    button({ class: "past-open", "aria-current": open ? "true" : null }, () => acts.open(entry.id),
      element("span", { class: "past-question" }, entry.question),
      element("time", { class: "past-date", datetime: entry.at }, entry.at)),
    remove);
}

/**
 * A button that acts on the second press: deleting cannot be undone.
 * @param {HTMLButtonElement} node
 * @param {HTMLElement} text where the words stand
 * @param {string} key its words before; none for a bare icon
 * @param {string} sureKey its words while it waits for the second press
 * @param {() => void} act
 */
function confirmed(node, text, key, sureKey, act) {
  const plainLabel = node.getAttribute("data-say-aria-label");
  let waiting = 0;
  const calm = () => {
    waiting = 0;
    node.classList.remove("sure");
    if (key) say(text, key);
    else text.replaceChildren();
    if (plainLabel) sayAttribute(node, "aria-label", plainLabel, node.dataset.sayWith ? JSON.parse(node.dataset.sayWith) : {});
  };
  node.addEventListener("click", () => {
    if (waiting) {
      window.clearTimeout(waiting);
      calm();
      act();
      return;
    }
    node.classList.add("sure");
    if (plainLabel) node.setAttribute("aria-label", say(text, sureKey).textContent ?? "");
    else say(text, sureKey);
    waiting = window.setTimeout(calm, SURE);
  });
}

/** The local date; the server's clock is of no use in a list of one's own. */
function today() {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** @returns {Past[]} */
function stored() {
  try {
    const entries = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    if (!Array.isArray(entries)) return [];
    return entries.filter((entry) => typeof entry?.id === "string" && typeof entry?.question === "string" && typeof entry?.at === "string");
  } catch {
    return [];
  }
}

/** @param {Past[]} entries */
function keep(entries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // Without storage there is no list; the conversation itself goes on.
  }
}
