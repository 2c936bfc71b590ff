// How a question was understood: one line, and the details folded under it.

import { titleOf } from "./api.js";
import { append, element } from "./dom.js";
import { say } from "./i18n.js";

/** @typedef {import("./contract.js").Answer} Answer */
/** @typedef {import("./contract.js").Interpreted} Interpreted */

/**
 * @param {Interpreted|Answer} read
 * @param {{city: string, searched: import("./contract.js").Searched|null, rewritten: string[], open: boolean}} around
 */
export function understanding(read, { city, searched, rewritten, open }) {
  const levels = Array.isArray(read.jurisdiction) ? read.jurisdiction : [read.jurisdiction];
  const stated = "as_of_stated" in read && read.as_of_stated === true;
  const expansions = "expansions" in read ? read.expansions ?? [] : [];
  const facts = element("dl", { class: "understood" });
  /** @param {string} name @param {HTMLElement} value */
  const fact = (name, value) => append(facts, say(element("dt"), name), value);
  fact("interpreted.question", element("dd", {}, read.interpreted || read.question));
  fact("interpreted.date", stated
    ? say(element("dd"), "interpreted.date.stated", { date: read.as_of }) : element("dd", {}, read.as_of));
  fact("interpreted.place", element("dd", {}, levels.join("、")));
  if (expansions.length > 0) {
    fact("interpreted.expansions", element("dd", { class: "expansions" }, ...expansions.map((expansion) =>
      element("span", { class: "expansion" }, `${expansion.expression}→${expansion.terms.join("、")}`))));
  }
  if (rewritten.length > 0) fact("interpreted.rewritten", element("dd", {}, rewritten.join("、")));
  if (searched) {
    fact("interpreted.searched", say(element("dd"), "interpreted.passages", { corpora: searched.corpora.map(titleOf).join("、"), n: searched.passages }));
  }
  const summary = element("summary", {}, say(element("span", { class: "summary-text" }), "interpreted.summary",
    { question: read.interpreted || read.question, date: read.as_of, place: nearest(levels, city) }));
  return element("details", { open }, summary, facts);
}

/** From the city inwards: that everything of the country and the province applies too needs no saying in one line. @param {string[]} levels @param {string} city */
function nearest(levels, city) {
  const from = levels.indexOf(city);
  return levels.slice(Math.max(0, from)).join(" ");
}
